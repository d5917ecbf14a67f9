"""Textured sequences: what is written is what is read back."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.spatial import KDTree
from zoetrope.assets.texels import rasterise
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.obj_sequence import read_obj_sequence
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_sequence import FORMAT, MeshSequence
from zoetrope.geometry.texture_vertices import texture_vertices
from zoetrope.geometry.writers import write_sequence

FACES, SIZE = 1200, 512


@pytest.fixture(scope="module")
def sequence():
    request = GenerateRequest(seed=1, detail=64, frames=6, faces=FACES, texture=SIZE)
    return ProceduralEngine().generate(request, lambda *_: None)


def test_engine_makes_what_was_requested(sequence):
    assert abs(len(sequence.faces) - FACES) <= 0.05 * FACES
    assert sequence.uvs.shape == (len(sequence.faces), 3, 2)
    assert sequence.meta["face_budget"] == FACES
    for png in sequence.textures.values():
        assert Image.open(io.BytesIO(png.tobytes())).size == (SIZE, SIZE)
    colour = np.asarray(Image.open(io.BytesIO(sequence.textures["base_colour"].tobytes()))) / 255
    texels = rasterise(sequence.uvs, SIZE)
    away = np.abs(colour[texels.row, texels.column, None] - sequence.palette).max(axis=-1).min(axis=-1)
    assert (away < 0.01).mean() > 0.97, "all but the edges of regions have a colour of the palette"


def test_npz_keeps_coordinates_and_textures(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.npz")
    back = MeshSequence.load_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(back.uvs, sequence.uvs)
    assert list(back.textures) == ["base_colour", "normal_map", "regions"]
    np.testing.assert_array_equal(back.regions, sequence.regions)
    np.testing.assert_array_equal(back.palette, sequence.palette)
    for name, png in sequence.textures.items():
        np.testing.assert_array_equal(back.textures[name], png)


def test_files_of_format_1_are_still_read_and_unknown_ones_refused(tmp_path, sequence):
    bare = replace(sequence, uvs=None, textures={})
    bare.save_npz(tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as data:
        arrays = dict(data)
    for number in (1, FORMAT + 1):
        header = {**json.loads(str(arrays["meta"])), "format": number}
        np.savez(tmp_path / f"{number}.npz", **{**arrays, "meta": np.array(json.dumps(header))})
    old = MeshSequence.load_npz(tmp_path / "1.npz")
    assert old.uvs is None
    assert old.textures == {}
    np.testing.assert_array_equal(old.vertices, sequence.vertices)
    with pytest.raises(ZoetropeError, match="format 3"):
        MeshSequence.load_npz(tmp_path / "3.npz")


def test_textures_need_coordinates_that_fit_the_faces(sequence):
    with pytest.raises(ZoetropeError, match="coordinates"):
        replace(sequence, uvs=None)
    with pytest.raises(ZoetropeError, match="uvs"):
        replace(sequence, uvs=sequence.uvs[1:])
    with pytest.raises(ZoetropeError, match="unknown"):
        replace(sequence, textures={"gloss": sequence.textures["normal_map"]})


def test_glb_has_tangents_along_increasing_u(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.glb")
    file = GltfFile(tmp_path / "a.glb")
    (primitive,) = file.document["meshes"][0]["primitives"]
    at = primitive["attributes"]
    position, normal, tangent, uv = (
        file.accessor(at[name]).astype(np.float64) for name in ("POSITION", "NORMAL", "TANGENT", "TEXCOORD_0")
    )
    np.testing.assert_allclose(np.linalg.norm(tangent[:, :3], axis=1), 1, atol=1e-5)
    assert np.abs((tangent[:, :3] * normal).sum(axis=1)).max() < 1e-4
    faces = file.accessor(primitive["indices"]).reshape(-1, 3).astype(int)
    edges, steps = (values[faces[:, 1:]] - values[faces[:, :1]] for values in (position, uv))
    along_u, along_v = np.linalg.solve(steps, edges).transpose(1, 0, 2)
    middle, facing = tangent[faces].mean(axis=1), normal[faces].mean(axis=1)
    assert ((middle[:, :3] * along_u).sum(axis=1) > 0).mean() > 0.99
    bitangent = np.cross(facing, middle[:, :3]) * middle[:, 3:]
    assert ((bitangent * along_v).sum(axis=1) < 0).mean() > 0.99, "v points down, green up"


def test_glb_has_a_material_with_both_textures_and_no_vertex_colours(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.glb")
    file = GltfFile(tmp_path / "a.glb")
    (primitive,) = file.document["meshes"][0]["primitives"]
    material = file.document["materials"][primitive["material"]]
    assert "COLOR_0" not in primitive["attributes"]
    used = (
        ("base_colour", material["pbrMetallicRoughness"]["baseColorTexture"]),
        ("normal_map", material["normalTexture"]),
    )
    for name, texture in used:
        image = file.document["images"][file.document["textures"][texture["index"]]["source"]]
        view = file.document["bufferViews"][image["bufferView"]]
        raw = file.buffer(0)[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        assert image["mimeType"] == "image/png"
        assert raw == sequence.textures[name].tobytes()


def test_glb_coordinates_are_those_of_each_corner_with_v_down(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.glb")
    file = GltfFile(tmp_path / "a.glb")
    (primitive,) = file.document["meshes"][0]["primitives"]
    attributes = primitive["attributes"]
    corners = file.accessor(primitive["indices"]).reshape(-1, 3).astype(int)
    stored = file.accessor(attributes["TEXCOORD_0"])[corners]
    np.testing.assert_allclose(stored[..., 0], sequence.uvs[..., 0], atol=1e-6)
    np.testing.assert_allclose(1 - stored[..., 1], sequence.uvs[..., 1], atol=1e-6)
    position = file.accessor(attributes["POSITION"])[corners]
    rest = sequence.rest[sequence.faces]
    np.testing.assert_allclose(position, np.stack([rest[..., 0], rest[..., 2], -rest[..., 1]], -1), atol=1e-6)


def test_seams_do_not_open_when_a_textured_glb_plays(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.glb")
    asset = read_gltf(tmp_path / "a.glb")
    (clip,) = asset.clip_names
    frames = asset.evaluate(clip, sequence.seconds.astype(np.float64))
    _, vertex, _ = texture_vertices(sequence.faces, sequence.uvs)
    assert len(vertex) > len(sequence.rest)
    for frame, moved in zip(frames, sequence.vertices, strict=True):
        assert KDTree(moved).query(frame)[0].max() < 1e-5
        assert KDTree(frame).query(moved)[0].max() < 1e-5


def test_reader_shows_the_texture_as_colours(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.glb")
    asset = read_gltf(tmp_path / "a.glb")
    assert np.abs(asset.colours.mean(0) - sequence.colours.mean(0)).max() < 0.02


def test_obj_sequence_has_coordinates_and_a_material(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "frames")
    folder = tmp_path / "frames"
    assert (folder / "base_colour.png").read_bytes() == sequence.textures["base_colour"].tobytes()
    material = (folder / "creature.mtl").read_text()
    assert "map_Kd base_colour.png" in material
    assert "norm normal_map.png" in material
    lines = (folder / "frame_0001.obj").read_text().splitlines()
    assert "mtllib creature.mtl" in lines
    coordinates = np.array([line.split()[1:] for line in lines if line.startswith("vt ")], float)
    corners = [[part.split("/") for part in line.split()[1:]] for line in lines if line.startswith("f ")]
    index = np.array(corners, int) - 1
    np.testing.assert_array_equal(index[..., 0], sequence.faces)
    np.testing.assert_array_equal(index[..., 2], sequence.faces)  # normals
    np.testing.assert_allclose(coordinates[index[..., 1]], sequence.uvs, atol=1e-6)
    assert len(next(line for line in lines if line.startswith("v ")).split()) == 4
    clip = read_obj_sequence(folder)
    np.testing.assert_array_equal(clip.faces, sequence.faces)
    assert np.abs(clip.frames - sequence.vertices).max() < 2e-6
