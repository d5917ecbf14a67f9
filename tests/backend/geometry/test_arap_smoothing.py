"""As-rigid-as-possible smoothing keeps rigid motion and removes ripples."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.arap_smoothing import ArapSmoother, smooth_frames
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import unique_edges

CREATURE = ProceduralCreature(0)


@pytest.fixture(scope="module")
def surface():
    return extract_surface(CREATURE.sdf, 64)


@pytest.fixture(scope="module")
def rest(surface):
    return surface.vertices.astype(np.float64)


def rippled(points, size, frequency=30.0):
    """Points (..., P, 3) displaced by sine waves of amplitude `size` along each axis."""
    return points + size * np.sin(frequency * np.roll(points, 1, axis=-1) + [0.3, 1.1, 2.5])


def edge_change(rest, faces, frames):
    """Mean absolute logarithm of the change of edge lengths."""
    a, b = unique_edges(faces).T
    lengths = np.linalg.norm(frames[:, a] - frames[:, b], axis=-1)
    return np.abs(np.log(lengths / np.linalg.norm(rest[a] - rest[b], axis=-1))).mean()


def test_rigid_motion_is_unchanged(surface, rest):
    moved = rest @ Rotation.from_rotvec([0.5, 1.0, -2.0]).as_matrix().T + [3, 0, -1]
    assert np.abs(ArapSmoother(rest, surface.faces)(moved) - moved).max() < 1e-9


@pytest.mark.parametrize("size", [0.005, 0.01])
def test_ripples_are_removed_from_an_exact_motion(surface, rest, size):
    exact = np.stack([CREATURE.flow(rest, phase) for phase in np.arange(4) / 4])
    rough = rippled(exact, size)
    smooth = smooth_frames(rest, surface.faces, rough)
    assert smooth.shape == rough.shape
    error = np.linalg.norm(smooth - exact, axis=-1).mean()
    assert error < 0.95 * np.linalg.norm(rough - exact, axis=-1).mean()
    lowest, before, after = (edge_change(rest, surface.faces, frames) for frames in (exact, rough, smooth))
    assert after < lowest + 0.5 * (before - lowest)


def test_exact_motion_is_hardly_changed(surface, rest):
    exact = CREATURE.flow(rest, 0.25)
    change = np.linalg.norm(ArapSmoother(rest, surface.faces)(exact) - exact, axis=-1)
    assert change.mean() < 0.06 * np.linalg.norm(exact - rest, axis=-1).mean()


def test_longer_rigid_length_changes_more(surface, rest):
    rough = rippled(rest, 0.02)
    changes = [
        np.linalg.norm(ArapSmoother(rest, surface.faces, length)(rough) - rough, axis=-1).mean()
        for length in (0.01, 0.03, 0.1)
    ]
    assert changes == sorted(changes)


def test_unreferenced_vertices_and_degenerate_faces_do_no_harm(surface, rest):
    points = np.concatenate([rest, [[5.0, 5.0, 5.0]]])
    faces = np.concatenate([surface.faces, [[0, 0, 1]]])
    rough = rippled(points, 0.01)
    smooth = ArapSmoother(points, faces)(rough)
    assert np.isfinite(smooth).all()
    assert np.allclose(smooth[-1], rough[-1])


def test_progress_is_reported_per_frame_and_dtype_is_kept(surface, rest):
    done = []
    frames = np.stack([rest] * 3).astype(np.float32)
    assert smooth_frames(rest, surface.faces, frames, done.append).dtype == np.float32
    assert done == [1, 2, 3]
