"""MMD, COV and 1-NNA of several independent sets against references, with standard errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoetrope.evaluation.metrics.mmd_cov_nna import metrics_of, nearest_in_own_set
from zoetrope.evaluation.metrics.nearest_neighbours import Nearest, Sequences, nearest_between, nearest_within
from zoetrope.evaluation.metrics.point_clouds import normalised
from zoetrope.evaluation.metrics.standard_error import group_variance
from zoetrope.evaluation.protocols.references import LabelledSequence

METRICS = ("mmd", "cov", "one_nna")
OnStep = Callable[[str, int, int], None]
"""Called with (title of the step, done, total)."""


@dataclass(frozen=True)
class Measured:
    """A value and its standard error."""

    value: float
    se: float


@dataclass(frozen=True)
class Row:
    """The score of one generator against one set of references in one normalisation.

    each : metric -> its value for every set.
    without : metric -> its mean over the sets, with each creature of the references left out.
    sizes : number of references of each creature; with `without`, errors of differences come from these.
    own_set : category -> number of "references" and "generated" sequences (all sets together), and the share
        of each that is nearest to another of its own set: "references_share", "generated_share".
    """

    mmd: Measured
    cov: Measured
    one_nna: Measured
    sets: int
    references: int
    each: dict[str, list[float]]
    without: dict[str, list[float]]
    sizes: list[int]
    own_set: dict[str, dict[str, float]]


class References:
    """The references in one normalisation; distances among them are computed once."""

    def __init__(
        self, sequences: Sequence[LabelledSequence], normalisation: str, device: str = "cpu"
    ) -> None:
        names = sorted({one.creature for one in sequences})
        groups = np.array([names.index(one.creature) for one in sequences])
        self.normalisation = normalisation
        self.creatures = range(len(names)) if len(names) > 1 else range(0)  # left out in turn
        self.categories = np.array([one.category for one in sequences])
        clouds = np.stack([normalised(one.clouds, normalisation) for one in sequences])
        self.sequences = Sequences(clouds, groups, device)
        self._within: Nearest | None = None

    def within(self, on_pair: Callable[[int, int], None] | None = None) -> Nearest:
        """Return the nearest other reference of every reference."""
        if self._within is None:
            self._within = nearest_within(self.sequences, on_pair)
        return self._within


def score(
    generated: Sequence[Sequence[LabelledSequence]], references: References, on_step: OnStep | None = None
) -> Row:
    """Score independent sets of as many sequences as there are references.

    The variance has two parts: between the sets, over their number; and over the references' creatures (a
    delete-a-group jackknife of the sets' mean). The first is taken as 0 for a single set; the error is nan
    for references of a single creature.

    Raises
    ------
    ValueError
        A set differs in size from the references: COV grows with the number generated, and the best 1-NNA is
        no longer 0.5.
    """
    theirs = references.within(_on_pair(on_step, "references"))
    whole: list[list[float]] = []  # of each set, the metrics
    left_out: list[list[list[float]]] = []  # of each set and creature left out, the metrics
    sides: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"references": [], "generated": []}
    for index, one_set in enumerate(generated):
        if len(one_set) != len(references.sequences):
            raise ValueError(f"{len(one_set)} generated sequences, {len(references.sequences)} references")
        clouds = np.stack([normalised(one.clouds, references.normalisation) for one in one_set])
        own = Sequences(clouds, device=references.sequences.device)
        between = nearest_between(own, references.sequences, _on_pair(on_step, f"set {index}: references"))
        found = (*between, nearest_within(own, _on_pair(on_step, f"set {index}: itself")), theirs)
        whole.append(list(metrics_of(*found)))
        left_out.append([list(metrics_of(*found, without=g)) for g in references.creatures])
        in_own_set = nearest_in_own_set(*found)
        sides["generated"].append((np.array([one.category for one in one_set]), in_own_set[0]))
        sides["references"].append((references.categories, in_own_set[1]))
    each = dict(zip(METRICS, np.array(whole).T.tolist(), strict=True))
    means = np.array(left_out).mean(axis=0)  # (creature, metric)
    without = {name: means[:, i].tolist() if means.size else [] for i, name in enumerate(METRICS)}
    sizes = np.bincount(references.sequences.groups)
    return Row(
        **{name: _measured(each[name], without[name], sizes) for name in METRICS},
        sets=len(whole),
        references=len(references.sequences),
        each=each,
        without=without,
        sizes=sizes.tolist(),
        own_set=_by_category(sides),
    )


def _by_category(sides: dict[str, list[tuple[np.ndarray, np.ndarray]]]) -> dict[str, dict[str, float]]:
    """Return `Row.own_set` from (categories (N,), nearest in own set (N,)) of every set, for both sides."""
    out: dict[str, dict[str, float]] = {}
    for side, of_sets in sides.items():
        categories, in_own_set = (np.concatenate(part) for part in zip(*of_sets, strict=True))
        for category in np.unique(categories):
            one = in_own_set[categories == category]
            out.setdefault(str(category), {}).update({side: len(one), f"{side}_share": float(one.mean())})
    return dict(sorted(out.items()))


def _measured(each: Sequence[float], without: Sequence[float], sizes: np.ndarray) -> Measured:
    value = float(np.mean(each))
    if not without:
        return Measured(value, float("nan"))
    variance = _variance_between_sets(each) + group_variance(value, np.array(without), sizes)
    return Measured(value, float(np.sqrt(variance)))


def _variance_between_sets(each: Sequence[float]) -> float:
    return float(np.var(each, ddof=1)) / len(each) if len(each) > 1 else 0.0


def difference(first: Mapping[str, Any], second: Mapping[str, Any], metric: str) -> Measured:
    """Subtract the second row (a `Row` as dict) from the first, paired over the references' creatures.

    Both rows lose the same creature at a time, so what both lose alike is no error of the difference; their
    sets are independent.
    """
    if first["sizes"] != second["sizes"]:
        raise ValueError("the rows have other references")
    value = first[metric]["value"] - second[metric]["value"]
    without = np.array(first["without"][metric]) - np.array(second["without"][metric])
    if not len(without):
        return Measured(value, float("nan"))
    sets = sum(_variance_between_sets(row["each"][metric]) for row in (first, second))
    return Measured(value, float(np.sqrt(sets + group_variance(value, without, np.array(first["sizes"])))))


def _on_pair(on_step: OnStep | None, title: str) -> Callable[[int, int], None] | None:
    return None if on_step is None else lambda i, n: on_step(title, i, n)
