"""Copies of a node's mesh (EXT_mesh_gpu_instancing), as Blender exports linked duplicates."""

from dataclasses import replace
from typing import Any

import numpy as np

from zoetrope.clips.animated_asset import compose_matrices
from zoetrope.clips.clip import bad_file
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.nodes import unit_quaternions
from zoetrope.clips.gltf.primitives import Primitive

EXTENSION = "EXT_mesh_gpu_instancing"
MAX_VERTICES = 5_000_000
"""Of all copies of one mesh."""


def instance_matrices(file: GltfFile, node: dict[str, Any]) -> np.ndarray | None:
    """Return the matrices (I, 4, 4) of a node's copies in the node's own space; None if it has none.

    Raises
    ------
    ZoetropeError
        Code "bad_file": its attributes do not fit together.
    """
    extensions = file.mapping(node, "extensions")
    if EXTENSION not in extensions:
        return None
    attributes = file.mapping(file.mapping(extensions, EXTENSION), "attributes")
    given = {
        name: file.accessor_of_shape(attributes[name], width).astype(np.float64)
        for name, width in (("TRANSLATION", 3), ("ROTATION", 4), ("SCALE", 3))
        if name in attributes
    }
    counts = {len(values) for values in given.values()}
    if not counts:
        return None
    if len(counts) > 1:
        raise bad_file(file.path, "the copies of a mesh have different numbers of attributes")
    count = counts.pop()
    return compose_matrices(
        given.get("TRANSLATION", np.zeros((count, 3))),
        unit_quaternions(given.get("ROTATION", np.tile([0.0, 0.0, 0.0, 1.0], (count, 1))), lambda: None),
        given.get("SCALE", np.ones((count, 3))),
    )


def copies(file: GltfFile, primitives: list[Primitive], matrices: np.ndarray) -> list[Primitive]:
    """Return the primitives of all copies (I, 4, 4) of a mesh, in the node's own space.

    Raises
    ------
    ZoetropeError
        Code "bad_file": they have too many vertices.
    """
    if len(matrices) * sum(len(one.positions) for one in primitives) > MAX_VERTICES:
        raise bad_file(
            file.path,
            f"the {len(matrices)} copies of a mesh have more than {MAX_VERTICES} vertices",
            "Export only the creature.",
        )
    return [_transformed(one, matrix) for matrix in matrices for one in primitives]


def _transformed(one: Primitive, matrix: np.ndarray) -> Primitive:
    linear = matrix[:3, :3]
    winding = slice(None, None, -1 if np.linalg.det(linear) < 0 else 1)
    return replace(
        one,
        positions=one.positions @ linear.T + matrix[:3, 3],
        faces=one.faces[:, winding],
        corner_colours=one.corner_colours[:, winding],
        targets=[None if target is None else target @ linear.T for target in one.targets],
    )
