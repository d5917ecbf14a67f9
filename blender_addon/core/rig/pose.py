"""From the backend's world rotations to the rotations of pose bones. Quaternions are w, x, y, z."""

import numpy as np


def multiply(a, b):
    """Hamilton product of quaternions (..., 4)."""
    w, v = a[..., :1], a[..., 1:]
    s, u = b[..., :1], b[..., 1:]
    scalar = w * s - (v * u).sum(-1, keepdims=True)
    return np.concatenate([scalar, w * u + s * v + np.cross(v, u)], axis=-1)


def conjugate(q):
    """Conjugate (..., 4): the inverse rotation of a unit quaternion."""
    return q * np.array([1.0, -1.0, -1.0, -1.0])


def rotate(q, points):
    """Points (..., 3) rotated by unit quaternions (..., 4)."""
    w, v = q[..., :1], q[..., 1:]
    cross = 2.0 * np.cross(v, points)
    return points + w * cross + np.cross(v, cross)


def basis_rotations(rest, parents, world):
    """Rotation of each pose bone in its own rest axes: M_j^-1 D_p^-1 D_j M_j.

    Parameters
    ----------
    rest : (J, 4) float
        Rest orientation M_j of each bone in armature space.
    parents : (J,) int
        -1 for a root.
    world : (T, J, 4) float
        Rotation D_j of each joint relative to its rest pose, in armature space.

    Returns
    -------
    (T, J, 4) float64
        Unit quaternions; of the two signs the one nearer to the frame before.
    """
    world = np.asarray(world, dtype=np.float64)
    rest = np.asarray(rest, dtype=np.float64)
    identity = np.zeros_like(world[:, :1])
    identity[..., 0] = 1.0
    of_parents = np.concatenate([world, identity], axis=1)[:, parents]  # -1 takes the identity
    local = multiply(conjugate(of_parents), world)
    return continuous(multiply(multiply(conjugate(rest), local), rest))


def basis_locations(rest, parents, heads, world, displacements):
    """Location of each pose bone in its own rest axes, from where its head is to be.

    Parameters
    ----------
    rest, parents, world
        As for `basis_rotations`.
    heads : (J, 3) float
        In the rest pose, in armature space.
    displacements : (T, J, 3) float
        Of the heads.

    Returns
    -------
    (T, J, 3) float64
    """
    world, moved = np.asarray(world, dtype=np.float64), heads + displacements
    out = np.empty_like(moved)
    for joint, parent in enumerate(parents):
        if parent < 0:
            local = displacements[:, joint]
        else:
            with_parent = rotate(world[:, parent], heads[joint] - heads[parent]) + moved[:, parent]
            local = rotate(conjugate(world[:, parent]), moved[:, joint] - with_parent)
        out[:, joint] = rotate(conjugate(rest[joint]), local)
    return out


def continuous(rotations):
    """Quaternions (T, ..., 4) of unit length whose sign does not flip from one frame to the next."""
    rotations = rotations / np.linalg.norm(rotations, axis=-1, keepdims=True)
    dots = (rotations[1:] * rotations[:-1]).sum(-1, keepdims=True)
    signs = np.cumprod(np.where(dots < 0.0, -1.0, 1.0), axis=0)
    first = np.where(rotations[:1, ..., :1] < 0.0, -1.0, 1.0)
    return rotations * first * np.concatenate([np.ones_like(first), signs])


def closed(values):
    """Frames (T, ...) with the first one again behind the last: the closing key of a loop."""
    return np.concatenate([values, values[:1]])


def closed_rotations(rotations):
    """`closed` for quaternions (T, ..., 4): the closing one has the sign nearer to the last frame's."""
    return continuous(closed(rotations))
