"""Signed distance functions of simple shapes."""

import numpy as np


def sphere(radius=0.6, centre=(0.0, 0.0, 0.0)):
    return lambda p: (np.linalg.norm(p - np.float32(centre), axis=1) - radius).astype(np.float32)


def torus(big=0.6, small=0.15):
    def field(p):
        ring = np.hypot(p[:, 0], p[:, 1]) - big
        return (np.hypot(ring, p[:, 2]) - small).astype(np.float32)

    return field


def capsules(*parts):
    """Union of capsules, each given as (start, end, radius)."""

    def field(p):
        p = p.astype(np.float64)
        out = np.full(len(p), np.inf)
        for a, b, radius in parts:
            a, d = np.array(a), np.subtract(b, a)
            t = np.clip((p - a) @ d / max(d @ d, 1e-12), 0, 1)
            out = np.minimum(out, np.linalg.norm(p - a - t[:, None] * d, axis=1) - radius)
        return out.astype(np.float32)

    return field


def beast():
    """A quadruped: body, head, four slanted legs, a thin tail."""
    legs = [((x, y, 0.0), (1.2 * x, y + 0.1, -0.85), 0.05) for x in (-0.15, 0.15) for y in (-0.45, 0.4)]
    return capsules(
        ((0, -0.6, 0.1), (0, 0.5, 0.12), 0.25),
        ((0, -0.6, 0.2), (0, -0.8, 0.45), 0.12),
        ((0, 0.5, 0.1), (0, 0.85, 0.3), 0.012),
        *legs,
    )


def is_closed(faces):
    """Whether the mesh is watertight: every edge is used exactly once in each direction."""
    directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    count = int(faces.max()) + 1
    forward = directed @ [count, 1]
    backward = directed @ [1, count]
    return len(np.unique(forward)) == len(forward) and np.array_equal(np.sort(forward), np.sort(backward))
