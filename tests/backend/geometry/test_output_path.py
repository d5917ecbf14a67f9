"""A path that cannot be written to is refused in one sentence, before any work."""

import os
from pathlib import Path

import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.output_path import check_output

REFUSED = {
    "": "names no file",
    ".": "names no file",
    "..": "names no file",
    "nope/..": "names no file",
    ".glb": "names no file",
    ".NPZ": "names no file",
    "nope/../a.glb": "nope does not exist",
    "folder.glb": "is a folder",
    "file": "is a file",
    "file/a.glb": "is not a folder",
    "full": "is not empty",
    "b" * 252 + ".glb": "longer than the 255 bytes",
    "ü" * 128: "longer than the 255 bytes",
    "c" * 256 + "/a.glb": "longer than the 255 bytes",
    "deep/" * 818 + "a.glb": "too long",
    "loop": "symbolic links",
    "loop.glb": "symbolic links",
    "loop/a.glb": "symbolic links",
    "dangling": "leads nowhere",
    "dangling/a.glb": "is not a folder",
    "pipe.glb": "pipe or a device",
    "/dev/null": "pipe or a device",
    "a.stl": "no format",
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("folder.glb", "full", "empty"):
        (tmp_path / folder).mkdir()
    for file in ("file", "full/mine.txt", "old.glb"):
        (tmp_path / file).write_text("mine")
    for link, target in {
        "loop": "loop",
        "loop.glb": "loop.glb",
        "dangling": "none",
        "dangling.glb": "none.glb",
        "link": "empty",
    }.items():
        (tmp_path / link).symlink_to(target)
    os.mkfifo(tmp_path / "pipe.glb")
    return tmp_path


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_output_is_refused(place, name):
    before = sorted(place.rglob("*"))
    with pytest.raises(ZoetropeError, match=REFUSED[name]) as caught:
        check_output(Path(name))
    assert caught.value.code == "bad_option"
    assert caught.value.remedy
    assert len(str(caught.value)) < 600
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize(
    "name",
    [
        "a.glb",
        "old.glb",
        "dangling.glb",
        "new",
        "empty",
        "link",
        "link/a.glb",
        "new/deep/a.npz",
        "b" * 251 + ".glb",
    ],
)
def test_usable_output_is_let_pass_and_nothing_is_made(place, name):
    before = sorted(place.rglob("*"))
    check_output(Path(name))
    assert sorted(place.rglob("*")) == before


def test_place_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(ZoetropeError, match="cannot be written to") as caught:
        check_output(tmp_path / "deep" / "a.glb")
    assert caught.value.code == "cannot_write"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
@pytest.mark.parametrize("name", ["/proc/a.glb", "/proc/a"])
def test_place_where_nothing_can_be_made_is_refused(name):
    with pytest.raises(ZoetropeError, match="/proc cannot be written to"):
        check_output(Path(name))
