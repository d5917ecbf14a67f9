"""Buffers are found whatever way a writer wrote their URI, and never outside the file's folder."""

import base64
import json
import os
from urllib.parse import quote

import numpy as np
import pytest
from gltf_builder import moving
from zoetrope.clips.gltf import read_gltf
from zoetrope.errors import ZoetropeError

DATA = bytes(moving().data)
CODE = base64.b64encode(DATA).decode()
HEAD = "data:application/octet-stream"


def write(folder, uri):
    builder = moving()
    builder.json["buffers"] = [{"byteLength": len(builder.data), "uri": uri}]
    path = folder / "a.gltf"
    path.write_text(json.dumps(builder.json))
    return path


def assert_read(path):
    moved = read_gltf(path).evaluate("clip0", np.array([1.0]))
    assert np.allclose(moved.min(axis=1), [[2, -7, 4]]), "moved by (2, 4, 6) in glTF's axes"


@pytest.mark.parametrize(
    "uri",
    [
        f"{HEAD};base64,{CODE}",
        f"{HEAD};base64,{CODE.rstrip('=')}",
        f"{HEAD};base64,{base64.urlsafe_b64encode(DATA).decode()}",
        f"{HEAD};base64,{quote(CODE, safe='')}",
        f"{HEAD.upper()};BASE64,{CODE}",
        f"{HEAD},{quote(DATA, safe='')}",
        f"data:;base64,{CODE}",
    ],
    ids=["plain", "unpadded", "url-safe", "escaped", "upper case", "percent-encoded", "without type"],
)
def test_data_uri(tmp_path, uri):
    assert_read(write(tmp_path, uri))


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("my buf.bin", "my%20buf.bin"),
        ("my buf.bin", "my buf.bin"),
        ("a%20b.bin", "a%20b.bin"),
        ("a#b.bin", "a#b.bin"),
        ("a.bin", "a.bin?x=1"),
        ("a.bin", "./below/../a.bin"),
        ("büf.bin", "b%C3%BCf.bin"),
    ],
)
def test_file_beside_it(tmp_path, name, uri):
    (tmp_path / name).write_bytes(DATA)
    assert_read(write(tmp_path, uri))


def test_encoded_name_goes_before_the_literal_one(tmp_path):
    (tmp_path / "a b.bin").write_bytes(DATA)
    (tmp_path / "a%20b.bin").write_bytes(b"\0" * len(DATA))
    assert_read(write(tmp_path, "a%20b.bin"))


def test_name_that_is_not_unicode(tmp_path):
    name = os.fsdecode(b"b\xff.bin")
    try:
        (tmp_path / name).write_bytes(DATA)
    except OSError:
        pytest.skip("this file system takes only Unicode")
    assert_read(write(tmp_path, "b%FF.bin"))


def test_link_in_the_folder_is_followed_wherever_it_leads(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "object").write_bytes(DATA)
    folder = tmp_path / "creature"
    folder.mkdir()
    (folder / "a.bin").symlink_to("../store/object")
    assert_read(write(folder, "a.bin"))


@pytest.mark.parametrize("uri", ["../a.bin", "below/../../a.bin", "..%2Fa.bin", "{}/a.bin"])
def test_way_out_of_the_folder_is_refused(tmp_path, uri):
    (tmp_path / "a.bin").write_bytes(DATA)
    folder = tmp_path / "creature"
    folder.mkdir()
    with pytest.raises(ZoetropeError, match="outside"):
        read_gltf(write(folder, uri.format(tmp_path)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.bin")
    with pytest.raises(ZoetropeError, match=r"a\.bin cannot be read"):
        read_gltf(write(tmp_path, "a.bin"))
    os.mkfifo(tmp_path / "b.glb")
    with pytest.raises(ZoetropeError, match="not a regular file"):
        read_gltf(tmp_path / "b.glb")
