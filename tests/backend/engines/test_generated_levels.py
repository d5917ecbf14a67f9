"""Levels of detail of a generated creature: in the result file, as nodes of a .glb file, as OBJ files."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
from zoetrope.clips.obj_sequence import read_obj_sequence
from zoetrope.engines.animate.creature import AnimatedCreature
from zoetrope.engines.animate.gltf.creature_output import creature_glb
from zoetrope.engines.animate.result_file import save_creature
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.glb_levels import add_levels
from zoetrope.geometry.glb_writer import glb_bytes, to_y_up, unit_normals
from zoetrope.geometry.mesh_level import MeshLevel, stored_corners
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.texture_vertices import texture_vertices
from zoetrope.geometry.writers import write_sequence

REQUEST = GenerateRequest(
    "quadruped", "walk", 3, frames=6, detail=64, faces=2000, texture=512, levels_of_detail=2
)


@pytest.fixture(scope="module", params=[512, None], ids=["textured", "vertex colours"])
def sequence(request):
    return ProceduralEngine().generate(replace(REQUEST, texture=request.param), ignore_progress)


def read(data):
    (size,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def values(document, body, index):
    """Numbers (N, C) of an accessor of floats or indices, rows without padding."""
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    dtype = {5125: "<u4", 5126: "<f4", 5122: "<i2"}[accessor["componentType"]]
    columns = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    size = np.dtype(dtype).itemsize
    stride = view.get("byteStride", columns * size)
    return np.ndarray((accessor["count"], columns), dtype, body, view["byteOffset"], (stride, size))


def test_a_request_without_levels_has_none():
    made = ProceduralEngine().generate(replace(REQUEST, levels_of_detail=0), ignore_progress)
    assert made.levels == ()
    data = glb_bytes([made])
    assert add_levels(data, made) is data


@pytest.mark.parametrize("count", [-1, 3])
def test_more_levels_than_there_are_is_refused(count):
    with pytest.raises(ZoetropeError) as caught:
        ProceduralEngine().generate(replace(REQUEST, levels_of_detail=count), ignore_progress)
    assert caught.value.code == "bad_option"
    assert caught.value.remedy


def test_levels_have_half_and_a_quarter_of_the_faces_and_leave_the_mesh_as_it_is(sequence):
    alone = ProceduralEngine().generate(
        replace(REQUEST, texture=512 if sequence.uvs is not None else None, levels_of_detail=0),
        ignore_progress,
    )
    assert np.array_equal(alone.faces, sequence.faces)
    assert np.array_equal(alone.vertices, sequence.vertices)
    for level, share in zip(sequence.levels, (0.5, 0.25), strict=True):
        assert 0.8 * share < len(level.faces) / len(sequence.faces) < 1.3 * share


def test_result_files_hold_the_levels(sequence, tmp_path):
    sequence.save_npz(tmp_path / "a.npz")
    for one, other in zip(MeshSequence.load_npz(tmp_path / "a.npz").levels, sequence.levels, strict=True):
        for name in MeshLevel._fields:
            assert np.array_equal(getattr(one, name), getattr(other, name))
    creature = AnimatedCreature((sequence,), None, None, True)
    save_creature(tmp_path / "b.npz", replace(creature), "")
    with np.load(tmp_path / "b.npz", allow_pickle=False) as data:
        assert np.array_equal(data["lod2_faces"], sequence.levels[1].faces)
        assert np.array_equal(data["lod1_vertices"], sequence.levels[0].vertices)


def test_a_sequence_at_a_level_moves_as_the_finest(sequence):
    coarse, at = sequence.at_level(2), sequence.levels[1].vertices
    assert sequence.at_level(0) is sequence
    assert np.array_equal(coarse.vertices, sequence.vertices[:, at])
    assert coarse.faces.max() == len(coarse.rest) - 1
    assert coarse.textures == sequence.textures


@pytest.mark.parametrize("compact", [False, True])
def test_glb_has_a_node_a_level_with_the_same_targets_and_animation(sequence, compact):
    data = creature_glb(AnimatedCreature((sequence, sequence), None, None, True), compact)
    document, body = read(data)
    finest, *levels = [node for node in document["nodes"] if "mesh" in node]
    assert [node["name"] for node in levels] == [f"{finest['name']}_LOD1", f"{finest['name']}_LOD2"]
    ids = [document["nodes"].index(node) for node in levels]
    assert finest["extensions"]["MSFT_lod"]["ids"] == ids
    assert "MSFT_lod" in document["extensionsUsed"]
    assert "MSFT_lod" not in document.get("extensionsRequired", [])
    (whole,) = document["meshes"][finest["mesh"]]["primitives"]
    for node, level in zip(levels, sequence.levels, strict=True):
        assert node.get("scale") == finest.get("scale")
        mesh = document["meshes"][node["mesh"]]
        (primitive,) = mesh["primitives"]
        assert primitive["material"] == whole["material"]
        assert set(primitive["attributes"]) == set(whole["attributes"])
        assert len(primitive["targets"]) == len(mesh["weights"]) == 2 * len(sequence.vertices)
        faces = values(document, body, primitive["indices"]).reshape(-1, 3)
        stored = stored_corners(level, sequence.faces, sequence.uvs)
        pairs = [(primitive["attributes"], whole["attributes"])]
        pairs += list(zip(primitive["targets"], whole["targets"], strict=True))
        for some, all_ in pairs:
            for name, index in some.items():
                if document["accessors"][index]["componentType"] in (5126, 5122):
                    coarse, fine = (values(document, body, one) for one in (index, all_[name]))
                    assert np.array_equal(coarse[faces], fine[stored]), name
    for animation in document["animations"]:
        targets = [channel["target"]["node"] for channel in animation["channels"]]
        assert sorted(targets) == [0, *ids]


def test_written_glb_has_the_levels(sequence, tmp_path):
    write_sequence(sequence, tmp_path / "a.glb")
    document, _ = read((tmp_path / "a.glb").read_bytes())
    assert len(document["meshes"]) == 3


def test_obj_frames_of_a_level_are_further_files(sequence, tmp_path):
    write_sequence(sequence, tmp_path / "frames")
    names = sorted(path.name for path in (tmp_path / "frames").glob("frame_0003*"))
    assert names == ["frame_0003.obj", "frame_0003_LOD1.obj", "frame_0003_LOD2.obj"]
    lines = (tmp_path / "frames" / names[2]).read_text().splitlines()
    points, normals = (
        np.array([line.split()[1:4] for line in lines if line.startswith(f"{word} ")], float)
        for word in ("v", "vn")
    )
    frame, at = sequence.vertices[2], sequence.levels[1].vertices
    assert np.allclose(points, to_y_up(frame)[at], atol=1e-5)
    assert np.allclose(normals, unit_normals(frame, sequence.faces)[at], atol=1e-5)
    assert np.allclose(read_obj_sequence(tmp_path / "frames").frames, sequence.vertices, atol=1e-5)
    assert sum(line.startswith("f ") for line in lines) == len(sequence.levels[1].faces)
    assert any(line.startswith("mtllib") for line in lines) == (sequence.uvs is not None)


def test_texture_coordinates_of_another_mesh_are_refused():
    faces = np.array([[0, 1, 2]], np.int32)
    uvs = np.array([[[0, 0], [1, 0], [0, 1]]], np.float32)
    level = MeshLevel(np.arange(3), faces, uvs + 0.25)
    assert len(texture_vertices(faces, uvs)[1]) == 3
    with pytest.raises(ValueError, match="coordinates"):
        stored_corners(level, faces, uvs)
