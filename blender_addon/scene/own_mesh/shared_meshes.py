"""Selected objects that share one mesh, which has the shape keys and the weights of all of them."""

import numpy as np

from ...core.own_mesh.mesh_input import bad_mesh

LARGE = 0.25
"""As a share of the selection's longest side. Smaller parts, as eyes and teeth,
can move alike and share weights."""
SINGLE_USER = "Use Object > Relations > Make Single User > Object & Data"


def refuse_keys(objects):
    """GenerationError "bad_mesh" where objects that are to have shape keys share a mesh."""
    for first, obj in _pairs(objects):
        raise bad_mesh(
            f"{first.name} and {obj.name} share one mesh, and cannot have shape keys each.",
            f"{SINGLE_USER}, or choose Output: Armature.",
        )


def refuse_large(objects):
    """GenerationError "bad_mesh" where large parts in different places share a mesh: they would move alike.

    What smaller parts do is known when they have weights.
    """
    boxes = {obj: _box(obj) for obj in objects}
    all_low, all_high = _union(boxes.values())
    longest = float((all_high - all_low).max())
    for first, obj in _pairs(objects):
        low, high = boxes[obj]
        if first.matrix_world != obj.matrix_world and float((high - low).max()) > LARGE * longest:
            raise different(first, obj)


def different(first, obj):
    """The error for two objects that share a mesh and need weights each."""
    return bad_mesh(f"{first.name} and {obj.name} share one mesh, and move differently.", f"{SINGLE_USER}.")


def _pairs(objects):
    """Each object that shares its mesh with an earlier one: (the first that has it, the object)."""
    users = {}
    for obj in objects:
        first = users.setdefault(obj.data, obj)
        if first != obj:
            yield first, obj


def _box(obj):
    """Corners (3,), (3,) of an object's box in world space."""
    matrix = np.array(obj.matrix_world)
    corners = np.array(obj.bound_box) @ matrix[:3, :3].T + matrix[:3, 3]
    return corners.min(axis=0), corners.max(axis=0)


def _union(boxes):
    lows, highs = zip(*boxes, strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)
