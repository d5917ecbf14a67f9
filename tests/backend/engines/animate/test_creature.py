"""A generated creature with several actions: one body, a skeleton or shape keys, correctives, a file."""

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines import dnf
from zoetrope.engines.animate import creature as creatures
from zoetrope.engines.animate.creature import generate_creature
from zoetrope.engines.animate.gltf.creature_output import creature_glb
from zoetrope.engines.animate.result_file import save_creature
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.geometry.nearest_points import nearest
from zoetrope.rigs.correctives import TOLERANCE

REQUEST = GenerateRequest("fish", "", 3, detail=64, faces=2000, texture=512)
ACTIONS = ("swim", "attack")


@pytest.fixture(scope="module")
def full_engine():
    """An engine that checks what it samples, with the weights' usual number of steps."""
    return dnf.DnfEngine(Path(__file__).resolve().parents[4] / "weights", "cpu")


def make(engine, output="armature", correctives=False, actions=ACTIONS, request=REQUEST):
    return generate_creature(engine, request, actions, output, correctives, ignore_progress)


@pytest.fixture(scope="module")
def rigged(full_engine):
    return make(full_engine)


@pytest.fixture(scope="module")
def corrected(full_engine):
    return make(
        full_engine,
        "both",
        correctives=True,
        request=replace(REQUEST, category="quadruped", seed=7),
        actions=("run", "walk"),
    )


def skinned(creature, i, correctives=False):
    """Vertices (T, V, 3) of a clip by linear blend skinning with the creature's arrays alone."""
    rig, rest = creature.rig, creature.clips[0].rest.astype(float)
    action, heads = rig.actions[i], rig.skeleton.heads
    shapes = np.repeat(rest[None], len(action.rotations), axis=0)
    if correctives:
        shapes += np.einsum("tk,kvc->tvc", creature.correctives.values[i], creature.correctives.offsets)
    moved = np.zeros_like(shapes)
    for k in range(4):
        joint, weight = rig.weights.joints[:, k], rig.weights.values[:, k]
        turned = np.einsum("tvab,tvb->tva", action.rotations[:, joint], shapes - heads[joint])
        moved += weight[:, None] * (turned + heads[joint] + action.translations[:, joint])
    return moved


def error(creature, i, correctives=False):
    """Mean distance of a skinned clip from the generated one, share of the diagonal."""
    clip = creature.clips[i]
    shown = skinned(creature, i, correctives)
    diagonal = np.linalg.norm(np.ptp(clip.rest, axis=0))
    return np.linalg.norm(shown - clip.vertices[: len(shown)], axis=-1).mean() / diagonal


def test_each_clip_is_that_of_its_action_alone_on_one_body(full_engine, rigged):
    alone = full_engine.generate(replace(REQUEST, action="attack"), ignore_progress)
    swim, attack = rigged.clips
    assert np.array_equal(attack.vertices, alone.vertices)
    assert np.array_equal(attack.rest, alone.rest)
    for name in ("rest", "faces", "colours"):
        assert np.array_equal(getattr(swim, name), getattr(attack, name))


def test_the_body_is_sampled_and_extracted_once(full_engine, monkeypatch):
    calls = []
    for name in ("sample_passing_body", "decode_surface", "make_body_mesh", "sample_passing_motion"):
        real = getattr(dnf, name)

        def counted(*arguments, name=name, real=real):
            calls.append(name)
            return real(*arguments)

        monkeypatch.setattr(dnf, name, counted)
    full_engine.generate_clips(REQUEST, ("swim", "attack", "swim"), ignore_progress)
    assert sorted(calls) == sorted(
        ["sample_passing_body", "decode_surface", "make_body_mesh", *["sample_passing_motion"] * 2]
    )


def test_the_skeleton_shows_the_generated_motion(rigged):
    assert rigged.rig.donor.category == "fish"
    assert not rigged.shape_keys
    for i, action in enumerate(rigged.rig.actions):
        assert error(rigged, i) == pytest.approx(action.residual_mean, abs=1e-5)
        assert action.residual_mean < 0.005
        assert action.residual_p99 < 0.015
    assert "The skeleton is within" in rigged.notes[0]


def test_correctives_bring_every_action_within_their_tolerance(corrected):
    assert corrected.shape_keys
    assert 1 < len(corrected.correctives.offsets) <= 16
    for i, reported in enumerate(corrected.correctives.errors):
        assert error(corrected, i, correctives=True) == pytest.approx(reported, abs=1e-5)
        assert reported <= TOLERANCE
    assert error(corrected, 0) > TOLERANCE
    assert f"{len(corrected.correctives.offsets)} corrective shape keys" in corrected.notes[0]


def test_the_file_names_mesh_and_armature_after_the_creature(rigged, corrected):
    def names(creature):
        data = creature_glb(creature)
        (size,) = struct.unpack_from("<I", data, 12)
        document = json.loads(data[20 : 20 + size])
        (mesh,) = [node["name"] for node in document["nodes"] if "mesh" in node]
        return mesh, document["meshes"][0]["name"], document["skins"][0]["name"]

    assert names(rigged) == ("Fish", "Fish", "Fish Armature")
    assert names(corrected) == ("Quadruped Correctives", "Quadruped", "Quadruped Armature")


@pytest.mark.parametrize("correctives", [False, True])
def test_a_body_that_no_skeleton_fits_has_shape_keys_and_a_sentence(full_engine, monkeypatch, correctives):
    monkeypatch.setattr(creatures, "MAX_MEAN", 0.0)
    made = make(full_engine, actions=("swim",), correctives=correctives)
    assert (made.rig, made.shape_keys) == (None, True)
    assert made.notes[0].startswith("This creature has shape keys instead of an armature. The skeleton that")


def test_an_engine_without_donors_gives_shape_keys():
    made = make(ProceduralEngine(), request=GenerateRequest("quadruped", "", 1, detail=64), actions=("walk",))
    assert (made.rig, made.shape_keys) == (None, True)


@pytest.mark.parametrize(
    ("actions", "output"), [((), "armature"), (("gallop",), "armature"), (("swim",), "hologram")]
)
def test_what_does_not_exist_is_refused_with_a_remedy(full_engine, actions, output):
    with pytest.raises(ZoetropeError) as caught:
        make(full_engine, output, actions=actions)
    assert caught.value.code == "bad_option"
    assert caught.value.remedy


@pytest.mark.parametrize("stage", ["motion", "frames", "recognise", "register", "skeleton"])
def test_it_can_be_cancelled_at_every_stage(full_engine, stage):
    def cancel(now, _step, _total):
        if now == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        generate_creature(full_engine, REQUEST, ("swim",), "armature", True, cancel)


def test_the_result_file_holds_body_skeleton_and_actions(corrected, tmp_path):
    save_creature(tmp_path / "r.npz", corrected, "checksum")
    with np.load(tmp_path / "r.npz", allow_pickle=False) as data:
        names = set(data.files)
        boxes, vertices = data["action_0_boxes"], data["action_0_vertices"]
        assert data["correctives"].shape[1:] == corrected.clips[0].rest.shape
        assert np.array_equal(boxes[:, 0], vertices.min(axis=1))
        assert len(vertices) == len(data["action_0_rotations"]) == len(data["action_0_values"])
    assert {
        "faces",
        "rest",
        "colours",
        "token_shape",
        "token_motion_1",
        "joint_heads",
        "weight_values",
    } <= names


def test_a_loop_that_fills_a_long_timeline_is_fitted_once(full_engine, tmp_path):
    made = make(full_engine, actions=("swim",), request=replace(REQUEST, frames=120))
    assert len(made.clips[0].vertices) == 120
    assert len(made.rig.actions[0].rotations) < 60
    assert 120 % len(made.rig.actions[0].rotations) == 0


def test_glb_has_an_animation_an_action(rigged, corrected):
    for made, targets in ((rigged, 0), (corrected, len(corrected.correctives.offsets))):
        document = document_of(creature_glb(made))
        assert [one["name"] for one in document["animations"]] == [clip.action for clip in made.clips]
        (mesh,) = document["meshes"]
        assert len(mesh["primitives"][0].get("targets", [])) == targets
        paths = {channel["target"]["path"] for channel in document["animations"][0]["channels"]}
        assert ("weights" in paths) == (targets > 0)


def test_skinned_glb_has_the_textures_and_an_influence_a_stored_vertex(rigged, corrected):
    for made in (rigged, corrected):
        document = document_of(creature_glb(made))
        (primitive,) = document["meshes"][0]["primitives"]
        attributes, material = primitive["attributes"], document["materials"][primitive["material"]]
        assert "COLOR_0" not in attributes
        stored = {document["accessors"][attributes[name]]["count"] for name in attributes}
        assert {"JOINTS_0", "WEIGHTS_0", "TEXCOORD_0"} <= attributes.keys()
        assert len(stored) == 1
        assert stored.pop() > len(made.clips[0].rest)
        used = (
            material["pbrMetallicRoughness"]["baseColorTexture"]["index"],
            material["normalTexture"]["index"],
        )
        images = [document["images"][document["textures"][i]["source"]]["mimeType"] for i in used]
        assert images == ["image/png"] * 2


def test_result_file_has_coordinates_and_textures(rigged, tmp_path):
    save_creature(tmp_path / "r.npz", rigged, "checksum")
    with np.load(tmp_path / "r.npz", allow_pickle=False) as data:
        np.testing.assert_array_equal(data["uvs"], rigged.clips[0].uvs)
        for name, png in rigged.clips[0].textures.items():
            np.testing.assert_array_equal(data[f"texture_{name}"], png)


def test_glb_of_several_shape_keyed_actions_has_their_targets_one_after_the_other(full_engine):
    made = make(full_engine, "shape_keys")
    document = document_of(creature_glb(made))
    names = document["meshes"][0]["extras"]["targetNames"]
    lengths = [len(clip.vertices) for clip in made.clips]
    assert names[0] == "swim_000"
    assert names[lengths[0]] == "attack_000"
    assert len(names) == sum(lengths)


def document_of(data):
    """The JSON document of a .glb file."""
    return json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])


def test_glb_read_back_moves_as_the_clips(rigged, corrected, tmp_path):
    """As far as the skeleton can: its weights are on the vertices that they are of."""
    for made in (rigged, corrected):
        (tmp_path / "a.glb").write_bytes(creature_glb(made))
        asset, first = read_gltf(tmp_path / "a.glb"), made.clips[0]
        at = nearest(asset.rest, first.rest)[1]
        for clip in made.clips:
            shown = asset.evaluate(clip.action, np.arange(len(clip.vertices)) / clip.fps)[:, at]
            apart = np.linalg.norm(shown - clip.vertices, axis=-1)
            assert apart.mean() < 0.01 * np.linalg.norm(np.ptp(first.rest, axis=0))
