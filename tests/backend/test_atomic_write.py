"""A file that could not be written leaves the older one, no rubbish, and one clear sentence."""

import errno
import os

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError


def test_takes_the_place_of_the_older_one(tmp_path):
    path = tmp_path / "new folder" / "file.txt"
    for text in ("old", "new"):
        with atomic_write(path) as part:
            part.write_text(text)
    assert path.read_text() == "new"
    assert os.listdir(path.parent) == ["file.txt"]


def interrupted(path):
    with atomic_write(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt


def test_a_killed_write_leaves_the_older_one(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def fail(part):
    part.write_text("half")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def save_arrays(part):
    with part.open("wb") as stream:
        np.savez(stream, x=np.zeros(4))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def save_where_no_folder_is(part):
    save_file({"x": torch.zeros(4)}, part.parent / "none" / "file")


def written(path, write):
    with atomic_write(path, "Mend it.") as part:
        write(part)


@pytest.mark.parametrize("write", [fail, save_arrays, save_where_no_folder_is])
def test_a_full_disk_is_one_sentence(tmp_path, write):
    path = tmp_path / "file.npz"
    path.write_text("old")
    with pytest.raises(ZoetropeError, match="could not be written") as caught:
        written(path, write)
    assert (caught.value.code, caught.value.remedy) == ("disk_full", "Mend it.")
    assert str(path) in caught.value.message
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.npz"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ZoetropeError, match="could not be written"):
        written(tmp_path / "taken" / "x", fail)
