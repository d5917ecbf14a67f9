"""Failed writes leave the previous file, no temporary files, and one clear error."""

import errno
import os

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from zoetrope.atomic_write import atomic_write
from zoetrope.errors import ZoetropeError


def test_write_replaces_the_previous_file(tmp_path):
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


def test_interrupted_write_leaves_the_previous_file(tmp_path):
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


def save_to_missing_folder(part):
    save_file({"x": torch.zeros(4)}, part.parent / "none" / "file")


def written(path, write):
    with atomic_write(path, "Fix it.") as part:
        write(part)


@pytest.mark.parametrize("write", [fail, save_arrays, save_to_missing_folder])
def test_full_disk_raises_a_zoetrope_error(tmp_path, write):
    path = tmp_path / "file.npz"
    path.write_text("old")
    with pytest.raises(ZoetropeError, match="could not be written") as caught:
        written(path, write)
    assert (caught.value.code, caught.value.remedy) == ("disk_full", "Fix it.")
    assert str(path) in caught.value.message
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.npz"]


def test_uncreatable_folder_raises_a_zoetrope_error(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ZoetropeError, match="could not be written"):
        written(tmp_path / "taken" / "x", fail)
