"""Tracking: one mesh follows frames whose own meshes are unrelated, and says where it cannot."""

import numpy as np
import pytest
from implicit_shapes import capsules, sphere
from zoetrope.engines.frames.tracking import track
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.geometry.isosurface import extract_surface

STEP = 1e-3


def with_gradient(field, points):
    steps = np.float32(STEP) * np.eye(3, dtype=np.float32)
    at = np.asarray(points, np.float32)
    gradient = np.stack([(field(at + s) - field(at - s)) / (2 * STEP) for s in steps], axis=1)
    return field(at), gradient / np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1e-6)


def meshes(fields):
    found = [extract_surface(field, 48) for field in fields]
    return [(one.vertices, one.faces) for one in found]


def swinging(count):
    """A body with an arm that swings up and down."""
    angles = 0.7 * np.sin(2 * np.pi * np.arange(count) / count)
    return [
        capsules(
            ((-0.4, 0, 0), (0.2, 0, 0), 0.25),
            ((0.2, 0, 0), (0.2 + 0.6 * np.cos(a), 0, 0.6 * np.sin(a)), 0.1),
        )
        for a in angles
    ]


def test_a_swinging_arm_is_followed_around_the_loop():
    fields = swinging(10)
    frames = meshes(fields)
    tracked = track(frames[0], frames, lambda i, x: with_gradient(fields[i], x), True)
    assert len(tracked.vertices) == 10
    assert tracked.mean < 0.003
    tip = int(frames[0][0][:, 0].argmax())
    for i, angle in enumerate(0.7 * np.sin(2 * np.pi * np.arange(10) / 10)):
        expected = [0.2 + 0.7 * np.cos(angle), 0, 0.7 * np.sin(angle)]
        assert np.linalg.norm(tracked.vertices[i][tip] - expected) < 0.06
    steps = [np.abs(b - a).max() for a, b in zip(tracked.vertices, tracked.vertices[1:], strict=False)]
    seam = np.abs(tracked.vertices[0] - tracked.vertices[-1]).max()
    assert seam < 1.5 * max(steps)


def test_a_falling_body_keeps_its_shape():
    heights = [0.5 - 0.2 * i for i in range(5)]
    fields = [
        capsules(((-0.2, 0, z), (0.2, 0, z), 0.25), ((0.2, 0, z), (0.5, 0.2, z + 0.2), 0.1)) for z in heights
    ]
    frames = meshes(fields)
    tracked = track(frames[0], frames, lambda i, x: with_gradient(fields[i], x), False)
    for i, points in enumerate(tracked.vertices):
        assert np.allclose(points - [0, 0, -0.2 * i], frames[0][0], atol=0.06)


def test_what_no_mesh_can_follow_is_refused():
    fields = [sphere(0.2), capsules(((-0.8, 0, 0), (-0.8, 0, 0), 0.15), ((0.8, 0, 0), (0.8, 0, 0.2), 0.15))]
    frames = meshes(fields)
    with pytest.raises(ZoetropeError, match="No single mesh follows") as error:
        track(frames[0], frames, lambda i, x: with_gradient(fields[i], x), False)
    assert error.value.code == "untrackable"


@pytest.mark.parametrize("cyclic", [True, False])
def test_progress_rises_to_its_end_and_may_cancel(cyclic):
    fields = [sphere(0.3)] * 4
    frames, seen = meshes(fields), []

    def field(i, x):
        return with_gradient(fields[i], x)

    track(frames[0], frames, field, cyclic, lambda i, n: seen.append((i, n)))
    done = [i for i, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]

    def cancel(done, total):
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        track(frames[0], frames, field, cyclic, cancel)
