"""MMD, COV and 1-NNA of animated point clouds (HyperDiffusion section 6.3; definitions from PointFlow)."""

from typing import NamedTuple

import numpy as np

from zoetrope.evaluation.metrics.nearest_neighbours import Nearest


class GenerationMetrics(NamedTuple):
    """How a generated set compares with the references.

    mmd : mean over references of the distance to the nearest generated sequence.
    cov : share of the references that are nearest to some generated sequence; higher is better.
    one_nna : share of all sequences whose nearest other is of their own set; 0.5 is best.
    """

    mmd: float
    cov: float
    one_nna: float


def metrics_of(
    to_references: Nearest,
    to_generated: Nearest,
    within_generated: Nearest,
    within_references: Nearest,
    excluded_group: int = -1,
) -> GenerationMetrics:
    """Compute the metrics of two sets of equal size.

    Parameters
    ----------
    to_references, to_generated : Nearest
        Of generated sequences among references, and the reverse (`nearest_between`).
    within_generated, within_references : Nearest
        Of generated sequences, and of references, among themselves (`nearest_within`).
    excluded_group : int
        A group of references to leave out; none by default. 1-NNA weighs both sets alike, which for sets of
        one size is its definition.
    """
    kept = to_references.groups != excluded_group
    index, _ = to_references.excluding_group(excluded_group)
    generated, references = nearest_in_own_set(
        to_references, to_generated, within_generated, within_references, excluded_group
    )
    return GenerationMetrics(
        float(to_generated.distance[kept, 0].mean()),
        len(np.unique(index)) / int(kept.sum()),
        0.5 * (float(generated.mean()) + float(references[kept].mean())),
    )


def nearest_in_own_set(
    to_references: Nearest,
    to_generated: Nearest,
    within_generated: Nearest,
    within_references: Nearest,
    excluded_group: int = -1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return which generated sequences (N,) and references (M,) are nearest to another of their own set.

    One that is equally near to both sets counts as nearest to the other: copies are not separable.
    """
    _, distance = to_references.excluding_group(excluded_group)
    _, among = within_references.excluding_group(excluded_group)
    return within_generated.distance[:, 0] < distance, among < to_generated.distance[:, 0]
