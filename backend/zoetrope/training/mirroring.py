"""Mirrored clips: what a left-right symmetric body does with its left, it can do with its right.

A mirrored clip has tokens of its own, but no samples: they are the clip's own, mirrored when they are drawn.
"""

from dataclasses import replace

import numpy as np
import torch
from scipy.spatial import KDTree

from zoetrope.training.data import Prepared

LOOSEST = 1.25
"""How much further than two samplings of one body a body and its mirror image may be from each other."""


def is_symmetric(surface: np.ndarray) -> bool:
    """Whether points (P, 3) on a body in its box, x to its side, are their own mirror image."""
    first, second = surface[::2], surface[1::2]
    tree = KDTree(first)
    floor = np.mean(tree.query(second)[0])
    return bool(np.mean(tree.query(second * [-1, 1, 1])[0]) <= LOOSEST * floor)


def with_mirrored_clips(data: Prepared) -> Prepared:
    """The same samples with a mirrored clip for every clip of a symmetric creature, behind its others."""
    mirror = torch.diag(torch.tensor([-1.0, 1.0, 1.0, 1.0]))
    clips, rigid = [], []
    for creature in range(len(data.creatures)):
        own = [i for i, clip in enumerate(data.clips) if clip.creature == creature]
        clips += [data.clips[i] for i in own]
        rigid.append(data.rigid[own])
        if is_symmetric(data.bodies[data.bodies_of(creature)[0]].surface.cpu().numpy()):
            clips += [replace(data.clips[i], mirrored=True) for i in own]
            rigid.append(mirror.to(data.rigid) @ data.rigid[own] @ mirror.to(data.rigid))
    return replace(data, clips=clips, rigid=torch.cat(rigid))
