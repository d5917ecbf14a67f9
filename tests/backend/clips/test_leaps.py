"""Last keys that leap back to the first pose are cut; ends of loops and of short clips stay."""

import numpy as np
import pytest
from gltf_builder import Builder
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.trailing_reset import find_trailing_reset, trim_trailing_resets

TIMES = np.linspace(0, 2, 9)
SINKS = np.array([0.0, 0.4, 0.7, 0.9, 1.0, 1.05, 1.07, 1.08, 1.08])


def clip_of(tmp_path, times, heights, interpolation="LINEAR"):
    builder = Builder()
    node = builder.node(mesh=builder.mesh())
    values = np.stack([0 * heights, heights, 0 * heights], axis=1)
    if interpolation == "CUBICSPLINE":
        values = np.stack([0 * values, values, 0 * values], axis=1).reshape(-1, 3)
    builder.animate(node, "translation", times, values, interpolation)
    return read_gltf(builder.glb(tmp_path / "a.glb"))


@pytest.mark.parametrize("interpolation", ["LINEAR", "STEP", "CUBICSPLINE"])
def test_a_leap_back_is_cut(tmp_path, interpolation):
    times, heights = np.append(TIMES, 2.05), np.append(SINKS, 0.01)
    asset = clip_of(tmp_path, times, heights, interpolation)
    cut = trim_trailing_resets(asset)
    assert find_trailing_reset(asset, "clip0") == pytest.approx(2.0)
    assert cut.span("clip0") == pytest.approx((0.0, 2.0))
    late = np.array([0.3, 1.5, 2.0, 2.05])
    expected = asset.evaluate("clip0", np.minimum(late, 2.0))
    assert np.allclose(cut.evaluate("clip0", late), expected, atol=1e-6)


def test_a_long_clip_is_looked_at_block_by_block(tmp_path):
    times = np.linspace(0, 10, 101)
    heights = np.append(np.minimum(times[:-1], 1.0), 0.0)
    assert find_trailing_reset(clip_of(tmp_path, times, heights), "clip0") == pytest.approx(9.9)
    heights[40:60] = 0.0  # as fast before, in another block
    assert find_trailing_reset(clip_of(tmp_path, times, heights), "clip0") is None


@pytest.mark.parametrize(
    ("times", "heights"),
    [
        (TIMES, SINKS),  # ends as it lies
        (TIMES, np.sin(np.pi * TIMES)),  # a loop: back, and no faster than elsewhere
        (TIMES[:4], np.array([0.0, 0.01, 0.02, 0.0])),  # too few keys to tell
        (TIMES, np.append(np.zeros(8), 1.0)),  # a last step that leads elsewhere
        (TIMES, np.zeros(9)),  # stands still
    ],
)
def test_other_ends_stay(tmp_path, times, heights):
    asset = clip_of(tmp_path, times, heights)
    assert trim_trailing_resets(asset) is asset


def test_leaps_of_the_library_are_the_deaths_of_fish(library):
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
