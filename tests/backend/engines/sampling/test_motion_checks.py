"""The quality check of motions: stretch, foot clearance and movement of the procedural creature."""

import numpy as np
import pytest
import torch
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.motion_checks import (
    MAX_FOOT_CLEARANCE,
    MAX_STRETCH,
    MIN_MOVEMENT,
    PROBE_EDGES,
    MotionCheck,
    build_probe,
    check_frames,
    check_motion,
    must_touch_ground,
)
from zoetrope.engines.sampling.rejection_sampling import sample_body_candidate, sample_motion_candidate
from zoetrope.geometry.ground_contact import QUADRUPED_LEGS
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import edge_stretch, unique_edges


@pytest.fixture(scope="module")
def surface():
    return extract_surface(ProceduralCreature(0).sdf, 64)


@pytest.fixture(scope="module")
def probe(surface):
    return build_probe(surface, with_feet=False)


def stretched(points, factor):
    """Points (P, 3) with their upper half stretched upwards by 1 + factor."""
    out = np.array(points, dtype=float)
    middle = (out[:, 2].max() + out[:, 2].min()) / 2
    out[:, 2] += factor * np.maximum(0, out[:, 2] - middle)
    return out


def test_probe_is_a_fixed_choice_of_the_surfaces_edges(surface, probe):
    assert probe.edges.shape == (PROBE_EDGES, 2)
    assert probe.edges.max() == len(probe.points) - 1
    edges = {
        tuple(sorted(map(tuple, surface.vertices[edge].astype(np.float32))))
        for edge in unique_edges(surface.faces)
    }
    for edge in probe.edges:
        assert tuple(sorted(map(tuple, probe.points[edge]))) in edges
    assert np.array_equal(probe.points, build_probe(surface, False).points)


@pytest.mark.parametrize("factor", [0.2, 1.5, 4.0])
def test_stretch_of_the_probe_is_that_of_all_edges(surface, probe, factor):
    frames, all_frames = (
        np.stack([stretched(points, factor * i / 4) for i in range(5)])
        for points in (probe.points, surface.vertices)
    )
    expected = edge_stretch(surface.vertices, unique_edges(surface.faces), all_frames)
    result = check_frames(probe, frames)
    assert result.excess_stretch == pytest.approx(max(0.0, expected - MAX_STRETCH), abs=0.05 * expected)
    assert (result.excess_stretch == 0) == (factor < 1)
    assert result.excess_clearance == 0


def test_rigid_motion_lacks_movement_only(probe):
    turned = probe.points @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]) + 3
    assert check_frames(probe, turned[None]) == MotionCheck(missing_movement=pytest.approx(MIN_MOVEMENT))


def test_motion_that_hardly_moves_fails(probe):
    diagonal = np.linalg.norm(np.ptp(probe.points, axis=0))
    bobbing = np.stack([probe.points + [0, 0, height * diagonal] for height in (0.0, 0.01, 0.02)])
    assert check_frames(probe, bobbing).missing_movement == pytest.approx(MIN_MOVEMENT - 0.02, abs=1e-6)
    assert check_frames(probe, probe.points + 3 * (bobbing - probe.points)).missing_movement == 0


def test_constant_pose_other_than_the_rest_pose_moves(probe):
    posed = np.stack([stretched(probe.points, 0.5)] * 3)
    assert check_frames(probe, posed).missing_movement == 0


@pytest.mark.parametrize("share", [0.0, 0.5, 2.0])
def test_foot_that_never_touches_the_ground_fails(surface, share):
    probe = build_probe(surface, with_feet=True)
    assert len(probe.feet) == QUADRUPED_LEGS
    for foot in probe.feet:
        in_foot = np.isin(np.arange(len(probe.points)), foot)
        lift = share * MAX_FOOT_CLEARANCE * probe.height
        frames = np.stack([probe.points + [0, 0, lift] * in_foot[:, None]] * 3)
        excess = check_frames(probe, frames).excess_clearance
        assert excess == pytest.approx(max(0.0, share - 1) * MAX_FOOT_CLEARANCE, abs=0.1 * MAX_FOOT_CLEARANCE)
        touching_once = np.concatenate([frames, probe.points[None]])
        assert check_frames(probe, touching_once).excess_clearance == 0


def test_feet_of_four_legged_categories_must_touch_the_ground_except_in_death():
    assert must_touch_ground("quadruped", "run")
    assert not must_touch_ground("quadruped", "death")
    assert not must_touch_ground("quadruped", "")
    assert not must_touch_ground("winged", "run")


def test_sampled_motion_is_decoded_frame_by_frame(engine, bundle, surface):
    resolved = engine.resolve(GenerateRequest("quadruped", "walk", 3))
    calls = []
    with torch.inference_mode():
        shape = sample_body_candidate(bundle, resolved, 0, 2)
        motion = sample_motion_candidate(bundle, resolved, shape, 0, 2)
        result = check_motion(bundle, resolved, shape, surface, motion, lambda: calls.append(1))
    assert len(calls) == len(motion)
    assert min(result) >= 0
