"""Local rotations of one mesh on another with the same faces."""

import numpy as np
import trimesh
from scipy.spatial.transform import Rotation
from zoetrope.bodies.loose_parts import link_parts
from zoetrope.bodies.rotation_transfer import RotationTransfer
from zoetrope.geometry.mesh_properties import vertex_components

ROD = trimesh.creation.cylinder(radius=0.1, segment=[[0, 0, 0], [0, 0, 2]], sections=12)
ROD = ROD.subdivide().subdivide()
REST, FACES = np.asarray(ROD.vertices), np.asarray(ROD.faces)
NO_LINKS = np.zeros((0, 2), int)


def bent(points, angle):
    """A rod bent into an arc of an angle."""
    t = points[:, 2] / 2.0 * angle
    radius = 2.0 / angle
    y = (radius - points[:, 1]) * (1 - np.cos(t)) + points[:, 1]
    z = (radius - points[:, 1]) * np.sin(t)
    return np.stack([points[:, 0], y, z], axis=1)


def test_a_rotation_of_the_whole_body_is_exact():
    turned = Rotation.from_rotvec([0.4, 0.2, -0.8]).as_matrix()
    wider = REST * [2.0, 1.5, 1.0]
    frames = RotationTransfer(wider, FACES, NO_LINKS)(REST, (REST @ turned.T)[None], 1.0)
    placed = frames[0] - frames[0].mean(axis=0)
    expected = wider @ turned.T
    assert np.abs(placed - (expected - expected.mean(axis=0))).max() < 1e-5


def test_a_bend_is_carried_to_a_thicker_rod():
    thick = REST * [3.0, 3.0, 1.0]
    moved = RotationTransfer(thick, FACES, NO_LINKS)(REST, bent(REST, 1.0)[None], 1.0)[0]
    expected = bent(thick, 1.0)
    distance = np.linalg.norm(moved - expected - (moved - expected).mean(axis=0), axis=1)
    assert distance.max() < 0.08
    assert np.linalg.norm(moved - thick, axis=1).max() > 0.4


def test_at_rest_it_stays():
    frames = RotationTransfer(REST, FACES, NO_LINKS)(REST, REST[None], 1.0)
    assert np.abs(frames[0] - REST).max() < 1e-6


def test_travel_is_scaled():
    frames = RotationTransfer(REST, FACES, NO_LINKS)(REST, REST[None] + [0.0, 1.0, 0.0], 0.5)
    assert np.allclose(frames[0] - REST, [0.0, 0.5, 0.0], atol=1e-6)


def test_a_loose_part_stays_with_the_body():
    eye = trimesh.creation.icosphere(subdivisions=1, radius=0.05)
    rest = np.concatenate([REST, np.asarray(eye.vertices) + [0.0, 0.15, 1.9]])
    faces = np.concatenate([FACES, np.asarray(eye.faces) + len(REST)])
    links = link_parts(rest, vertex_components(faces, len(rest)))
    moved = RotationTransfer(rest, faces, links)(rest, bent(rest, 1.0)[None], 1.0)[0]
    before = np.linalg.norm(rest[links[:, 0]] - rest[links[:, 1]], axis=1)
    after = np.linalg.norm(moved[links[:, 0]] - moved[links[:, 1]], axis=1)
    assert np.abs(after - before).max() < 0.03
