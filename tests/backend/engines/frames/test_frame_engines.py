"""Engines whose frames are meshes of their own: what they generate, and what they refuse."""

import json
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines import create_engine, generate_mesh_frames
from zoetrope.engines.animate import decomposed_rig
from zoetrope.engines.animate.creature import generate_creature, tracking_notes
from zoetrope.engines.animate.result_file import save_creature
from zoetrope.engines.hyperdiffusion.engine import HyperDiffusionEngine
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest, MorphRequest
from zoetrope.engines.voxels.decoding import grid_distance
from zoetrope.engines.voxels.engine import VoxelEngine
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.rigs.correctives import TOLERANCE

REQUEST = GenerateRequest("quadruped", "walk", 3, detail=64, faces=None, texture=None)


@pytest.fixture(params=["hyperdiffusion", "voxels"])
def engine(request):
    weights = request.getfixturevalue(
        "hyper_weights" if request.param == "hyperdiffusion" else "voxel_weights"
    )
    return create_engine(request.param, weights, "cpu")


def test_frames_stand_on_the_ground_and_are_as_high_as_requested(engine):
    made = engine.generate_frames(REQUEST, ignore_progress)
    assert len(made.frames) == 5  # of six, the last of a loop repeats the first
    lowest = min(float(vertices[:, 2].min()) for vertices, _ in made.frames)
    heights = [float(np.ptp(vertices[:, 2])) for vertices, _ in made.frames]
    assert lowest == pytest.approx(0.0, abs=1e-5)
    assert np.median(heights) == pytest.approx(1.0, rel=1e-4)
    assert all(trimesh.Trimesh(*frame, process=False).volume > 0 for frame in made.frames)
    assert made.cyclic
    assert made.seconds[1] == pytest.approx(made.meta["model_seconds"] / 5)


def test_a_seed_is_the_same_clip_again_and_another_seed_another(engine):
    first, again = (engine.generate_frames(REQUEST, ignore_progress) for _ in range(2))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first.frames, again.frames, strict=True))
    other = engine.generate_frames(GenerateRequest("quadruped", "walk", 4, detail=64), ignore_progress)
    assert any(
        a[0].shape != b[0].shape or not np.array_equal(a[0], b[0])
        for a, b in zip(first.frames, other.frames, strict=True)
    )


def test_the_tracked_mesh_is_one_mesh_near_the_frames(engine):
    made = engine.generate(REQUEST, ignore_progress)
    assert made.vertices.shape[1:] == made.rest.shape
    assert made.meta["tracking_mean"] < 0.02
    assert made.cyclic


@pytest.mark.parametrize("where", ["weights", "surface", "tracking"])
def test_stages_are_reported_and_may_cancel(engine, where):
    seen = []

    def on_progress(stage, step, total):
        seen.append(stage)
        if stage == where:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.generate(REQUEST, on_progress)
    assert seen[-1] == where
    assert "load" in seen


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"proportions": BodyShape()}, "proportions"),
        ({"proportions_seed": 0}, "proportions"),
        ({"palette": 0}, "palette"),
        ({"morph": MorphRequest("fox", 0.3)}, "morph"),
        ({"action": "fly"}, "There is no action 'fly'"),
        ({"category": "fish", "action": ""}, "There is no category 'fish'"),
        ({"detail": 65}, "There is no detail 65"),
    ],
)
def test_what_it_cannot_do_is_refused(engine, change, message):
    values = {"category": "quadruped", "action": "walk", "seed": 0, "detail": 64} | change
    with pytest.raises(ZoetropeError, match=message) as error:
        engine.generate_frames(GenerateRequest(**values), ignore_progress)
    assert error.value.code == "bad_option"
    assert error.value.remedy


def test_a_second_action_is_refused(engine):
    with pytest.raises(ZoetropeError, match="body and motion together"):
        engine.generate_clips(REQUEST, ["walk", "run"], ignore_progress)


def test_an_engine_that_moves_one_mesh_has_no_frames():
    with pytest.raises(ZoetropeError, match="moves one mesh") as error:
        generate_mesh_frames(ProceduralEngine(), REQUEST, ignore_progress)
    assert error.value.code == "bad_option"


def test_weights_of_another_engine_are_refused(hyper_weights, voxel_weights):
    for name, folder, of in (
        ("voxels", hyper_weights, "hyperdiffusion"),
        ("hyperdiffusion", voxel_weights, "voxels"),
        ("dnf", voxel_weights, "voxels"),
    ):
        with pytest.raises(ZoetropeError, match=f"are of the engine {of}, not of {name}") as error:
            create_engine(name, folder, "cpu")
        assert error.value.remedy


def test_an_mlp_without_a_surface_is_sampled_again(hyper_weights, monkeypatch):
    engine = HyperDiffusionEngine(hyper_weights, "cpu")
    sampled, whole = [], HyperDiffusionEngine.sample

    def sample(self, resolved, attempt, on_progress):
        sampled.append(attempt)
        clip = whole(self, resolved, attempt, on_progress)
        if attempt < 2:

            def empty(frame, detail, on_chunk):
                raise ZoetropeError("The shape is empty.", code="empty_surface")

            return type(clip)(clip.frames, clip.seconds, empty, clip.distance)
        return clip

    monkeypatch.setattr(HyperDiffusionEngine, "sample", sample)
    assert engine.generate_frames(REQUEST, ignore_progress).frames
    assert sampled == [0, 1, 2]


def test_voxel_surfaces_lie_where_the_grid_is_full(voxel_weights):
    engine = VoxelEngine(voxel_weights, "cpu")
    clip = engine.sample(engine.resolve(REQUEST), 0, ignore_progress)
    vertices, _ = clip.surface(0, 64, lambda done, total: None)
    distance, gradient = clip.distance(0, vertices)
    assert np.abs(distance).mean() < 0.05
    assert np.linalg.norm(gradient, axis=1).mean() == pytest.approx(1.0, abs=0.05)


def test_the_tracked_mesh_is_reduced_and_has_levels(hyper_weights):
    engine = create_engine("hyperdiffusion", hyper_weights, "cpu")
    request = GenerateRequest(
        "quadruped", "walk", 3, detail=128, faces=2000, texture=None, levels_of_detail=2
    )
    frames = engine.generate_frames(request, ignore_progress).frames
    made = engine.generate(request, ignore_progress)
    assert len(made.faces) < 0.6 * len(frames[0][1]), "as far as no part is lost"
    assert made.meta["face_budget"] >= 2000
    assert [len(level.faces) < len(made.faces) for level in made.levels] == [True, True]


def skinned(arrays, meta, action=0):
    """Vertices (T, V, 3) from the arrays of a result file alone."""
    rest, heads = arrays["rest"].astype(float), arrays["joint_heads"].astype(float)
    values = arrays[f"action_{action}_values"] if "correctives" in arrays else np.zeros((1, 0))
    offsets = arrays["correctives"] if "correctives" in arrays else np.zeros((0, *rest.shape))
    quaternions = arrays[f"action_{action}_rotations"][..., [1, 2, 3, 0]].astype(float)
    moved = arrays[f"action_{action}_translations"].astype(float)
    frames = []
    for q, shift, value in zip(
        quaternions, moved, np.broadcast_to(values, (len(moved), len(offsets))), strict=True
    ):
        matrices = Rotation.from_quat(q).as_matrix()
        joints, weights = arrays["weight_joints"], arrays["weight_values"]
        posed = rest + np.einsum("k,kvc->vc", value, offsets)
        offset = posed[:, None] - heads[joints]
        placed = np.einsum("vkij,vkj->vki", matrices[joints], offset) + heads[joints] + shift[joints]
        frames.append(np.einsum("vk,vki->vi", weights, placed))
    return np.stack(frames)


@pytest.mark.parametrize("length", [None, 48])
def test_an_armature_in_its_file_moves_the_mesh_as_it_was_tracked(hyper_weights, tmp_path, length):
    engine = create_engine("hyperdiffusion", hyper_weights, "cpu")
    request = GenerateRequest("quadruped", "walk", 3, length, detail=64, faces=1000, texture=None)
    creature = generate_creature(engine, request, ["walk"], "armature", True, ignore_progress)
    assert creature.rig is not None
    assert any("of the sampled frames" in note for note in creature.notes)
    save_creature(tmp_path / "x.npz", creature, "")
    with np.load(tmp_path / "x.npz") as data:
        arrays = {name: data[name] for name in data.files}
    meta = json.loads(str(arrays["meta"]))
    shown = skinned(arrays, meta)
    assert arrays["action_0_boxes"].shape == (len(shown), 2, 3)
    expected = creature.clips[0].vertices[: len(shown)]
    diagonal = np.linalg.norm(np.ptp(creature.clips[0].rest, axis=0))
    error = np.linalg.norm(shown - expected, axis=-1).mean() / diagonal
    assert error == pytest.approx(creature.rig.actions[0].residual_mean, rel=0.1)
    assert error < 0.01
    assert creature.correctives is None, "bones alone are near enough"


def test_correctives_in_its_file_bring_the_mesh_to_the_tracked_one(hyper_weights, tmp_path, monkeypatch):
    monkeypatch.setattr(decomposed_rig, "BONES", 3)
    engine = create_engine("hyperdiffusion", hyper_weights, "cpu")
    request = GenerateRequest("quadruped", "walk", 3, detail=64, faces=1000, texture=None)
    creature = generate_creature(engine, request, ["walk"], "armature", True, ignore_progress)
    save_creature(tmp_path / "x.npz", creature, "")
    with np.load(tmp_path / "x.npz") as data:
        arrays = {name: data[name] for name in data.files}
    meta, bones = json.loads(str(arrays["meta"])), dict(arrays)
    del bones["correctives"]
    clip = creature.clips[0]
    diagonal = np.linalg.norm(np.ptp(clip.rest, axis=0))

    def error(shown):
        return np.linalg.norm(shown - clip.vertices[: len(shown)], axis=-1).mean() / diagonal

    assert error(skinned(bones, meta)) > 1.5 * TOLERANCE, "there is something to correct"
    assert error(skinned(arrays, meta)) == pytest.approx(creature.correctives.errors[0], rel=0.1)
    assert error(skinned(arrays, meta)) < 1.05 * TOLERANCE
    assert f"{len(arrays['correctives'])} corrective shape keys bring it to" in creature.notes[-1]


@pytest.mark.parametrize(("p99", "stays_behind"), [(0.029, False), (0.0625, True)])
def test_the_note_names_a_limb_that_stays_behind(p99, stays_behind):
    clip = ProceduralEngine().generate(REQUEST, ignore_progress)
    meta = {"tracking_mean": 0.0059, "tracking_p99": p99}
    (note,) = tracking_notes([replace(clip, meta=meta)])
    assert "within 0.59% of its size of the sampled frames on average" in note
    assert f"at its worst hundredth within {p99:.1%}" in note
    assert ("Parts do not follow the frames" in note) == stays_behind
    assert tracking_notes([replace(clip, meta={})]) == ()


def test_without_an_action_one_of_the_category_is_sampled(engine):
    made = engine.generate_frames(GenerateRequest("quadruped", "", 3, detail=64), ignore_progress)
    offered = {one.name: one.actions for one in engine.info().categories}["quadruped"]
    assert made.action in offered
    request = GenerateRequest("quadruped", made.action, 3, detail=64)
    again = engine.generate_frames(request, ignore_progress)
    assert np.array_equal(made.frames[0][0], again.frames[0][0])


def test_a_preview_is_the_first_frame_where_it_will_stand(engine):
    shown = engine.preview(GenerateRequest("quadruped", "", 3), ignore_progress)
    action = engine.info().default_action("quadruped")
    made = engine.generate_frames(GenerateRequest("quadruped", action, 3, detail=64), ignore_progress)
    assert np.array_equal(shown.rest, made.frames[0][0])


def test_any_action_is_one_of_them_where_no_clips_are_counted(hyper_weights, tmp_path):
    for path in hyper_weights.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    description = json.loads((tmp_path / "model.json").read_text())
    for category in description["categories"]:
        for action in category["actions"]:
            action["clips"] = 0
    (tmp_path / "model.json").write_text(json.dumps(description))
    engine = HyperDiffusionEngine(tmp_path, "cpu")
    actions = {engine.resolve(GenerateRequest("quadruped", "", seed)).request.action for seed in range(20)}
    assert actions == set(engine.info().categories[0].actions)
    description["categories"][0]["actions"][0]["clips"] = 10**400
    (tmp_path / "model.json").write_text(json.dumps(description))
    with pytest.raises(ZoetropeError) as error:
        HyperDiffusionEngine(tmp_path, "cpu")
    assert error.value.code == "weights_damaged"


def test_any_category_is_one_that_is_offered_with_an_action(engine):
    """A clip of an action that ends is not bent into a loop."""
    chosen = [engine.resolve(GenerateRequest("", "", seed)) for seed in range(8)]
    offered = {one.name: one.actions for one in engine.info().categories}
    assert all(one.request.action in offered[one.request.category] for one in chosen)
    assert all(one.category_index and one.action_index for one in chosen)
    assert all(one.action_label.name == one.request.action for one in chosen)
    assert len({one.request.seed for one in chosen}) == 8
    again = engine.resolve(GenerateRequest("", "", 3))
    assert again == chosen[3]


def test_weights_of_no_labels_are_sampled_without(engine):
    """Label embeddings that no training step saw hold noise."""
    assert engine.description.conditional
    engine.description = replace(engine.description, conditional=False)
    sample = engine.sample(engine.resolve(REQUEST), 0, ignore_progress)
    seen = []
    model = engine.load()
    model = getattr(model, "model", model)
    model.register_forward_pre_hook(lambda _, inputs: seen.append([one.tolist() for one in inputs[2:]]))
    again = engine.sample(engine.resolve(REQUEST), 0, ignore_progress)
    assert seen
    assert all(labels == [[0], [0]] for labels in seen)
    assert sample.frames == again.frames


def test_distances_are_finite_where_a_grid_is_flat():
    grid = np.full((8, 8, 8), -0.5, np.float32)
    grid[:, :, :4] = 0.75
    distance, gradient = grid_distance(grid, np.array([[0, 0, 0.5], [0, 0, -0.5], [0.1, 0.1, -0.03]]))
    assert distance[:2] == pytest.approx([0.5, -0.75])
    # Between the centres -1/8 and 1/8 the grid falls from 0.75 to -0.5: zero at 0.025.
    assert distance[2] == pytest.approx(-0.055, abs=1e-6)
    assert gradient[2] == pytest.approx([0, 0, 1], abs=1e-6)
