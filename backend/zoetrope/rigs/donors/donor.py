"""A donor: a training creature whose skeleton, skin weights and motion are transferred to other meshes."""

from dataclasses import dataclass

import numpy as np

from zoetrope.rigs.skeleton import Skeleton, SkinWeights


@dataclass(frozen=True)
class Donor:
    """A training creature with its skeleton, in the coordinates of the fields' box.

    Parameters
    ----------
    name : str
        File of the creature without its suffix; unique.
    title : str
        What people call it.
    category, author, licence : str
    height : float
        Typical height in metres.
    rest : (V, 3) float32
        Rest pose; the fields' box of this creature.
    faces : (F, 3) int32
    colours : (V, 3) float32
        sRGB in 0..1.
    skeleton : Skeleton
    weights : SkinWeights
    shape_tokens : (1, S) float32
        Raw tokens of its body: the shape field and its dictionary turn them into the same surface.
    """

    name: str
    title: str
    category: str
    author: str
    licence: str
    height: float
    rest: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    skeleton: Skeleton
    weights: SkinWeights
    shape_tokens: np.ndarray
