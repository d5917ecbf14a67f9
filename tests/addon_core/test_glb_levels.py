"""MSFT_lod in a .glb file: nodes are marked, the binary chunk and all else stay."""

import json
import struct

import pytest

from blender_addon.core.glb_levels import add_extension

BODY = b"\x01\x02\x03\x04" * 5
DOCUMENT = {
    "asset": {"version": "2.0"},
    "nodes": [
        {"name": "Wölf_LOD2", "mesh": 2},
        {"name": "rig", "children": [0, 2, 3]},
        {"name": "Wölf_LOD1", "mesh": 1},
        {"name": "Wölf", "mesh": 0, "extensions": {"OTHER": {}}},
        {"name": "Fox"},
    ],
    "extensionsUsed": ["OTHER"],
}


def write(path, document):
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(BODY), b"BIN\0") + BODY
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


def read(path):
    """The document and the bytes of the second chunk, with lengths checked."""
    data = path.read_bytes()
    magic, version, total = struct.unpack_from("<4sII", data)
    assert (magic, version, total) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert size % 4 == 0
    body, kind = struct.unpack_from("<I4s", data, 20 + size)
    assert kind == b"BIN\0"
    assert 28 + size + body == len(data)
    return json.loads(data[20 : 20 + size]), data[28 + size :]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.glb"
    write(path, DOCUMENT)
    return path


def test_levels_are_named_by_their_nodes_the_finest_first(path):
    add_extension(path, {"Wölf": ["Wölf_LOD1", "Wölf_LOD2"]})
    document, body = read(path)
    assert document["nodes"][3]["extensions"] == {"OTHER": {}, "MSFT_lod": {"ids": [2, 0]}}
    assert document["extensionsUsed"] == ["OTHER", "MSFT_lod"]
    assert body == BODY
    del document["nodes"][3]["extensions"]["MSFT_lod"]
    assert {**document, "extensionsUsed": ["OTHER"]} == DOCUMENT
    assert [file.name for file in path.parent.iterdir()] == ["a.glb"]


def animation(name, *nodes):
    """One that moves nodes, a sampler each; samplers are told apart by their input."""
    samplers = [{"input": 10 * node, "output": 1} for node in nodes]
    channels = [{"sampler": i, "target": {"node": node, "path": "weights"}} for i, node in enumerate(nodes)]
    return {"name": name, "samplers": samplers, "channels": channels}


def test_animations_of_one_name_become_one(path):
    apart = [animation("run", 3, 2), animation("walk", 3), animation("walk", 4), animation("walk", 2, 0)]
    write(path, {**DOCUMENT, "animations": apart})
    add_extension(path, {"Wölf": ["Wölf_LOD1", "Wölf_LOD2"]})
    run, walk, other = read(path)[0]["animations"]
    assert (run, other) == (apart[0], apart[2]), "the fox is another creature"
    assert [channel["target"]["node"] for channel in walk["channels"]] == [3, 2, 0]
    for channel in walk["channels"]:
        assert walk["samplers"][channel["sampler"]]["input"] == 10 * channel["target"]["node"]


@pytest.mark.parametrize("levels", [{}, {"Fox": ["Wölf_LOD1"]}, {"Wölf": ["gone"]}, {"gone": ["Wölf_LOD1"]}])
def test_a_file_without_such_nodes_stays_as_it_is(path, levels):
    before = path.read_bytes()
    add_extension(path, levels)
    assert path.read_bytes() == before
