"""Failed writes leave the previous file, no temporary files, and one clear error."""

import errno
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from zoetrope.atomic_write import atomic_write, make_folder
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


@pytest.mark.parametrize(
    ("write", "code", "remedy"),
    [
        (fail, "disk_full", "Fix it."),
        (save_arrays, "disk_full", "Fix it."),
        (save_to_missing_folder, "cannot_write", "Choose another folder."),
    ],
)
def test_what_cannot_be_written_raises_a_zoetrope_error(tmp_path, write, code, remedy):
    path = tmp_path / "file.npz"
    path.write_text("old")
    with pytest.raises(ZoetropeError, match="could not be written") as caught:
        written(path, write)
    assert (caught.value.code, caught.value.remedy) == (code, remedy)
    assert str(path) in caught.value.message
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.npz"]


def test_uncreatable_folder_raises_a_zoetrope_error(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ZoetropeError, match="could not be written"):
        written(tmp_path / "taken" / "x", fail)


def refuse_renaming(monkeypatch, times):
    """Let the next renames fail as they do while a virus scanner reads the file; returns the attempts."""
    attempts, replace = [], os.replace

    def reluctant(source, target):
        attempts.append(target)
        if len(attempts) <= times:
            raise PermissionError(errno.EACCES, "Access is denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", reluctant)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return attempts


def test_renaming_is_tried_again_while_something_has_the_file_open(tmp_path, monkeypatch):
    attempts = refuse_renaming(monkeypatch, times=3)
    written(tmp_path / "file.txt", lambda part: part.write_text("new"))
    assert (tmp_path / "file.txt").read_text() == "new"
    assert len(attempts) == 4


def test_a_file_that_stays_open_is_an_error_that_keeps_the_previous_one(tmp_path, monkeypatch):
    refuse_renaming(monkeypatch, times=100)
    (tmp_path / "file.txt").write_text("old")
    with pytest.raises(ZoetropeError, match="Access is denied"):
        written(tmp_path / "file.txt", lambda part: part.write_text("new"))
    assert (tmp_path / "file.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_nothing_else_of_the_package_renames_files_itself():
    package = Path(__file__).parents[2] / "backend/zoetrope"
    own = [
        p.name for p in package.rglob("*.py") if "os.replace(" in p.read_text() or ".rename(" in p.read_text()
    ]
    assert own == ["atomic_write.py"]


def test_a_link_or_file_in_the_way_of_the_temporary_file_is_neither_followed_nor_removed(tmp_path):
    folder, precious = tmp_path / "folder", tmp_path / "precious"
    folder.mkdir()
    precious.write_text("mine")
    (folder / "file.txt.part").symlink_to(precious)
    (folder / "other.txt.part").write_text("a browser's download")
    for name in ("file.txt", "other.txt"):
        written(folder / name, lambda part: part.write_text("new"))
    assert precious.read_text() == "mine"
    assert sorted(os.listdir(folder)) == ["file.txt", "file.txt.part", "other.txt", "other.txt.part"]


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path):
    for name, age in (
        ("file.txt.0123abcd.part", 7200),
        ("file.txt.ffff0000.part", 10),
        ("file.txt.part", 7200),
    ):
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    written(tmp_path / "file.txt", lambda part: part.write_text("new"))
    assert sorted(os.listdir(tmp_path)) == ["file.txt", "file.txt.ffff0000.part", "file.txt.part"]


def test_longest_name_that_the_file_system_takes_is_written_and_its_remains_are_removed(tmp_path):
    path = tmp_path / ("ü" * 125 + ".json")
    stale = tmp_path / ("ü" * 120 + ".01234567.part")
    stale.write_text("half")
    os.utime(stale, (0, 0))
    with atomic_write(path) as part:
        part.write_text("new")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_many_missing_folders_are_made(tmp_path):
    make_folder(tmp_path / "/".join("d" * 1200))
    assert (tmp_path / "/".join("d" * 1200)).is_dir()
    for depth in range(1200, 0, -1):  # the clean-up of pytest goes down recursively
        os.rmdir(tmp_path / "/".join("d" * depth))
