"""Frames are read in slices into a file that numpy reads; what goes wrong is one sentence."""

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.decomposition.frames_file import FramesFile, size
from blender_addon.core.decomposition.reading import Reading
from blender_addon.core.errors import GenerationError

RANDOM = np.random.default_rng(5).normal(size=(6, 7, 3)).astype(np.float32)


class Source:
    frames, count = list(range(10, 16)), 7

    def read(self, frame):
        return RANDOM[frame - 10]


class Clock:
    """Each look at it takes a second."""

    now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "job"
    path.mkdir()
    return path


def test_a_file_of_frames_is_an_array(tmp_path):
    file = FramesFile(tmp_path / "frames.npy", 6, 7)
    for frame in RANDOM:
        file.add(frame.astype(np.float64))
    file.close()
    assert np.array_equal(np.load(tmp_path / "frames.npy", mmap_mode="r"), RANDOM)
    assert (tmp_path / "frames.npy").stat().st_size == size(6, 7)


def test_frames_are_read_in_slices(folder):
    reading = Reading(Source(), str(folder), Clock())
    fractions = []
    while not reading.step():
        fractions.append(reading.fraction)
    assert fractions == [i / 6 for i in range(1, 6)]
    assert reading.finished
    assert np.array_equal(np.load(reading.path), RANDOM)


def test_a_cancel_ends_it_at_the_next_step_and_removes_the_file(folder):
    reading = Reading(Source(), str(folder), Clock())
    reading.step()
    reading.cancel()
    assert reading.text == "Cancelling"
    with pytest.raises(GenerationError) as caught:
        reading.step()
    assert caught.value.cancelled
    reading.remove_folder()
    assert not Path(folder).exists()


def test_a_folder_that_is_gone_is_one_sentence(folder):
    folder.rmdir()
    with pytest.raises(GenerationError, match="could not be written") as caught:
        Reading(Source(), str(folder), Clock()).step()
    assert caught.value.kind == "disk_full"
    assert caught.value.remedy


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_fills_up_meanwhile_is_one_sentence_and_the_folder_is_removed(folder):
    source = type("Large", (), {"frames": [1, 2], "count": 5_000})()
    source.read = lambda _: np.zeros((5_000, 3), np.float32)
    (folder / "frames.npy").symlink_to("/dev/full")
    reading = Reading(source, str(folder), Clock())
    with pytest.raises(GenerationError, match="could not be written") as caught:
        reading.step()
    assert caught.value.kind == "disk_full"
    reading.remove_folder()
    assert not folder.exists()
