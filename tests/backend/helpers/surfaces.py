"""Extracted surfaces of simple shapes, with the distance and gradient that assets are made with."""

from functools import cache

import numpy as np
from implicit_shapes import beast, sphere, torus
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.isosurface import extract_surface

STEP = 1e-3


def two_spheres():
    """A large sphere and a small one, an eye, beside it."""
    one, other = sphere(0.6), sphere(0.06, (0.0, -0.7, 0.2))
    return lambda p: np.minimum(one(p), other(p))


def bumpy_sphere(radius=0.6, height=0.02, frequency=9.0):
    """A sphere with bumps, and about a signed distance."""

    def field(p):
        p = np.asarray(p, np.float64)
        bumps = np.prod(np.sin(frequency * p), axis=1)
        return (np.linalg.norm(p, axis=1) - radius - height * bumps).astype(np.float32)

    return field


SHAPES = {
    "sphere": sphere(0.7),
    "torus": torus(0.6, 0.2),
    "beast": beast(),
    "two_spheres": two_spheres(),
    "bumpy_sphere": bumpy_sphere(),
}


def with_gradient(field):
    """The field's distance and its gradient by central differences."""

    def both(points):
        points = np.asarray(points, np.float64)
        steps = [
            (field(points + STEP * axis) - field(points - STEP * axis)) / (2 * STEP) for axis in np.eye(3)
        ]
        return field(points.astype(np.float32)), np.stack(steps, axis=1).astype(np.float32)

    return both


@cache
def full_surface(name, detail=96):
    """Vertices and faces of a shape's extracted surface."""
    surface = extract_surface(SHAPES[name], detail)
    return clean_mesh(surface.vertices, surface.faces)[:2]
