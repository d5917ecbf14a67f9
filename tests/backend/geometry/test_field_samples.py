"""Distance and motion samples of the procedural creature, whose exact values are known."""

import numpy as np
import pytest
import trimesh
from plates import solid_with_plate
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.geometry.field_samples import FlowSampler, sample_distances
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.signed_distance import MIN_THICKNESS, find_thin_faces
from zoetrope.geometry.solid import build_solid

CELL = 2 / 256


@pytest.fixture(scope="module")
def creature():
    return ProceduralCreature(seed=2)


@pytest.fixture(scope="module")
def mesh(creature):
    surface = extract_surface(creature.sdf, 256)
    return surface.vertices.astype(np.float64), surface.faces


@pytest.fixture(scope="module")
def solid(mesh):
    return build_solid(*mesh)


@pytest.fixture(scope="module")
def samples(solid):
    return sample_distances(solid, 20_000, np.random.default_rng(0))


def test_distances_equal_the_exact_ones(creature, solid, samples):
    thin = find_thin_faces(solid)
    exact = creature.sdf(samples.points)
    unpadded = samples.distance < thin.distance(samples.points) - 1e-9
    assert unpadded.mean() > 0.9
    outside = unpadded & (exact > 0)
    # marching cubes cuts the creases between capsules by up to a cell
    assert np.abs(samples.distance - exact)[outside].max() < 2.01 * CELL
    assert np.abs(samples.distance - exact)[outside].mean() < 0.0006
    wrong_sign = (np.sign(samples.distance) != np.sign(exact)) & (np.abs(exact) > 0.002)
    assert wrong_sign[unpadded].mean() < 1e-4
    assert (samples.distance[~unpadded] < exact[~unpadded] + 2.01 * CELL).all(), "padding never makes thinner"
    assert (np.abs(samples.distance) < 0.02).mean() > 0.4
    padded = thin.distance(samples.surface) < 0.001
    error = creature.sdf(samples.surface)
    assert np.abs(error[~padded]).max() < CELL
    # a point moved out of one limb may end in the crease of the next
    assert -2.01 * CELL < error[padded].min() <= error[padded].max() < 0.5 * MIN_THICKNESS + CELL


def test_thin_parts_are_sampled_more_densely(creature, solid, samples):
    near_surface = samples.points[: len(samples.points) // 2]
    centres = solid.vertices[solid.outer].mean(axis=1)
    areas = trimesh.Trimesh(solid.vertices, solid.outer, process=False).area_faces

    def on_tail(points):
        return creature.parts["tail"].distance(points) < 0.02

    assert on_tail(near_surface).mean() > 1.2 * areas[on_tail(centres)].sum() / areas.sum()


@pytest.mark.parametrize("thickness", [0.0, 0.004, 0.02])
def test_surface_samples_lie_on_the_thickened_plate(thickness):
    *_, solid = solid_with_plate(thickness)
    samples = sample_distances(solid, 2000, np.random.default_rng(0))
    on_plate = (np.abs(samples.surface[:, 0] - 0.6) < 0.3) & (np.abs(samples.surface[:, 1]) < 0.2)
    assert np.abs(np.abs(samples.surface[on_plate, 2]) - 0.5 * MIN_THICKNESS).max() < 0.0025


def test_flow_samples_are_the_same_material_points_in_every_pose(creature, mesh):
    vertices, faces = mesh
    sampler = FlowSampler.sample(vertices, faces, 2000, np.random.default_rng(1))
    rest, moved = sampler.points(vertices), sampler.points(creature.flow(vertices, 0.3))
    on_surface, off_surface = slice(0, None, 2), slice(1, None, 2)
    error = np.linalg.norm(moved - creature.flow(rest, 0.3), axis=1)
    assert error[on_surface].max() < 2e-3
    assert error[off_surface].mean() < 3e-3
    assert np.abs(creature.sdf(rest))[on_surface].max() < CELL
    assert np.abs(creature.sdf(rest)).max() < 0.03
