"""The skeleton of a body on the body that a map makes of it: nothing is fitted again."""

from dataclasses import replace

import numpy as np

from zoetrope.bodies.maps.body_map import BodyMap
from zoetrope.rigs.skeleton import ROOT_LENGTH, Skeleton


def map_skeleton(skeleton: Skeleton, rest: np.ndarray, body_map: BodyMap) -> Skeleton:
    """Return a skeleton with its joints mapped; the root stays on the ground below the first joint.

    Parameters
    ----------
    skeleton : Skeleton
    rest : (V, 3) float
        Rest pose of its body.
    body_map : BodyMap
    """
    heads, tails = body_map(skeleton.heads), body_map(skeleton.tails)
    mapped = body_map(rest)
    heads[0] = [heads[1, 0], heads[1, 1], mapped[:, 2].min()]
    tails[0] = heads[0] - [0.0, ROOT_LENGTH * float(np.ptp(mapped, axis=0).max()), 0.0]
    return replace(skeleton, heads=heads, tails=tails)
