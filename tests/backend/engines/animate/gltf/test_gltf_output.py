"""A skeleton and animations in an artist's glTF file: read back it moves as skinned, all else is the same."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import chains
import numpy as np
import pytest
from gltf_builder import Builder, mesh_frames
from scipy.spatial.transform import Rotation
from zoetrope.clips.animated_asset import TO_Z_UP
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh, DonorSummary
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.glb_buffer import pack_glb
from zoetrope.geometry.nearest_points import nearest
from zoetrope.rigs.skeleton import skin

FPS = 12.0
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0f01f00050001ff56c72f0d0000000049454e44ae426082"
)
PLACES = {
    "plain": {},
    "moved": {"translation": [0.5, 1.0, -2.0]},
    "turned and scaled": {"rotation": [0.0, 0.6, 0.0, 0.8], "scale": [2.0, 2.0, 2.0]},
    "mirrored": {"scale": [-1.0, 1.0, 1.0]},
}


def artists_file(place, instances=1):
    """A textured mesh around the chain's bones, its node placed somewhere."""
    rest, _ = chains.points(200)
    faces = np.random.default_rng(0).permutation(198).reshape(-1, 3).astype(np.uint16)
    builder = Builder()
    normals = np.tile(np.float32([0, 1, 0]), (200, 1))
    uv = np.random.default_rng(1).random((200, 2)).astype(np.float32)
    attributes = {"NORMAL": builder.accessor(normals), "TEXCOORD_0": builder.accessor(uv)}
    attributes["POSITION"] = builder.accessor((rest @ TO_Z_UP).astype(np.float32))
    indices = builder.accessor(faces.ravel())
    builder.json["images"] = [
        {"bufferView": builder.view(np.frombuffer(PIXEL, np.uint8)), "mimeType": "image/png"}
    ]
    builder.json["textures"] = [{"source": 0}]
    builder.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    builder.json["meshes"].append({"primitives": [primitive]})
    for index in range(instances):
        builder.node(mesh=0, name=f"body {index}", **place)
    top = builder.node(name="scene root", children=list(range(instances)), translation=[0.0, 0.25, 0.0])
    builder.json["scenes"], builder.json["scene"] = [{"nodes": [top]}], 0
    return builder


def animation_of(source, vertices_too=False, cyclic=True):
    """A result as the animator returns it: the chain's motion, placed where the file's vertices are."""
    bones, motion = chains.skeleton(), chains.motion()
    _, weights = chains.points(200)
    rest = source.vertices
    heads = bones.heads
    moved = (motion.rotations @ heads[..., None])[..., 0] + motion.joint_translations(bones) - heads
    order = nearest(chains_in_world(source), rest)[1]
    from zoetrope.rigs.skeleton import SkinWeights

    own = SkinWeights(weights.joints[order], weights.values[order])
    frames = skin(rest, own, bones, motion)
    action = AnimatedAction(
        "walk", cyclic, True, motion.rotations, moved, frames if vertices_too else None, 0.0, 0, 0, 0, 0, 0
    )
    donor = DonorSummary("q", "Chain", "quadruped", "Somebody", "CC0-1.0", 0.0, 0.0)
    return AnimatedMesh(bones, bones.z_axes(), own, (action,), donor, 0.0, 1.0, 7), frames


def chains_in_world(source):
    """The chain's points where the file places them."""
    rest, _ = chains.points(200)
    nodes = source.file.items("nodes")
    top = next(node for node in nodes if node.get("name") == "scene root")
    local = np.eye(4)
    local[:3, :3] = Rotation.from_quat(nodes[0].get("rotation", [0, 0, 0, 1])).as_matrix() * nodes[0].get(
        "scale", [1, 1, 1]
    )
    local[:3, 3] = np.add(nodes[0].get("translation", [0, 0, 0]), top["translation"])
    return (rest @ TO_Z_UP) @ (local[:3, :3].T @ TO_Z_UP.T) + TO_Z_UP @ local[:3, 3]


def written(tmp_path, builder, **how):
    """The source, the result's frames, and the written file read again."""
    source = read_source(builder.glb(tmp_path / "in.glb"))
    result, frames = animation_of(source, **how)
    path = tmp_path / "out.glb"
    path.write_bytes(animated_glb(source, result, FPS))
    return source, frames, path


def document(path: Path):
    """JSON and binary chunk of a .glb file."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + size]), data[28 + size :]


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


def test_the_files_own_bones_are_keyed_in_place(tmp_path):
    """Written with a skeleton and read again, that skeleton is the file's own: keys land on it."""
    source, frames, path = written(tmp_path, artists_file(PLACES["moved"]))
    rigged = read_source(path)
    rig = rigged.rig()
    order = [chains.NAMES.index(name) for name in rig.names]
    assert sorted(order) == list(range(6))
    assert np.abs(rig.heads - chains.skeleton().heads[order]).max() < 1e-5
    result, _ = animation_of(source)
    action = result.actions[0]
    there = replace(action, rotations=action.rotations[:, order], translations=action.translations[:, order])
    own = AnimatedMesh(result.skeleton, result.z_axes, None, (there,), result.donor, 0.0, 1.0, 7)
    path.with_name("own.glb").write_bytes(animated_glb(rigged, own, FPS))
    asset = read_gltf(path.with_name("own.glb"))
    assert asset.clip_names == ["walk.001", "walk"], "what is added is what plays"
    at = nearest(asset.rest, source.vertices)[1]
    shown = asset.evaluate("walk.001", np.arange(12) / FPS)
    assert np.abs(shown[:, at] - frames).max() < 2e-5
    after, before = document(path.with_name("own.glb"))[0], document(path)[0]
    assert after["nodes"] == before["nodes"]
    assert after["skins"] == before["skins"]


def test_bones_are_the_files_rig_where_they_cover_its_mesh(tmp_path):
    builder = artists_file({})
    assert not read_source(builder.glb(tmp_path / "bare.glb")).has_rig()
    _, _, path = written(tmp_path, builder)
    rigged = read_source(path)
    assert rigged.has_rig()
    columns = np.where(np.arange(len(rigged.vertices)) < 0.2 * len(rigged.vertices), 0.0, 1.0)
    part = replace(rigged.asset, weights=rigged.asset.weights * columns[:, None])
    assert not replace(rigged, asset=part).has_rig()


def test_the_armature_is_named_after_the_mesh(tmp_path):
    """Blender's importer names the armature after the skin."""
    _, _, path = written(tmp_path, artists_file({}, instances=2))
    names = [skin["name"] for skin in document(path)[0]["skins"]]
    assert names == ["body 0 Armature"] * 2


def test_a_file_without_bones_has_no_rig_of_its_own(tmp_path):
    source = read_source(artists_file({}).glb(tmp_path / "in.glb"))
    with pytest.raises(ZoetropeError, match="no skin") as caught:
        source.rig()
    assert caught.value.code == "bad_mesh"


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(ZoetropeError, match="only") as caught:
        read_source(tmp_path / "a.obj")
    assert "Export" in caught.value.remedy


def moves_as(path, source, frames):
    """Whether the written file moves the source's vertices along the frames."""
    asset = read_gltf(path)
    shown = asset.evaluate("walk", np.arange(12) / FPS)
    at = nearest(asset.rest, source.vertices)[1]
    return (
        np.abs(asset.rest[at] - source.vertices).max() < 2e-5 and np.abs(shown[:, at] - frames).max() < 2e-5
    )


@pytest.mark.parametrize("vertices_too", [False, True], ids=["skeleton", "morph targets"])
def test_a_mesh_that_keys_show_moves_at_its_full_size(tmp_path, vertices_too):
    """Its node has scale 0 until then; its own keys would fight the morph targets."""
    builder = artists_file({}, instances=2)
    builder.json["nodes"][1] |= {"translation": [0.01, 0.0, 0.0], "scale": [0.0, 0.0, 0.0]}
    builder.animate(1, "scale", [0, 1], np.array([[0, 0, 0], [1, 1, 1]]), "STEP")
    source, frames, path = written(tmp_path, builder, vertices_too=vertices_too)
    assert len(source.vertices) > 300, "both bodies"
    assert moves_as(path, source, frames)
    after = document(path)[0]
    names = [one["name"] for one in after["animations"]]
    assert names == (["walk"] if vertices_too else ["walk", "clip0"])
    moved = {
        channel["target"]["node"]
        for animation in after["animations"]
        for channel in animation["channels"]
        if channel["target"]["path"] != "weights"
    }
    assert not any("matrix" in after["nodes"][node] for node in moved)


@pytest.mark.parametrize("scale", [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0]], ids=["hidden", "flattened"])
@pytest.mark.parametrize("vertices_too", [False, True], ids=["skeleton", "morph targets"])
def test_a_mesh_without_an_extent_stays_as_it_is(tmp_path, scale, vertices_too):
    builder = artists_file({}, instances=2)
    builder.json["nodes"][1]["scale"] = scale
    source, frames, path = written(tmp_path, builder, vertices_too=vertices_too)
    assert moves_as(path, source, frames)
    assert document(path)[0]["nodes"][1] == {"mesh": 0, "name": "body 1", "scale": scale}


@pytest.mark.parametrize("vertices_too", [False, True], ids=["skeleton", "morph targets"])
def test_a_mesh_below_a_bone_is_placed_as_at_rest(tmp_path, vertices_too):
    """The file's bones stand otherwise than the skin was bound: what hangs on them is where it was bound."""
    _, _, path = written(tmp_path, artists_file({}))
    parts, binary = document(path)
    bone = next(i for i, node in enumerate(parts["nodes"]) if node.get("name") == chains.NAMES[3])
    parts["nodes"].append({"mesh": len(parts["meshes"]), "name": "eye", "translation": [0.1, 0.0, 0.0]})
    eye = json.loads(json.dumps(parts["meshes"][0]))
    for name in ("JOINTS_0", "WEIGHTS_0"):
        del eye["primitives"][0]["attributes"][name]
    parts["meshes"].append(eye)
    parts["nodes"][bone].setdefault("children", []).append(len(parts["nodes"]) - 1)
    del parts["animations"]
    bound = read_source(rewritten(tmp_path / "bound.glb", parts, binary)).vertices
    parts["nodes"][bone]["rotation"] = [0.0, 0.0, 0.6, 0.8]
    source = read_source(rewritten(tmp_path / "posed.glb", parts, binary))
    assert np.abs(source.vertices - bound).max() < 1e-5
    result, frames = animation_of(source, vertices_too)
    path.write_bytes(animated_glb(source, result, FPS))
    assert moves_as(path, source, frames)


def rewritten(path, parts, binary):
    """Write a document with its binary chunk."""
    path.write_bytes(pack_glb(parts, binary))
    return path


def test_meshes_that_are_shown_one_at_a_time_are_refused(tmp_path):
    with pytest.raises(ZoetropeError, match="its 3 meshes are shown one at a time") as caught:
        read_source(mesh_frames(tmp_path / "f.glb"))
    assert caught.value.code == "bad_file"
    assert "--output shape_keys" in caught.value.remedy


def test_morph_targets_of_the_file_stay_with_their_keys(tmp_path):
    """One is half open at rest; the file's animation opens it, the added one keeps it as at rest."""
    builder = artists_file(PLACES["moved"])
    (primitive,) = builder.json["meshes"][0]["primitives"]
    offsets = np.random.default_rng(2).normal(size=(200, 3)).astype(np.float32)
    primitive["targets"] = [{"POSITION": builder.accessor(offsets)}]
    builder.json["meshes"][0] |= {"weights": [0.5], "extras": {"targetNames": ["smile"]}}
    builder.animate(0, "weights", [0, 1], np.array([[0.0], [1.0]]))
    source, frames, path = written(tmp_path, builder, vertices_too=True)
    assert moves_as(path, source, frames)
    parts, _ = document(path)
    assert parts["meshes"][0]["extras"]["targetNames"] == ["smile", *(f"f{i:03d}" for i in range(12))]
    assert parts["meshes"][0]["weights"] == [0.5, *[0.0] * 12]
    before, after = read_gltf(tmp_path / "in.glb"), read_gltf(path)
    assert after.clip_names == ["walk", "clip0"]
    at = nearest(after.rest, before.rest)[1]
    times = np.array([0.0, 0.5, 1.0])
    assert np.abs(after.evaluate("clip0", times)[:, at] - before.evaluate("clip0", times)).max() < 2e-5


def own_bones(source, path, change, binary=None):
    """The written file with a changed document, and a result for its own bones.

    `change` takes the document and the index of each bone's node by its name.
    """
    parts, unchanged = document(path)
    del parts["animations"]
    change(parts, {node.get("name"): i for i, node in enumerate(parts["nodes"])})
    rigged = read_source(rewritten(path, parts, unchanged if binary is None else bytes(binary)))
    order = [chains.NAMES.index(name) for name in rigged.rig().names]
    result, _ = animation_of(source)
    action = result.actions[0]
    there = replace(action, rotations=action.rotations[:, order], translations=action.translations[:, order])
    return rigged, AnimatedMesh(result.skeleton, result.z_axes, None, (there,), result.donor, 0.0, 1.0, 7)


@pytest.mark.parametrize("rotation", [[0.0, 0.0, 0.0, 1.0], [0.2, 0.4, 0.1, 0.888]])
@pytest.mark.parametrize(
    ("scale", "what"),
    [
        ([1.0, 0.0, 1.0], "of scale 0"),
        ([1e-10, 1e-10, 1e-10], "of scale 0"),
        ([1.0, 1.0, 0.5], "whose scale differs along its axes"),
    ],
)
def test_bones_below_a_node_without_an_even_scale_are_refused(tmp_path, rotation, scale, what):
    source, _, path = written(tmp_path, artists_file({}))

    def hang(parts, bones):
        parts["nodes"].append({"children": [bones[chains.NAMES[0]]], "rotation": rotation, "scale": scale})
        roots = parts["scenes"][0]["nodes"]
        roots[roots.index(bones[chains.NAMES[0]])] = len(parts["nodes"]) - 1

    with pytest.raises(ZoetropeError, match=what) as caught:
        own_bones(source, path, hang)
    assert caught.value.code == "bad_mesh"
    assert "--rig donor" in caught.value.remedy
    assert not read_source(path).has_rig(), "a new skeleton is taken"


def test_a_hidden_bone_that_has_an_extent_at_rest_gets_it(tmp_path):
    """The file's pose hides what follows a bone; the added animation shows it, as a new skeleton does."""
    source, frames, path = written(tmp_path, artists_file({}))

    def hide(parts, bones):
        parts["nodes"][bones[chains.NAMES[5]]]["scale"] = [0.0, 0.0, 0.0]

    rigged, result = own_bones(source, path, hide)
    path.write_bytes(animated_glb(rigged, result, FPS))
    assert moves_as(path, source, frames)


@pytest.mark.parametrize("kind", ["mirrored", "matrix"])
def test_own_bones_of_any_transform_are_keyed(tmp_path, kind):
    """A bone of negative scale, bound so; bones that are placed by a matrix, which keys cannot move."""
    source, frames, path = written(tmp_path, artists_file({}))

    def change(parts, bones):
        for name in chains.NAMES:
            node = parts["nodes"][bones[name]]
            if kind == "matrix":
                turn = Rotation.from_quat(node.pop("rotation", [0, 0, 0, 1])).as_matrix()
                matrix = np.eye(4)
                matrix[:3, :3], matrix[:3, 3] = turn, node.pop("translation", [0, 0, 0])
                node["matrix"] = matrix.T.ravel().tolist()
        if kind == "mirrored":
            parts["nodes"][bones[chains.NAMES[5]]]["scale"] = [-1.0, 1.0, 1.0]
            mirror(parts, binary, parts["skins"][0]["joints"].index(bones[chains.NAMES[5]]))

    binary = bytearray(document(path)[1])

    def mirror(parts, binary, column):
        accessor = parts["accessors"][parts["skins"][0]["inverseBindMatrices"]]
        begin = parts["bufferViews"][accessor["bufferView"]]["byteOffset"] + 64 * column
        bind = np.frombuffer(bytes(binary[begin : begin + 64]), np.float32).reshape(4, 4).T
        binary[begin : begin + 64] = (np.diag([-1, 1, 1, 1]) @ bind).T.astype(np.float32).tobytes()

    rigged, result = own_bones(source, path, change, binary)
    path.write_bytes(animated_glb(rigged, result, FPS))
    assert moves_as(path, source, frames)
    parts, _ = document(path)
    keyed = {c["target"]["node"] for a in parts["animations"] for c in a["channels"]}
    assert not any("matrix" in parts["nodes"][node] for node in keyed)


@pytest.mark.parametrize("scenes", ["none", "first empty"])
@pytest.mark.parametrize("vertices_too", [False, True], ids=["skeleton", "morph targets"])
def test_what_the_reader_shows_is_in_the_scene(tmp_path, scenes, vertices_too):
    builder = artists_file({})
    del builder.json["scene"], builder.json["scenes"]
    if scenes == "first empty":
        builder.json["scenes"] = [{"nodes": [builder.node(name="lamp")]}, {"nodes": [1]}]
    source, frames, path = written(tmp_path, builder, vertices_too=vertices_too)
    assert moves_as(path, source, frames)


@pytest.mark.parametrize("vertices_too", [False, True], ids=["skeleton", "morph targets"])
def test_a_mesh_that_another_node_shows_elsewhere_is_not_changed(tmp_path, vertices_too):
    """Two nodes in the scene and one outside of it share a mesh with a morph target that is keyed."""
    builder = artists_file({}, instances=2)
    builder.json["nodes"][1]["translation"] = [0.01, 0.0, 0.0]
    offsets = np.random.default_rng(2).normal(size=(200, 3)).astype(np.float32)
    builder.json["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": builder.accessor(offsets)}]
    for node in (0, 1):
        builder.animate(node, "weights", [0, 1], np.array([[0.0], [1.0]]))
    outside = builder.node(mesh=0, name="outside")
    before = json.loads(json.dumps(builder.json["meshes"][0]))
    source, frames, path = written(tmp_path, builder, vertices_too=vertices_too)
    assert moves_as(path, source, frames)
    parts, _ = document(path)
    assert parts["nodes"][outside]["mesh"] == 0
    assert parts["meshes"][0] == before
    counts = [len(mesh["primitives"][0]["targets"]) for mesh in parts["meshes"]]
    assert counts == ([1, 13, 13] if vertices_too else [1, 1, 1])


def test_what_hangs_on_a_mesh_stays_in_its_place(tmp_path):
    builder = artists_file(PLACES["moved"])
    builder.json["nodes"][0]["children"] = [builder.node(name="camera", translation=[0.0, 0.0, 3.0])]
    builder.animate(0, "rotation", [0, 1], np.array([[0, 0, 0, 1], [0, 0, 0.6, 0.8]]))
    source, frames, path = written(tmp_path, builder, vertices_too=True)
    assert moves_as(path, source, frames)
    worlds = [
        asset.node_matrices(asset.default)[0][asset.node_names.index("camera")]
        for asset in (source.asset, read_gltf(path))
    ]
    assert np.array_equal(*worlds)
    assert [one["name"] for one in document(path)[0]["animations"]] == ["walk", "clip0"]


def test_a_sheared_mesh_moves_as_it_is(tmp_path):
    """A turned mesh below a flattened node."""
    builder = artists_file({"rotation": [0.0, 0.6, 0.0, 0.8]})
    builder.json["nodes"][1]["scale"] = [1.0, 0.5, 2.0]
    builder.json["nodes"][1]["rotation"] = [0.6, 0.0, 0.0, 0.8]
    source = read_source(builder.glb(tmp_path / "in.glb"))
    moved = source.vertices + np.linspace(0, 1, 12)[:, None, None] * np.array([0.1, 0.2, 0.3])
    result, _ = animation_of(source, vertices_too=True)
    (action,) = result.actions
    result = replace(result, actions=(replace(action, vertices=moved.astype(np.float32)),))
    path = tmp_path / "out.glb"
    path.write_bytes(animated_glb(source, result, FPS))
    assert moves_as(path, source, moved)
    assert not any("shear" in note for note in read_gltf(path).notes)


def test_instances_are_refused(tmp_path):
    builder = artists_file({})
    offsets = builder.accessor(np.zeros((2, 3), np.float32))
    builder.json["nodes"][0]["extensions"] = {
        "EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": offsets}}
    }
    with pytest.raises(ZoetropeError, match="as instances") as caught:
        read_source(builder.glb(tmp_path / "in.glb"))
    assert "Make Instances Real" in caught.value.remedy
