"""Labels of the shared creatures."""

import numpy as np
from zoetrope.clips.library import CYCLIC_OVERRIDES


def closing_step(asset, clip):
    """Length of the step from the last frame to the first, in median steps."""
    first, last = asset.span(clip)
    frames = asset.evaluate(clip, np.linspace(first, last, round(24 * (last - first)) + 1))
    steps = np.linalg.norm(np.diff(frames, axis=0), axis=-1).mean(axis=1)
    return np.linalg.norm(frames[-1] - frames[0], axis=-1).mean() / np.median(steps)


def test_closing_gaits_are_labelled_cyclic(library):
    found = [
        (entry, clip)
        for part in ("train", "validation", "test")
        for entry in library.creatures(part)
        for clip in entry.usable_clips
        if (entry.file.split("__")[0], clip.name) in CYCLIC_OVERRIDES
    ]
    assert {(entry.file.split("__")[0], clip.name) for entry, clip in found} == CYCLIC_OVERRIDES
    for entry, clip in found:
        assert clip.cyclic
        assert clip.returns_to_start
        assert closing_step(library.read(entry), clip.name) < 1, entry.file
    one_way = next(c for c in found[0][0].usable_clips if c.action == "death")
    assert not one_way.cyclic
    assert closing_step(library.read(found[0][0]), one_way.name) > 2


def test_every_labelled_file_exists_and_splits_are_disjoint(library):
    assert all((library.folder / file).is_file() for file in library.entries)
    parts = [set(files) for files in library.splits["by_creature"].values()]
    assert sum(len(part) for part in parts) == len(set().union(*parts))
    assert set().union(*parts) <= set(library.entries)


def test_creatures_are_selected_by_category(library):
    humanoids = library.creatures("train", ("humanoid",))
    assert humanoids
    assert {entry.category for entry in humanoids} == {"humanoid"}
    assert all(entry.recommended for entry in humanoids)
