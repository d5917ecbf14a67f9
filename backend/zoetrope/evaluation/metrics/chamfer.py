"""Chamfer distances of two point clouds, exactly, from their search trees.

The literature means two things by the name: squared distances, both directions added (HyperDiffusion section
6.3; here of animated clouds, in the metrics of generation), or distances, both directions averaged (here of
bodies, in novelty).
"""

import numpy as np
from scipy.spatial import KDTree


def directed_chamfer(a: KDTree, b: KDTree) -> float:
    """Return the mean squared distance of one cloud's points to their nearest of another."""
    return float(np.square(b.query(a.data)[0]).mean())


def chamfer_mean(a: KDTree, b: KDTree) -> float:
    """Return the mean distance to the nearest point, averaged over both directions.

    Two samplings (4,096 points) of one creature have a distance of about 0.01 in the box.
    """
    return 0.5 * (float(np.mean(b.query(a.data)[0])) + float(np.mean(a.query(b.data)[0])))
