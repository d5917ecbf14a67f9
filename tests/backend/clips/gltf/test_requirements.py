"""A file is refused by what it requires and the reader lacks, not by what does not matter."""

import pytest
from gltf_builder import moving
from zoetrope.clips.gltf import read_gltf
from zoetrope.errors import ZoetropeError


def assert_refused(builder, folder, match):
    with pytest.raises(ZoetropeError, match=match) as caught:
        read_gltf(builder.glb(folder / "a.glb"))
    assert caught.value.code == "bad_file"
    assert caught.value.remedy


def test_unknown_required_extension_is_named(tmp_path):
    builder = moving()
    builder.json["extensionsRequired"] = ["KHR_texture_transform", "FOO_bar"]
    assert_refused(builder, tmp_path, "FOO_bar")
    builder.json["extensionsRequired"] = [["FOO_bar"]]
    assert_refused(builder, tmp_path, "not a list of names")


@pytest.mark.parametrize(
    "extension",
    ["KHR_mesh_quantization", "KHR_materials_unlit", "KHR_lights_punctual", "EXT_texture_webp", "VRMC_vrm"],
)
def test_required_extension_that_is_read_or_harmless_is_no_obstacle(tmp_path, extension):
    builder = moving()
    builder.json["extensionsRequired"] = [extension]
    assert not read_gltf(builder.glb(tmp_path / "a.glb")).notes


def test_unknown_extension_that_is_only_used_is_no_obstacle(tmp_path):
    builder = moving()
    builder.json["extensionsUsed"] = ["FOO_bar"]
    assert not read_gltf(builder.glb(tmp_path / "a.glb")).notes


@pytest.mark.parametrize(
    ("asset", "match"),
    [
        ({"version": "1.0"}, "glTF 1.0"),
        ({"version": "3.0"}, "glTF 3.0"),
        ({"version": 2.0}, "glTF 2.0"),
        ({"version": "2.1", "minVersion": "2.1"}, "reader of glTF 2.1"),
        ({"version": "2.0", "minVersion": "3.0"}, "reader of glTF 3.0"),
    ],
)
def test_version_that_cannot_be_read_is_refused(tmp_path, asset, match):
    builder = moving()
    builder.json["asset"] = asset
    assert_refused(builder, tmp_path, match)


@pytest.mark.parametrize("asset", [{"version": "2.0"}, {"version": "2.1", "minVersion": "2.0"}])
def test_version_2_is_read(tmp_path, asset):
    builder = moving()
    builder.json["asset"] = asset
    assert not read_gltf(builder.glb(tmp_path / "a.glb")).notes


def test_missing_version_is_noted(tmp_path):
    builder = moving()
    del builder.json["asset"]
    assert "glTF version" in read_gltf(builder.glb(tmp_path / "a.glb")).notes[0]
