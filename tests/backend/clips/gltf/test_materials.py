"""Base colours as glTF defines them: texture x factor x vertex colour."""

import io
import struct
import zlib

import numpy as np
import pytest
from gltf_builder import Builder, moving
from PIL import Image
from zoetrope.clips.gltf import read_gltf

QUAD = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
UV = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def encoded(pixels, kind="PNG"):
    stream = io.BytesIO()
    Image.fromarray(np.array(pixels, np.uint8)).save(
        stream, kind, **({"quality": 100} if kind != "PNG" else {})
    )
    return stream.getvalue()


def textured(pixels, uv=UV, kind="PNG", sampler=None, info=None, colours=None, **material):
    """A document of one square of two triangles with a base colour texture."""
    builder = Builder()
    attributes = {"POSITION": builder.accessor(QUAD)}
    attributes[f"TEXCOORD_{(info or {}).get('texCoord', 0)}"] = builder.accessor(uv.astype(np.float32))
    if colours is not None:
        attributes["COLOR_0"] = builder.accessor(np.array(colours, np.float32))
    indices = builder.accessor(np.array([0, 1, 2, 0, 2, 3], np.uint16))
    data = np.frombuffer(pixels if isinstance(pixels, bytes) else encoded(pixels, kind), np.uint8)
    builder.json["images"] = [{"bufferView": builder.view(data), "mimeType": f"image/{kind.lower()}"}]
    builder.json["textures"] = [{"source": 0}]
    if sampler is not None:
        builder.json["samplers"] = [sampler]
        builder.json["textures"][0]["sampler"] = 0
    pbr = {"baseColorTexture": {"index": 0, **(info or {})}, **material}
    builder.json["materials"] = [{"pbrMetallicRoughness": pbr}]
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    builder.json["meshes"].append({"primitives": [primitive]})
    builder.animate(builder.node(mesh=0), "translation", [0, 1], np.eye(3)[:2])
    return builder


def colours_of(builder, tmp_path):
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    return (
        np.round(255 * asset.face_colours).astype(int),
        np.round(255 * asset.corner_colours).astype(int),
        asset,
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_texture_of_one_colour_is_read_in_every_format(tmp_path, kind):
    faces, corners, _ = colours_of(textured(np.full((4, 4, 3), (200, 100, 50)), kind=kind), tmp_path)
    assert np.abs(faces - [200, 100, 50]).max() <= (0 if kind == "PNG" else 2)
    assert np.abs(corners - [200, 100, 50]).max() <= (0 if kind == "PNG" else 2)


def grey_png(value, transparent=None):
    """A PNG of one 16-bit grey, which Pillow cannot write with a transparent colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 16, 0, 0, 0, 0))
    alpha = b"" if transparent is None else chunk(b"tRNS", struct.pack(">H", transparent))
    rows = (b"\0" + struct.pack(">H", value) * 4) * 4
    return b"\x89PNG\r\n\x1a\n" + head + alpha + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("transparent", [None, 1])
@pytest.mark.parametrize("grey", [0, 100, 255])
def test_texture_of_16_bit_grey_is_read(tmp_path, grey, transparent):
    faces, _, asset = colours_of(textured(grey_png(257 * grey, transparent)), tmp_path)
    assert {tuple(colour) for colour in faces} == {(grey,) * 3}
    assert not asset.notes


@pytest.mark.parametrize(("kind", "largest"), [(np.uint8, 255), (np.uint16, 65535)])
@pytest.mark.parametrize("normalised", [True, False])
def test_vertex_colours_that_are_integers_are_normalised(tmp_path, kind, largest, normalised):
    builder = moving()
    colours = np.tile(np.array([largest, 0, largest // 5, largest], kind), (4, 1))
    accessor = builder.accessor(colours, **({"normalized": True} if normalised else {}))
    builder.json["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = accessor
    faces, _, asset = colours_of(builder, tmp_path)
    assert {tuple(colour) for colour in faces} == {(255, 0, 124)}, "0.2 is 124 in sRGB"
    assert bool(asset.notes) == (not normalised)


def test_factor_and_vertex_colours_multiply_in_linear_light(tmp_path):
    grey = np.full((2, 2, 3), GREY)
    builder = textured(grey, baseColorFactor=[0.5, 1, 1, 0.3], colours=np.tile([1, 0.5, 0.25], (4, 1)))
    faces, _, _ = colours_of(builder, tmp_path)
    linear = ((128 / 255 + 0.055) / 1.055) ** 2.4
    expected = 255 * (1.055 * (linear * np.array([0.5, 0.5, 0.25])) ** (1 / 2.4) - 0.055)
    assert np.abs(faces - expected).max() <= 1


def test_face_has_the_mean_over_its_area_and_corners_their_own_colours(tmp_path):
    left_red = np.zeros((64, 64, 3)) + BLUE
    left_red[:, :32] = RED
    faces, corners, _ = colours_of(textured(left_red, sampler={"magFilter": 9728}), tmp_path)
    # linear means: a quarter of the first triangle lies in the left half, three quarters of the second
    expected = [[137, 0, 225], [225, 0, 137]]
    order = np.argsort(faces[:, 0])
    assert np.abs(faces[order] - expected).max() <= 6
    assert {tuple(c) for c in corners.reshape(-1, 3)} == {RED, BLUE}


def test_corners_on_the_border_of_two_regions_take_their_faces_side(tmp_path):
    halves = np.zeros((64, 64, 3)) + BLUE
    halves[:, :32] = RED
    uv = np.array([[0.5, 1], [1, 1], [1, 0], [0.5, 0]])
    _, corners, _ = colours_of(textured(halves, uv), tmp_path)
    assert {tuple(c) for c in corners.reshape(-1, 3)} == {BLUE}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(10497, RED), (33071, BLUE), (33648, BLUE)],
    ids=["repeat", "clamp", "mirrored repeat"],
)
def test_wrap_modes(tmp_path, mode, expected):
    halves = np.zeros((8, 8, 3)) + BLUE
    halves[:, :4] = RED
    uv = np.array([[1.1, 0.9], [1.4, 0.9], [1.4, 0.1], [1.1, 0.1]])
    faces, _, _ = colours_of(textured(halves, uv, sampler={"wrapS": mode, "wrapT": mode}), tmp_path)
    assert {tuple(c) for c in faces} == {expected}


def test_second_set_of_texture_coordinates(tmp_path):
    faces, _, _ = colours_of(textured(np.full((2, 2, 3), GREEN), info={"texCoord": 1}), tmp_path)
    assert {tuple(c) for c in faces} == {GREEN}


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ({"offset": [0.5, 0]}, GREEN),
        ({"offset": [0, 0.5]}, BLUE),
        ({"scale": [1, 1]}, RED),
        ({"rotation": np.pi / 2, "offset": [0, 1]}, BLUE),
        ({"rotation": -np.pi / 2, "offset": [1, 0]}, GREEN),
    ],
)
def test_texture_transform(tmp_path, transform, expected):
    quarters = np.zeros((8, 8, 3))
    quarters[:4, :4], quarters[:4, 4:], quarters[4:, :4], quarters[4:, 4:] = RED, GREEN, BLUE, GREY
    uv = np.array([[0.1, 0.4], [0.4, 0.4], [0.4, 0.1], [0.1, 0.1]])
    info = {"extensions": {"KHR_texture_transform": transform}}
    faces, _, _ = colours_of(textured(quarters, uv, info=info), tmp_path)
    assert {tuple(c) for c in faces} == {expected}


def test_alpha_is_ignored(tmp_path):
    pixels = np.zeros((2, 2, 4)) + (200, 100, 50, 0)
    faces, _, _ = colours_of(textured(pixels), tmp_path)
    assert {tuple(c) for c in faces} == {(200, 100, 50)}


def test_diffuse_of_specular_glossiness_is_the_base_colour(tmp_path):
    builder = textured(np.full((2, 2, 3), GREEN))
    info = builder.json["materials"][0].pop("pbrMetallicRoughness")["baseColorTexture"]
    glossy = {"diffuseTexture": info, "diffuseFactor": [1, 0.2140, 1, 1]}
    builder.json["materials"][0]["extensions"] = {"KHR_materials_pbrSpecularGlossiness": glossy}
    faces, _, _ = colours_of(builder, tmp_path)
    assert np.abs(faces - [0, 127, 0]).max() <= 1


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"textures": [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]}, "KTX2"),
        ({"images": [{"uri": "nowhere.png"}]}, "nowhere.png is missing"),
        ({"images": [{"uri": "../../etc/passwd"}]}, "outside"),
        ({"images": [{"uri": "data:image/png;base64,AAAA"}]}, "damaged"),
        ({"images": [{"uri": "a\0b.png"}]}, "outside"),
    ],
)
def test_unusable_texture_leaves_the_factor_and_a_note(tmp_path, change, note):
    builder = textured(np.full((2, 2, 3), GREEN), baseColorFactor=[0, 0, 1, 1])
    builder.json.update(change)
    faces, _, asset = colours_of(builder, tmp_path)
    assert {tuple(c) for c in faces} == {BLUE}
    assert note in " ".join(asset.notes)


def test_mesh_without_material_is_white(tmp_path):
    asset = read_gltf(moving().glb(tmp_path / "a.glb"))
    assert (asset.face_colours == 1).all()
    assert not asset.notes


def test_every_shared_creature_has_its_own_colours(library):
    flat = []
    for name in library.entries:
        asset = read_gltf(library.folder / name)
        assert not asset.notes, f"{name}: {asset.notes}"
        if (asset.face_colours > 0.99).all():
            flat.append(name)
    assert not flat, "white throughout"
