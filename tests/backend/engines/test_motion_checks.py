"""A motion that tears its body, leaves a foot in the air or hardly moves is drawn again."""

from pathlib import Path

import numpy as np
import pytest
import torch
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.motion_checks import (
    EDGES,
    MIN_MOVEMENT,
    MAX_FOOT_CLEARANCE,
    MAX_STRETCH,
    MOTION_PASSED,
    MotionCheck,
    check_frames,
    build_probe,
    stands,
)
from zoetrope.errors import Cancelled
from zoetrope.geometry.ground_contact import QUADRUPED_LEGS
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges

WEIGHTS = Path(__file__).parents[3] / "weights"


@pytest.fixture(scope="module")
def surface():
    return extract_surface(ProceduralCreature(0).sdf, 64)


def bent_through(points, by):
    """Points (P, 3) whose upper half is drawn upwards: the share of the edges that `by` stretches."""
    out = np.array(points, dtype=float)
    middle = (out[:, 2].max() + out[:, 2].min()) / 2
    out[:, 2] += by * np.maximum(0, out[:, 2] - middle)
    return out


def test_a_probe_has_edges_of_the_surface_between_its_own_points(surface):
    probe = build_probe(surface, False)
    assert probe.edges.shape == (EDGES, 2)
    assert probe.edges.max() == len(probe.points) - 1
    known = {
        tuple(sorted(map(tuple, surface.vertices[edge].astype(np.float32))))
        for edge in unique_edges(surface.faces)
    }
    for edge in probe.edges:
        assert tuple(sorted(map(tuple, probe.points[edge]))) in known
    again = build_probe(surface, False)
    assert np.array_equal(probe.points, again.points)


@pytest.mark.parametrize("by", [0.2, 1.5, 4.0])
def test_what_it_says_is_what_all_edges_say(surface, by):
    probe = build_probe(surface, False)
    frames = np.stack([bent_through(probe.points, by * i / 4) for i in range(5)])
    every = np.stack([bent_through(surface.vertices, by * i / 4) for i in range(5)])
    whole = edge_stretch(surface.vertices, unique_edges(surface.faces), every)
    found = check_frames(probe, frames)
    assert found.torn == pytest.approx(max(0.0, whole - MAX_STRETCH), abs=0.05 * whole)
    assert (found.torn == 0) == (by < 1)
    assert found.hanging == 0


def test_a_motion_that_only_turns_is_sound(surface):
    probe = build_probe(surface, False)
    turned = probe.points @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]) + 3
    assert check_frames(probe, turned[None]) == MotionCheck(still=pytest.approx(MIN_MOVEMENT))


def test_a_motion_that_hardly_moves_is_found(surface):
    probe = build_probe(surface, False)
    diagonal = np.linalg.norm(np.ptp(probe.points, axis=0))
    bobbing = np.stack([probe.points + [0, 0, height * diagonal] for height in (0.0, 0.01, 0.02)])
    assert check_frames(probe, bobbing).still == pytest.approx(MIN_MOVEMENT - 0.02, abs=1e-6)
    assert check_frames(probe, probe.points + 3 * (bobbing - probe.points)).still == 0
    posed = np.stack([bent_through(probe.points, 0.5)] * 3)
    assert check_frames(probe, posed).still == 0, "it strikes a pose"


def lifted(points, foot, by):
    """Three moments at which one foot and what is above it stays `by` above the ground."""
    return np.stack([points + [0, 0, by] * foot[:, None]] * 3)


@pytest.mark.parametrize("share", [0.0, 0.5, 2.0])
def test_a_foot_that_never_comes_down_is_found(surface, share):
    probe = build_probe(surface, True)
    assert len(probe.feet) == QUADRUPED_LEGS
    for foot in probe.feet:
        own = np.isin(np.arange(len(probe.points)), foot)
        frames = lifted(probe.points, own, share * MAX_FOOT_CLEARANCE * probe.height)
        hanging = check_frames(probe, frames).hanging
        assert hanging == pytest.approx(max(0.0, share - 1) * MAX_FOOT_CLEARANCE, abs=0.1 * MAX_FOOT_CLEARANCE)
        down = np.concatenate([frames, probe.points[None]])
        assert check_frames(probe, down).hanging == 0


def test_feet_are_asked_of_quadrupeds_that_do_not_die():
    assert stands("quadruped", "run")
    assert not stands("quadruped", "death")
    assert not stands("quadruped", "")
    assert not stands("winged", "run")


def test_the_engine_draws_again_what_is_unsound_and_keeps_the_best(monkeypatch):
    """The weights that ship; what the engine sees is told it, so that no seed must be known to be bad."""
    told = []
    monkeypatch.setattr("zoetrope.engines.dnf.check_frames", lambda probe, frames: told.pop(0))
    engine = DnfEngine(WEIGHTS, "cpu", steps=2, max_attempts=4)
    asked = engine.asked(GenerateRequest("fish", "swim", 3))
    bundle = engine.load()
    with torch.inference_mode():
        body = engine.body(bundle, 3, asked)
        told[:] = [MOTION_PASSED]
        first, number = engine.motion(bundle, 3, asked, body)
        assert number == 0
        assert torch.equal(first, engine.motion_candidate(bundle, 3, 0, asked, body))
        told[:] = [MotionCheck(0.0, 0.3), MOTION_PASSED]
        other, number = engine.motion(bundle, 3, asked, body)
        assert number == 1
        assert not torch.equal(other, first)
        told[:] = [MotionCheck(*flaws) for flaws in ((0.3, 0.0), (0.0, 0.9), (0.1, 0.0), (0.2, 0.4))]
        _, number = engine.motion(bundle, 3, asked, body)
        assert number == 1
        assert not told


def test_a_body_that_was_not_looked_at_takes_its_first_motion():
    engine = DnfEngine(WEIGHTS, "cpu", steps=2, max_attempts=1)
    asked = engine.asked(GenerateRequest("fish", "swim", 3))
    with torch.inference_mode():
        body = engine.body(engine.load(), 3, asked)
        assert body.surface is None
        assert engine.motion(engine.load(), 3, asked, body)[1] == 0


def test_progress_never_goes_back_and_a_look_can_be_cancelled(monkeypatch):
    looks = [MotionCheck(0.5, 0.0), MOTION_PASSED]
    monkeypatch.setattr("zoetrope.engines.dnf.check_frames", lambda probe, frames: looks.pop(0))
    engine = DnfEngine(WEIGHTS, "cpu", steps=2)
    asked = engine.asked(GenerateRequest("fish", "swim", 3))
    shares = []
    with torch.inference_mode():
        body = engine.body(engine.load(), 3, asked)
        engine.motion(
            engine.load(), 3, asked, body, lambda stage, step, total: shares.append((stage, step / total))
        )
    assert not looks
    assert {stage for stage, _ in shares} == {"motion"}
    assert shares == sorted(shares)

    def stop(stage, step, total):
        if step == total:
            raise Cancelled

    with pytest.raises(Cancelled), torch.inference_mode():
        engine.motion(engine.load(), 3, asked, body, stop)
