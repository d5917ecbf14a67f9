"""Export of a textured creature to glTF, FBX and USD: imported again, with its texture where it was."""

import json
import struct

import bpy
import numpy as np
import pytest
from test_export import exported
from textured import generate, image_of, painted, palette_of, pixels_of, swatch

FORMATS = ["GLB", "FBX", "USD"]
RED = (0.8, 0.1, 0.05)

pytestmark = pytest.mark.usefixtures("textured_backend", "output")


@pytest.fixture
def creature():
    """A creature, with its coat changed: what is exported is what its swatches say."""
    obj = generate()
    swatch(obj, "Coat").colour = RED
    return obj


def corner_uvs(mesh, rest):
    """All pairs of a vertex, by its place in the rest pose (V, 3), and a texture coordinate at it."""
    uvs = np.empty(2 * len(mesh.loops), np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uvs)
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    points = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", points)
    apart = np.linalg.norm(points.reshape(-1, 3)[:, None] - rest[None], axis=2)
    assert apart.min(axis=1).max() < 1e-4
    origin = apart.argmin(axis=1)[corners]
    return {(int(v), *uv) for v, uv in zip(origin, np.round(uvs.reshape(-1, 2), 3).tolist(), strict=True)}


def imported(path):
    """The meshes of an imported file."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    operators = {
        ".glb": bpy.ops.import_scene.gltf,
        ".fbx": bpy.ops.import_scene.fbx,
        ".usdc": bpy.ops.wm.usd_import,
    }
    operators[path.suffix](filepath=str(path))
    (obj,) = (obj for obj in bpy.data.objects if obj.type == "MESH" and len(obj.data.polygons) > 500)
    return obj


@pytest.mark.parametrize("file_format", FORMATS)
def test_images_uvs_and_material_come_back(tmp_path, creature, file_format):
    before = {name: pixels_of(image_of(creature, name)) for name in ("Base Color", "Normal")}
    mesh = creature.data
    rest = np.array([v.co for v in mesh.vertices], np.float32)
    uvs = corner_uvs(mesh, rest)
    path = exported(tmp_path, file_format)
    back = imported(path)
    for name, pixels in before.items():
        image = image_of(back, name)
        assert np.array_equal(pixels_of(image), pixels), name
        space = image.colorspace_settings.name
        assert space == "sRGB" if name == "Base Color" else space in ("Non-Color", "Raw")
    assert back.data.materials[0].name.startswith("Quadruped_walk_5")
    matrix = np.array(back.matrix_world)[:3, :3]
    for vertex in back.data.vertices:
        vertex.co = tuple(matrix @ np.array(vertex.co))
    found = corner_uvs(back.data, rest)
    assert len(found ^ uvs) < 0.02 * len(uvs), "but for those that are rounded to the other side"


def test_gltf_has_its_textures_once_and_no_vertex_colours_that_would_darken_them(tmp_path, creature):
    data = exported(tmp_path, "GLB").read_bytes()
    header = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    (primitive,) = header["meshes"][0]["primitives"]
    colours = [name for name in primitive["attributes"] if name.startswith("COLOR")]
    assert not colours
    assert len(header["images"]) == 2
    assert all(image["mimeType"] == "image/png" for image in header["images"])
    material = header["materials"][0]
    assert {"baseColorTexture", "roughnessFactor"} <= set(material["pbrMetallicRoughness"])
    assert "normalTexture" in material


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_that_is_written_again_has_the_new_colours(tmp_path, creature, file_format):
    exported(tmp_path, file_format)
    swatch(creature, "Coat").colour = (0.1, 0.2, 0.9)
    regions, palette = pixels_of(image_of(creature, "Regions"))[..., :3], palette_of(creature)
    back = imported(exported(tmp_path, file_format))
    assert np.array_equal(pixels_of(image_of(back, "Base Color"))[..., :3], painted(regions, palette))
