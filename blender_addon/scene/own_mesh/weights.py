"""The result's weights on the vertices of the artist's own meshes."""

import numpy as np

from . import shared_meshes

MAX_DIFFERENCE = 0.02
"""Largest difference of a weight between objects that share a mesh; a larger one would be seen."""


def weights_by_mesh(objects, intake, joints, values):
    """Weights of each mesh's own vertices: mesh -> (joints (N, 4), values (N, 4)).

    Objects that share one mesh share its weights; GenerationError "bad_mesh" where they move differently.

    Parameters
    ----------
    objects : list of Object
        In the intake's order.
    joints, values : (V, 4)
        Of the sent mesh.
    """
    found, first = {}, {}
    for obj, taken in zip(objects, intake.objects, strict=True):
        own = joints[taken.nearest], values[taken.nearest]
        if obj.data not in found:
            found[obj.data], first[obj.data] = own, obj
        elif _difference(found[obj.data], own) > MAX_DIFFERENCE:
            raise shared_meshes.different(first[obj.data], obj)
    return found


def _difference(a, b):
    """Largest difference of two sets of weights (joints (N, 4), values (N, 4)) for any joint."""
    count = int(max(a[0].max(), b[0].max())) + 1
    worst = 0.0
    for start in range(0, len(a[0]), 4096):
        some = slice(start, start + 4096)
        tables = []
        for joints, values in (a, b):
            table = np.zeros((len(joints[some]), count))
            np.add.at(table, (np.arange(len(table))[:, None], joints[some]), values[some])
            tables.append(table)
        worst = max(worst, float(np.abs(tables[0] - tables[1]).max()))
    return worst
