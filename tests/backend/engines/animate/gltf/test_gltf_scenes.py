"""Files as artists have them: hidden, shared and sheared meshes, odd scenes, what hangs on a bone."""

import json
from dataclasses import replace

import chains
import numpy as np
import pytest
from chain_file import FPS, PLACES, animation_of, artists_file, document, moves_as, rewritten, written
from gltf_builder import mesh_frames
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest


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


@pytest.mark.parametrize(
    "damage",
    [
        lambda one: one["channels"][0].update(sampler=7),
        lambda one: one.update(channels="all"),
        lambda one: one["channels"][0].update(target={"path": "pointer"}),
        lambda one: one["samplers"][0].update(output=10_000),
    ],
    ids=["sampler", "channels", "pointer", "accessor"],
)
def test_a_damaged_animation_of_the_file_stops_nothing(tmp_path, damage):
    builder = artists_file({})
    offsets = np.zeros((200, 3), np.float32)
    builder.json["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": builder.accessor(offsets)}]
    builder.animate(0, "weights", [0, 1], np.array([[0.0], [1.0]]))
    damage(builder.json["animations"][0])
    source, frames, path = written(tmp_path, builder, vertices_too=True)
    assert moves_as(path, source, frames)
