"""Engines whose frames are meshes of their own: what they generate, and what they refuse."""

import numpy as np
import pytest
import trimesh
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines import create_engine, generate_mesh_frames
from zoetrope.engines.hyperdiffusion.engine import HyperDiffusionEngine
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.voxels.engine import VoxelEngine
from zoetrope.errors import Cancelled, ZoetropeError

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


def test_stages_are_reported_and_may_cancel(engine):
    seen = []

    def on_progress(stage, step, total):
        seen.append(stage)
        if stage == "surface":
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.generate(REQUEST, on_progress)
    assert {"load", "weights", "surface"} <= set(seen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"proportions": BodyShape()}, "proportions"),
        ({"proportions_seed": 0}, "proportions"),
        ({"palette": 0}, "palette"),
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

            def empty(frame, detail):
                raise ZoetropeError("The shape is empty.", code="empty_surface")

            return type(clip)(clip.frames, clip.seconds, empty, clip.distance)
        return clip

    monkeypatch.setattr(HyperDiffusionEngine, "sample", sample)
    assert engine.generate_frames(REQUEST, ignore_progress).frames
    assert sampled == [0, 1, 2]


def test_voxel_surfaces_lie_where_the_grid_is_full(voxel_weights):
    engine = VoxelEngine(voxel_weights, "cpu")
    clip = engine.sample(engine.resolve(REQUEST), 0, ignore_progress)
    vertices, _ = clip.surface(0, 64)
    distance, gradient = clip.distance(0, vertices)
    assert np.abs(distance).mean() < 0.05
    assert np.linalg.norm(gradient, axis=1).mean() == pytest.approx(1.0, abs=0.05)
