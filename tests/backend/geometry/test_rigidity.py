"""A surface made rigid: what is rigid stays, what ripples is closer to the truth, and the whole stays put."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.evaluation.protocols.motion_quality import edge_change
from zoetrope.geometry.arap_smoothing import ArapSmoother, smooth_frames
from zoetrope.geometry.isosurface import extract_surface

CREATURE = ProceduralCreature(0)


@pytest.fixture(scope="module")
def surface():
    return extract_surface(CREATURE.sdf, 64)


@pytest.fixture(scope="module")
def rest(surface):
    return surface.vertices.astype(np.float64)


def rippled(points, size, waves=30.0):
    """Points (P, 3) moved by `size` at most, to and fro along each axis."""
    return points + size * np.sin(waves * np.roll(points, 1, axis=-1) + [0.3, 1.1, 2.5])


def test_a_surface_that_only_turns_and_shifts_stays_as_it_is(surface, rest):
    turned = rest @ Rotation.from_rotvec([0.5, 1.0, -2.0]).as_matrix().T + [3, 0, -1]
    assert np.abs(ArapSmoother(rest, surface.faces)(turned) - turned).max() < 1e-9


@pytest.mark.parametrize("size", [0.005, 0.01])
def test_ripples_are_taken_out_of_a_known_motion(surface, rest, size):
    phases = np.arange(4) / 4
    true = np.stack([CREATURE.flow(rest, phase) for phase in phases])
    rough = rippled(true, size)
    calm = smooth_frames(rest, surface.faces, rough)
    assert calm.shape == rough.shape
    error = np.linalg.norm(calm - true, axis=-1).mean()
    assert error < 0.95 * np.linalg.norm(rough - true, axis=-1).mean()
    own, before, after = (edge_change(rest, surface.faces, frames) for frames in (true, rough, calm))
    assert after < own + 0.5 * (before - own)


def test_a_true_motion_is_hardly_changed(surface, rest):
    true = CREATURE.flow(rest, 0.25)
    moved = np.linalg.norm(ArapSmoother(rest, surface.faces)(true) - true, axis=-1)
    assert moved.mean() < 0.06 * np.linalg.norm(true - rest, axis=-1).mean()


def test_a_shorter_reach_holds_more_of_what_it_is_given(surface, rest):
    rough = rippled(rest, 0.02)
    far = [
        np.linalg.norm(ArapSmoother(rest, surface.faces, reach)(rough) - rough, axis=-1).mean()
        for reach in (0.01, 0.03, 0.1)
    ]
    assert far == sorted(far)


def test_a_vertex_of_no_face_and_a_face_of_no_area_do_no_harm(surface, rest):
    points = np.concatenate([rest, [[5.0, 5.0, 5.0]]])
    faces = np.concatenate([surface.faces, [[0, 0, 1]]])
    rough = rippled(points, 0.01)
    calm = ArapSmoother(points, faces)(rough)
    assert np.isfinite(calm).all()
    assert np.allclose(calm[-1], rough[-1])


def test_every_frame_is_told_and_its_type_kept(surface, rest):
    told = []
    frames = np.stack([rest] * 3).astype(np.float32)
    assert smooth_frames(rest, surface.faces, frames, told.append).dtype == np.float32
    assert told == [1, 2, 3]
