"""The DNF engine on the shipped weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from zoetrope.engines import dnf
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest, MorphRequest
from zoetrope.engines.sampling.token_sampling import MAX_DISTANCE
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.rigs.donors.library import load_donors

WEIGHTS = Path(__file__).parents[3] / "weights"
REQUEST = GenerateRequest("quadruped", "walk", 3, frames=4, detail=64, height=2.0, faces=2000, texture=512)


@pytest.fixture(scope="module")
def walk(engine):
    return engine.generate(REQUEST, ignore_progress)


def test_requested_frames_and_height(walk):
    assert walk.vertices.shape == (4, len(walk.rest), 3)
    assert np.ptp(walk.rest[:, 2]) == pytest.approx(2.0, abs=1e-4)
    assert walk.rest[:, 2].min() == pytest.approx(0.0, abs=1e-5)
    assert walk.cyclic


def test_same_seed_gives_the_same_creature(engine, walk):
    engine.release_memory()
    again = engine.generate(REQUEST, ignore_progress)
    assert np.array_equal(again.vertices, walk.vertices)
    assert np.array_equal(again.colours, walk.colours)


def test_decoding_the_stored_tokens_gives_the_same_body(engine, creature):
    shape, motion = (torch.from_numpy(creature.tokens[name]) for name in ("shape", "motion"))
    resolved = engine.resolve(GenerateRequest("quadruped", "", 3, detail=64, faces=None, texture=None))
    decoded = engine.decode(resolved, shape[None], motion, ignore_progress)
    assert np.array_equal(decoded.rest, creature.rest)
    assert np.array_equal(decoded.colours, creature.colours)


@pytest.mark.parametrize("stage", ["load", "shape", "motion", "surface", "low_poly", "texture", "frames"])
def test_progress_of_every_stage_can_cancel(engine, stage):
    def stop(name, step, total):
        if name == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.generate(REQUEST, stop)


def test_the_mesh_is_that_of_the_request_and_moves_as_the_full_surface_does(engine, walk):
    full = engine.generate(replace(REQUEST, faces=None, texture=None), ignore_progress)
    assert full.uvs is None
    assert full.textures == {}
    assert len(walk.faces) == pytest.approx(2000, rel=0.05) or walk.meta["face_budget"] > 2000
    assert walk.uvs.shape == (len(walk.faces), 3, 2)
    assert set(walk.textures) == {"base_colour", "normal_map", "regions"}
    _, nearest = KDTree(full.rest).query(walk.rest)
    for one, other in zip(walk.vertices, full.vertices, strict=True):
        assert np.linalg.norm(one - other[nearest], axis=1).mean() < 0.015 * 2.0
    assert walk.travel_speed == full.travel_speed


def test_description_of_the_engine_is_that_of_the_loaded_weights(engine):
    original = engine.description
    engine.description = replace(original, shape_guidance=7.0)
    try:
        assert engine.load().description.shape_guidance == 7.0
    finally:
        engine.description = original


@pytest.mark.parametrize("max_attempts", [1, 2])
def test_preview_and_creature_are_mapped_on_the_same_surface(monkeypatch, max_attempts):
    engine, surfaces = DnfEngine(WEIGHTS, "cpu", steps=2, max_attempts=max_attempts), []

    class Stopped(Exception):
        pass

    def recorded(request, coarse_surface, *_):
        surfaces.append(coarse_surface())
        raise Stopped

    monkeypatch.setattr(dnf, "map_body", recorded)
    request = GenerateRequest("fish", "swim", 3, detail=64)
    for make in (
        lambda: engine.preview(replace(request, action=""), ignore_progress),
        lambda: engine.generate(request, ignore_progress),
        lambda: engine.generate_clips(replace(request, detail=128), ("swim",), ignore_progress),
    ):
        with pytest.raises(Stopped):
            make()
    previewed, *generated = surfaces
    for vertices, faces in generated:
        assert np.array_equal(vertices, previewed[0])
        assert np.array_equal(faces, previewed[1])


@pytest.mark.parametrize("actions", [["walk"], ["walk", "run"]])
def test_a_morph_is_refused_before_motion_is_sampled(engine, actions):
    stages = []
    request = replace(REQUEST, morph=MorphRequest("Griffin", 0.4))
    with pytest.raises(ZoetropeError, match="no creature 'Griffin'"):
        engine.generate_clips(request, actions, lambda stage, *_: stages.append(stage))
    assert stages[-1] == "morph"
    assert "motion" not in stages


def test_sampled_bodies_lie_near_a_donor(engine):
    model = engine.load().shape_model
    donors = load_donors(engine.weights).of_category("fish")
    modes = model.standardiser(torch.cat([torch.from_numpy(donor.shape_tokens) for donor in donors]))
    size = model.config.latent
    for seed in (303, 310):  # 3.3 and 4.3 away as they are sampled
        resolved = engine.resolve(GenerateRequest("fish", "swim", seed))
        tokens = model.standardiser(engine.sample_body(resolved, ignore_progress).tokens)
        nearest = float((modes - tokens)[:, :size].norm(dim=1).min())
        assert nearest == pytest.approx(MAX_DISTANCE, rel=0.02)
