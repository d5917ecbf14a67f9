"""Real clips of the frozen splits, and of a user's folder."""

import numpy as np
import pytest
from gltf_builder import mesh_frames
from zoetrope.clips.library import Library
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import FRAMES, POINTS
from zoetrope.evaluation.protocols.references import FileFolder, clips_of, clips_of_split, sample_clips


def test_parts_are_those_of_the_split_file(library):
    clips = clips_of_split(library, "by_clip", "validation")
    expected = {tuple(pair) for pair in library.splits["by_clip"]["validation"]}
    assert {(entry.file, clip.name) for entry, clip in clips} == expected
    creatures = clips_of_split(library, "by_creature", "validation")
    assert {entry.file for entry, _ in creatures} == set(library.splits["by_creature"]["validation"])
    assert all(clip.usable for _, clip in creatures)


def test_clips_are_sampled_with_their_labels_in_motion(library):
    clips = clips_of_split(library, "by_clip", "validation")[::8]
    sequences = sample_clips(library, clips)
    labels = [(entry.file, clip.name, entry.category, clip.action) for entry, clip in clips]
    assert [(one.creature, one.clip, one.category, one.action) for one in sequences] == labels
    clouds = np.stack([one.clouds for one in sequences])
    assert clouds.shape == (len(clips), FRAMES, POINTS, 3)
    assert np.isfinite(clouds).all()
    assert np.ptp(clouds, axis=1).max(axis=(1, 2)).min() > 0


def test_clips_of_a_folder_have_no_labels_and_are_no_loops(procedural_shared):
    files = FileFolder(Library(procedural_shared).folder)
    clips = clips_of(files.entries.values())
    assert [entry.file for entry, _ in clips] == [f"creature_{i}.glb" for i in range(7)]
    assert not any(clip.cyclic for _, clip in clips)
    (sequence,) = sample_clips(files, clips[:1])
    assert (sequence.creature, sequence.category, sequence.action) == ("creature_0.glb", "", "")


def test_empty_folder_and_unknown_split_are_refused(tmp_path):
    with pytest.raises(ZoetropeError, match="no animated GLB"):
        FileFolder(tmp_path)
    mesh_frames(tmp_path / "frames.glb")
    with pytest.raises(ZoetropeError, match="shown one at a time"):
        FileFolder(tmp_path)
    with pytest.raises(ZoetropeError, match="by_creature"):
        clips_of_split(None, "by_weather", "test")
