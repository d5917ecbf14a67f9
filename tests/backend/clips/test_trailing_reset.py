"""Trailing reset keys are cut; the ends of loops and of short clips are kept."""

import numpy as np
import pytest
from gltf_builder import Builder
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.trailing_reset import find_trailing_reset, trim_trailing_resets

TIMES = np.linspace(0, 2, 9)
SINKING = np.array([0.0, 0.4, 0.7, 0.9, 1.0, 1.05, 1.07, 1.08, 1.08])


def asset_with_heights(tmp_path, times, heights, interpolation="LINEAR"):
    builder = Builder()
    node = builder.node(mesh=builder.mesh())
    values = np.stack([0 * heights, heights, 0 * heights], axis=1)
    if interpolation == "CUBICSPLINE":
        values = np.stack([0 * values, values, 0 * values], axis=1).reshape(-1, 3)
    builder.animate(node, "translation", times, values, interpolation)
    return read_gltf(builder.glb(tmp_path / "a.glb"))


@pytest.mark.parametrize("interpolation", ["LINEAR", "STEP", "CUBICSPLINE"])
def test_jump_back_to_the_first_pose_is_cut(tmp_path, interpolation):
    times, heights = np.append(TIMES, 2.05), np.append(SINKING, 0.01)
    asset = asset_with_heights(tmp_path, times, heights, interpolation)
    trimmed = trim_trailing_resets(asset)
    assert find_trailing_reset(asset, "clip0") == pytest.approx(2.0)
    assert trimmed.span("clip0") == pytest.approx((0.0, 2.0))
    times = np.array([0.3, 1.5, 2.0, 2.05])
    expected = asset.evaluate("clip0", np.minimum(times, 2.0))
    assert np.allclose(trimmed.evaluate("clip0", times), expected, atol=1e-6)


def test_speeds_of_long_clips_are_compared_across_blocks(tmp_path):
    times = np.linspace(0, 10, 101)
    heights = np.append(np.minimum(times[:-1], 1.0), 0.0)
    assert find_trailing_reset(asset_with_heights(tmp_path, times, heights), "clip0") == pytest.approx(9.9)
    heights[40:60] = 0.0  # as fast before, in another block
    assert find_trailing_reset(asset_with_heights(tmp_path, times, heights), "clip0") is None


@pytest.mark.parametrize(
    ("times", "heights"),
    [
        (TIMES, SINKING),  # ends in another pose
        (TIMES, np.sin(np.pi * TIMES)),  # a loop: returns no faster than it moves elsewhere
        (TIMES[:4], np.array([0.0, 0.01, 0.02, 0.0])),  # too few keys
        (TIMES, np.append(np.zeros(8), 1.0)),  # jumps to another pose
        (TIMES, np.zeros(9)),  # does not move
    ],
)
def test_other_ends_are_kept(tmp_path, times, heights):
    asset = asset_with_heights(tmp_path, times, heights)
    assert trim_trailing_resets(asset) is asset


def test_resets_of_the_library_are_the_deaths_of_fish(library):
    entries = {entry.file: entry for entry in library.creatures("train", ("fish", "quadruped"))}
    fish = next(entry for entry in entries.values() if entry.file.startswith("q_cutefish"))
    other = next(entry for entry in entries.values() if entry.category == "quadruped")
    asset = library.read(fish)
    death = next(clip.name for clip in fish.clips if clip.action == "death")
    first, last = asset.span(death)
    frames = asset.evaluate(death, np.linspace(first, last, 72))
    steps = np.linalg.norm(np.diff(frames, axis=0), axis=-1).mean(axis=1)
    assert steps[-1] < steps.max() / 10
    whole = read_gltf(library.folder / fish.file)
    assert whole.duration(death) > last - first
    assert [whole.span(name) == asset.span(name) for name in asset.clip_names].count(False) == 1
    pack = [library.read(e) for e in library.entries.values() if e.file.startswith("q_cutefish")]
    assert {round(fish.duration(death), 3) for fish in pack} == {2.958}, "of 3 s, a key of 24 a second less"
    assert len(pack) == 35
    assert trim_trailing_resets(same := read_gltf(library.folder / other.file)) is same
