"""Frames in a file are indexed as an array; what is wrong with the file is said."""

import numpy as np
import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.decomposition.frames_file import GAP, FramesFile

FRAMES = np.random.default_rng(3).normal(size=(5, 4 * GAP, 3)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "frames.npy"
    np.save(found, FRAMES)
    return found


@pytest.fixture
def file(path):
    found = FramesFile(path)
    yield found
    found.close()


def test_it_is_indexed_as_an_array(file):
    assert (file.shape, file.ndim, len(file)) == (FRAMES.shape, 3, 5)
    assert np.array_equal(np.stack(list(file)), FRAMES)
    assert np.array_equal(file[2], FRAMES[2])


@pytest.mark.parametrize(
    "vertices", [[7, 8, 9], [3 * GAP, 0, 5, 4 * GAP - 1, 2 * GAP], [6, 6, 1], []], ids=str
)
def test_some_vertices_of_some_frames(file, vertices):
    chosen = np.ix_(np.array([4, 0]), np.array(vertices, int))
    assert np.array_equal(file[chosen], FRAMES[chosen])


def test_a_file_that_is_cut_off_meanwhile_is_one_sentence(file, path):
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size // 2)
    with pytest.raises(ZoetropeError, match="cut off") as caught:
        file[4]
    assert caught.value.code == "bad_request"
    assert caught.value.remedy


@pytest.mark.parametrize(
    "array", [FRAMES[0], FRAMES[:, :, :2], FRAMES.astype(int), np.asfortranarray(FRAMES)], ids=range(4)
)
def test_arrays_that_are_no_frames_are_refused(path, array):
    np.save(path, array)
    with pytest.raises(ValueError, match="no frames"):
        FramesFile(path)


def test_a_file_that_is_too_short_is_refused(path):
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - 1)
    with pytest.raises(ValueError, match="last frame"):
        FramesFile(path)
