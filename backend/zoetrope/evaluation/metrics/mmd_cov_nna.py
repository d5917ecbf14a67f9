"""MMD, COV and 1-NNA of animated point clouds (HyperDiffusion section 6.3; PointFlow for the definitions)."""

from dataclasses import dataclass

import numpy as np

from zoetrope.evaluation.metrics.nearest_neighbours import (
    Nearest,
    OnPair,
    Sequences,
    nearest_between,
    nearest_within,
)


@dataclass(frozen=True)
class GenerationMetrics:
    """How a generated set stands to the references.

    mmd : mean over references of the distance to the nearest generated sequence.
    cov : share of the references that are nearest to some generated sequence; higher is better.
    one_nna : share of all sequences whose nearest other is of their own set; 0.5 is best.
    """

    mmd: float
    cov: float
    one_nna: float


def compare(
    generated: Sequences,
    references: Sequences,
    within_references: Nearest | None = None,
    on_pair: OnPair | None = None,
) -> GenerationMetrics:
    """Compare two sets of equal size.

    Parameters
    ----------
    within_references : Nearest, optional
        Of an earlier comparison with the same references: it need not be found again.

    Raises
    ------
    ValueError
        The sets differ in size: COV grows with the number generated and 1-NNA is no longer 0.5 at best.
    """
    if len(generated) != len(references):
        raise ValueError(f"{len(generated)} generated sequences, {len(references)} references")
    to_references, to_generated = nearest_between(generated, references, on_pair)
    own = nearest_within(generated, on_pair)
    theirs = within_references or nearest_within(references, on_pair)
    return from_nearest(to_references, to_generated, own, theirs)


def from_nearest(
    to_references: Nearest, to_generated: Nearest, own: Nearest, theirs: Nearest, without: int = -1
) -> GenerationMetrics:
    """The metrics from the four kinds of nearest neighbours.

    A sequence that is equally near to both sets counts as met by the other: copies do not look separable.

    Parameters
    ----------
    without : int
        A group of references that is left out; none by default. 1-NNA then weighs both sets alike, which
        for sets of one size is its definition.
    """
    kept = to_references.groups != without
    index, _ = to_references.without(without)
    generated_told, references_told = told(to_references, to_generated, own, theirs, without)
    return GenerationMetrics(
        float(to_generated.distance[kept, 0].mean()),
        len(np.unique(index)) / int(kept.sum()),
        0.5 * (float(generated_told.mean()) + float(references_told[kept].mean())),
    )


def told(
    to_references: Nearest, to_generated: Nearest, own: Nearest, theirs: Nearest, without: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """Which generated (N,) and which references (M,), bool, lie nearest to another of their own set."""
    _, distance = to_references.without(without)
    _, among = theirs.without(without)
    return own.distance[:, 0] < distance, among < to_generated.distance[:, 0]
