"""Mesh frames in files: what is written comes back, and refuses what it cannot hold."""

import json
import struct

import numpy as np
import pytest
import trimesh
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.frame_writers import frames_glb, write_frames
from zoetrope.geometry.mesh_frames import MeshFrames


def clip(cyclic=True):
    meshes = [trimesh.creation.icosphere(level, 0.5 + 0.1 * level) for level in (1, 2, 1)]
    frames = tuple((m.vertices.astype(np.float32), m.faces.astype(np.int32)) for m in meshes)
    seconds = (np.arange(3) / 10).astype(np.float32)
    return MeshFrames(frames, seconds, cyclic, "blob", "walk", {"seed": 4})


def document(data):
    length = struct.unpack("<I", data[12:16])[0]
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def accessor(doc, body, index):
    one = doc["accessors"][index]
    view = doc["bufferViews"][one["bufferView"]]
    width = {"SCALAR": 1, "VEC3": 3}[one["type"]]
    kind = {5126: np.float32, 5125: np.uint32}[one["componentType"]]
    found = np.frombuffer(body, kind, one["count"] * width, view["byteOffset"])
    return found.reshape(-1, width) if width > 1 else found


def test_npz_comes_back(tmp_path):
    made = clip()
    write_frames(made, tmp_path / "x.npz")
    back = MeshFrames.load_npz(tmp_path / "x.npz")
    for (points, faces), (other_points, other_faces) in zip(made.frames, back.frames, strict=True):
        assert np.array_equal(points, other_points)
        assert np.array_equal(faces, other_faces)
    assert (back.cyclic, back.category, back.action, back.meta) == (True, "blob", "walk", {"seed": 4})


def test_another_npz_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", meta=np.array(json.dumps({"format": 2})))
    with pytest.raises(ZoetropeError, match="does not hold mesh frames"):
        MeshFrames.load_npz(tmp_path / "x.npz")


def test_a_folder_has_an_obj_a_frame(tmp_path):
    made = clip()
    write_frames(made, tmp_path / "frames")
    paths = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in paths] == [f"frame_{i:04d}.obj" for i in (1, 2, 3)]
    for path, (points, faces) in zip(paths, made.frames, strict=True):
        mesh = trimesh.load(path, process=False)
        assert np.allclose(mesh.vertices[:, [0, 2, 1]] * [1, -1, 1], points, atol=1e-5), "Y up in the file"
        assert np.array_equal(mesh.faces, faces)


@pytest.mark.parametrize("cyclic", [True, False])
def test_glb_shows_one_node_at_a_time(cyclic):
    made = clip(cyclic)
    doc, body = document(frames_glb(made))
    (animation,) = doc["animations"]
    scales = []
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        assert sampler["interpolation"] == "STEP"
        assert channel["target"]["path"] == "scale"
        scales.append(accessor(doc, body, sampler["output"])[:, 0])
        times = accessor(doc, body, sampler["input"])
    assert times == pytest.approx([0, 0.1, 0.2, 0.3], abs=1e-6)
    last = [1, 0, 0] if cyclic else [0, 0, 1]
    assert np.array(scales).T.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], last]
    for node, (points, faces) in zip(doc["nodes"], made.frames, strict=False):
        (primitive,) = doc["meshes"][node["mesh"]]["primitives"]
        stored = accessor(doc, body, primitive["attributes"]["POSITION"])
        assert np.allclose(stored, np.stack([points[:, 0], points[:, 2], -points[:, 1]], 1))
        assert np.array_equal(accessor(doc, body, primitive["indices"]), faces.ravel())


def test_a_single_frame_has_no_animation():
    made = clip()
    one = MeshFrames(made.frames[:1], made.seconds[:1], False, "blob", "", {})
    assert "animations" not in document(frames_glb(one))[0]


def test_a_format_of_constant_topology_is_refused(tmp_path):
    with pytest.raises(ZoetropeError, match="topology") as error:
        write_frames(clip(), tmp_path / "x.anime")
    assert error.value.code == "bad_option"
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_in_a_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ZoetropeError, match="not empty"):
        write_frames(clip(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
