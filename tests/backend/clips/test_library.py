"""The shared labels, and where we know better."""

import numpy as np
from zoetrope.clips.library import CYCLIC_OVERRIDES


def closing(asset, clip):
    """The step from the last frame to the first, in median steps."""
    first, last = asset.span(clip)
    frames = asset.evaluate(clip, np.linspace(first, last, round(24 * (last - first)) + 1))
    steps = np.linalg.norm(np.diff(frames, axis=0), axis=-1).mean(axis=1)
    return np.linalg.norm(frames[-1] - frames[0], axis=-1).mean() / np.median(steps)


def test_gaits_that_close_are_loops(library):
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
        assert closing(library.read(entry), clip.name) < 1, entry.file
    one_way = next(c for c in found[0][0].usable_clips if c.action == "death")
    assert not one_way.cyclic
    assert closing(library.read(found[0][0]), one_way.name) > 2
