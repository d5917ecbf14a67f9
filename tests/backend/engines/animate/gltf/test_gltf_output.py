"""A skeleton and animations in an artist's glTF file: read back it moves as skinned, all else is the same."""

import json

import numpy as np
import pytest
from chain_file import FPS, PIXEL, PLACES, animation_of, artists_file, document, written
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("vertices_too", [False, True], ids=["skeleton", "morph targets"])
def test_played_it_moves_as_skinned(tmp_path, place, vertices_too):
    source, frames, path = written(tmp_path, artists_file(place), vertices_too=vertices_too)
    asset = read_gltf(path)
    assert asset.clip_names == ["walk"]
    assert asset.duration("walk") == pytest.approx(12 / FPS), "a loop has its closing step"
    shown = asset.evaluate("walk", np.arange(12) / FPS)
    at = nearest(asset.rest, source.vertices)[1]
    assert np.abs(shown[:, at] - frames).max() < 2e-5
    closing = asset.evaluate("walk", np.array([12 / FPS]))
    assert np.abs(closing[0] - shown[0]).max() < 1e-6


def test_data_of_the_file_is_untouched_byte_for_byte(tmp_path):
    builder = artists_file({})
    before = json.loads(json.dumps(builder.json))
    _, _, path = written(tmp_path, builder)
    after, binary = document(path)
    assert binary[: len(builder.data)] == bytes(builder.data)
    for key in ("materials", "textures", "images"):
        assert after[key] == before[key]
    assert after["accessors"][: len(before["accessors"])] == before["accessors"]
    assert after["bufferViews"][: len(before["bufferViews"])] == before["bufferViews"]
    primitive, old = after["meshes"][0]["primitives"][0], before["meshes"][0]["primitives"][0]
    added = set(primitive["attributes"]) - set(old["attributes"])
    assert added == {"JOINTS_0", "WEIGHTS_0"}
    assert {key: primitive["attributes"][key] for key in old["attributes"]} == old["attributes"]
    assert primitive["indices"] == old["indices"]


def test_credits_are_in_the_file(tmp_path):
    _, _, path = written(tmp_path, artists_file({}))
    assert document(path)[0]["extras"]["zoetrope"] == {
        "donor": "Chain",
        "author": "Somebody",
        "licence": "CC0-1.0",
        "seed": 7,
    }


def test_instances_of_one_mesh_get_weights_of_their_own(tmp_path):
    builder = artists_file({}, instances=2)
    builder.json["nodes"][1]["translation"] = [0.01, 0.0, 0.0]
    _, _, path = written(tmp_path, builder)
    after, _ = document(path)
    meshes = [node["mesh"] for node in after["nodes"] if "mesh" in node]
    assert len(set(meshes)) == 2
    assert read_gltf(path).evaluate("walk", np.array([0.3])).shape[0] == 1


def test_buffers_and_pictures_beside_a_gltf_are_embedded(tmp_path):
    builder = artists_file({})
    (tmp_path / "skin.png").write_bytes(PIXEL)
    builder.json["images"] = [{"uri": "skin.png"}]
    source = read_source(builder.gltf(tmp_path / "in.gltf", embedded=False))
    result, frames = animation_of(source)
    path = tmp_path / "out.glb"
    path.write_bytes(animated_glb(source, result, FPS))
    after, binary = document(path)
    view = after["bufferViews"][after["images"][0]["bufferView"]]
    assert binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]] == PIXEL
    asset = read_gltf(path)
    at = nearest(asset.rest, source.vertices)[1]
    assert np.abs(asset.evaluate("walk", np.array([0.0]))[0, at] - frames[0]).max() < 2e-5


def test_a_one_way_clip_ends_with_its_last_frame(tmp_path):
    _, _, path = written(tmp_path, artists_file({}), cyclic=False)
    assert read_gltf(path).duration("walk") == pytest.approx(11 / FPS)


def test_the_armature_is_named_after_the_mesh(tmp_path):
    """Blender's importer names the armature after the skin."""
    _, _, path = written(tmp_path, artists_file({}, instances=2))
    names = [skin["name"] for skin in document(path)[0]["skins"]]
    assert names == ["body 0 Armature"] * 2


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ZoetropeError, match="only") as caught:
        read_source(tmp_path / "a.obj")
    assert "Export" in caught.value.remedy
