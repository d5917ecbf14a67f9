"""Distances, signs and flow against the procedural creature, whose truth is known exactly."""

import numpy as np
import pytest
import trimesh
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.field_samples import FlowSampler, sample_distances
from zoetrope.geometry.ground_contact import estimate_travel_speed
from zoetrope.geometry.mesh_properties import vertex_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rigid_alignment import apply_rigid_transforms, fit_rigid_transforms, nonrigid_offsets
from zoetrope.geometry.signed_distance import MIN_THICKNESS, find_thin_faces, signed_distance
from zoetrope.geometry.solid import build_solid


@pytest.fixture(scope="module")
def creature():
    return ProceduralCreature(seed=2)


@pytest.fixture(scope="module")
def mesh(creature):
    return creature.mesh(256)


def test_distance_and_sign_of_the_procedural_creature(creature, mesh):
    rng = np.random.default_rng(0)
    vertices, faces = mesh[0].astype(np.float64), mesh[1]
    colours = np.tile(creature.colour, (len(faces), 1))
    solid = build_solid(vertices, faces)
    samples = sample_distances(solid, vertices, faces, colours, 20_000, rng)
    truth = creature.sdf(samples.points)
    thick = samples.distance < find_thin_faces(solid).distance(samples.points) - 1e-9
    assert thick.mean() > 0.9
    outside = thick & (truth > 0)
    # Marching cubes cuts the creases between capsules by up to a cell; at 256 that stays below the bounds.
    assert np.abs(samples.distance - truth)[outside].max() < 0.0157
    assert np.abs(samples.distance - truth)[outside].mean() < 0.0006
    wrong = (np.sign(samples.distance) != np.sign(truth)) & (np.abs(truth) > 0.002)
    assert wrong[thick].mean() < 1e-4
    assert (samples.distance[~thick] < truth[~thick] + 0.0157).all(), "padding only makes the body thicker"
    assert (np.abs(samples.distance) < 0.02).mean() > 0.4
    off = creature.sdf(samples.surface)
    moved = find_thin_faces(solid).distance(samples.surface) < 0.001
    assert np.abs(off[~moved]).max() < 0.0078
    # what is moved out of one limb may end in the crease of the next
    assert -0.0157 < off[moved].min() <= off[moved].max() < 0.5 * MIN_THICKNESS + 0.0078
    assert np.abs(samples.colours[0] / 255 - creature.colour).max() < 1 / 255


def test_thin_parts_get_more_samples(creature, mesh):
    rng = np.random.default_rng(0)
    vertices, faces = mesh[0].astype(np.float64), mesh[1]
    solid = build_solid(vertices, faces)
    samples = sample_distances(solid, vertices, faces, np.ones((len(faces), 3)), 40_000, rng)
    near = samples.points[:20_000]
    even = solid.vertices[solid.outer].mean(axis=1)
    areas = trimesh.Trimesh(solid.vertices, solid.outer, process=False).area_faces
    tail = creature.parts["tail"]

    def on_tail(points):
        return tail.distance(points) < 0.02

    assert on_tail(near).mean() > 1.2 * areas[on_tail(even)].sum() / areas.sum()


def wing(thickness):
    """A plate of 1 by 0.6 as a closed box, or as a sheet."""
    if thickness:
        box = trimesh.creation.box((1.0, 0.6, thickness))
        return np.asarray(box.vertices), np.asarray(box.faces)
    corners = np.array([[-0.5, -0.3, 0], [0.5, -0.3, 0], [0.5, 0.3, 0], [-0.5, 0.3, 0]], float)
    return trimesh.remesh.subdivide(corners, np.array([[0, 1, 2], [0, 2, 3]]))


@pytest.mark.parametrize("thickness", [0.0, 0.004, 0.02])
def test_a_wing_is_made_as_thick_as_a_grid_cell(thickness):
    body = trimesh.creation.icosphere(2, 0.15)
    vertices, faces = wing(thickness)
    vertices = np.concatenate([vertices + [0.6, 0, 0], body.vertices])
    faces = np.concatenate([faces, body.faces + len(vertices) - len(body.vertices)])
    solid = build_solid(vertices, faces)
    heights = np.linspace(-0.05, 0.05, 21)
    probes = np.array([[x, y, z] for x in (0.4, 0.8) for y in (-0.1, 0.13) for z in heights])
    distance, decided = signed_distance(solid, probes, find_thin_faces(solid))
    assert decided.all()
    expected = np.abs(probes[:, 2]) - 0.5 * MIN_THICKNESS
    assert np.abs(distance - expected)[expected > 0].max() < 0.0025
    assert (distance[expected < -0.0025] < 0).all()
    samples = sample_distances(
        solid, vertices, faces, np.ones((len(faces), 3)), 2000, np.random.default_rng(0)
    )
    on_wing = (np.abs(samples.surface[:, 0] - 0.6) < 0.3) & (np.abs(samples.surface[:, 1]) < 0.2)
    assert np.abs(np.abs(samples.surface[on_wing, 2]) - 0.5 * MIN_THICKNESS).max() < 0.0025


def test_a_thick_body_is_left_as_it_is():
    box = trimesh.creation.box((1.0, 0.4, 0.1))
    solid = build_solid(np.asarray(box.vertices), np.asarray(box.faces))
    assert len(find_thin_faces(solid).faces) == 0
    points = np.random.default_rng(0).uniform(-1, 1, (100, 3))
    plain, padded = (
        signed_distance(solid, points)[0],
        signed_distance(solid, points, find_thin_faces(solid))[0],
    )
    assert (plain == padded).all()


@pytest.mark.parametrize("closed", [True, False])
def test_overlapping_parts_leave_no_zero_inside(closed):
    """Two boxes through each other; with a hole in one of them manifold3d cannot unite them as they are."""
    a = trimesh.creation.box((1.0, 0.4, 0.4))
    b = trimesh.creation.box((0.4, 0.4, 1.0))
    if not closed:
        b.update_faces(np.arange(len(b.faces)) != 0)
        b.faces = np.vstack([b.faces, b.faces[:1]])  # and an edge that three faces share
    both = trimesh.util.concatenate([a, b])
    solid = build_solid(both.vertices, both.faces)
    inside = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.15], [0.15, 0.0, 0.0], [0.1, 0.05, 0.1]])
    distance, decided = signed_distance(solid, inside)
    assert decided.all()
    assert (distance < -0.04).all()
    assert abs(distance[0] + 0.2) < 0.02


@pytest.mark.filterwarnings("error")
def test_a_flat_part_beside_a_body_divides_by_no_volume():
    sheet = np.array([[2, 0, 0], [3, 0, 0], [3, 1, 0], [2, 1, 0], [2.5, 0.5, 0]], float)
    fan = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    inward = box.faces[:, ::-1]
    solid = build_solid(np.vstack([box.vertices, sheet]), np.vstack([inward, fan + len(box.vertices)]))
    assert np.linalg.det(solid.vertices[solid.outer]).sum() / 6 == pytest.approx(1.0)


def test_flow_samples_correspond_exactly(creature, mesh):
    rng = np.random.default_rng(1)
    vertices, faces = mesh[0].astype(np.float64), mesh[1]
    sampler = FlowSampler.sample(vertices, faces, 2000, rng)
    rest, moved = sampler.points(vertices), sampler.points(creature.flow(vertices, 0.3))
    on, off = slice(0, None, 2), slice(1, None, 2)
    assert np.linalg.norm(moved - creature.flow(rest, 0.3), axis=1)[on].max() < 2e-3
    assert np.linalg.norm(moved - creature.flow(rest, 0.3), axis=1)[off].mean() < 3e-3
    assert np.abs(creature.sdf(rest))[on].max() < 0.0078
    assert np.abs(creature.sdf(rest)).max() < 0.03


def test_rigid_split_is_exact_and_takes_the_rigid_part_out(creature, mesh):
    from scipy.spatial.transform import Rotation

    vertices, faces = mesh[0].astype(np.float64), mesh[1]
    turn = Rotation.from_rotvec([0.3, -1.0, 2.0]).as_matrix()
    frames = np.stack([creature.flow(vertices, 0.0), creature.flow(vertices, 0.2) @ turn.T + [1, 2, 3]])
    transforms = fit_rigid_transforms(vertices, frames, vertex_areas(vertices, faces))
    assert np.allclose(np.linalg.det(transforms[:, :3, :3]), 1)
    offsets = nonrigid_offsets(vertices, frames, transforms)
    assert np.abs(apply_rigid_transforms(vertices + offsets, transforms) - frames).max() < 1e-12
    still = nonrigid_offsets(
        vertices,
        creature.flow(vertices, 0.2)[None],
        fit_rigid_transforms(vertices, creature.flow(vertices, 0.2)[None], vertex_areas(vertices, faces)),
    )
    assert np.abs(offsets[1] - still[0]).max() < 1e-9


def test_box_is_invertible():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(100, 3)) * [1, 20, 3] + [5, 6, 7]
    box = normalising_box(points)
    inside = box.to_box(points)
    assert np.isclose(np.ptp(inside, axis=0).max(), 1.8)
    assert np.allclose(inside.max(0) + inside.min(0), 0)
    assert np.allclose(box.to_source(inside), points)


def test_travel_speed_of_feet_that_slide_back():
    """Two feet in turn: down and sliding towards the tail at 2 units a second, then lifted forward."""
    count, seconds = 40, 1.0
    phase = (np.arange(count)[:, None] / count + np.array([0.0, 0.5])) % 1.0
    down = phase < 0.5
    y = np.where(down, -0.5 + 2 * phase, 0.5 - 2 * (phase - 0.5))
    z = np.where(down, 0.0, 0.3)
    feet = np.stack([np.zeros_like(y), y, z], axis=-1)
    many = np.repeat(feet, 10, axis=1)
    assert np.isclose(estimate_travel_speed(many, seconds, True, 1.0), 2.0, rtol=0.05)
    standing = np.zeros((40, 30, 3))
    assert estimate_travel_speed(standing, seconds, True, 1.0) == 0
