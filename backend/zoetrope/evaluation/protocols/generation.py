"""MMD, COV and 1-NNA of several independent sets against references, with standard errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoetrope.engines.progress import OnProgress
from zoetrope.evaluation.metrics.mmd_cov_nna import metrics_of, nearest_in_own_set
from zoetrope.evaluation.metrics.nearest_neighbours import Nearest, Sequences, nearest_between, nearest_within
from zoetrope.evaluation.metrics.point_clouds import normalised
from zoetrope.evaluation.metrics.standard_error import group_variance
from zoetrope.evaluation.protocols.references import LabelledSequence

METRICS = ("mmd", "cov", "one_nna")


@dataclass(frozen=True)
class Measured:
    """A value and its standard error."""

    value: float
    se: float


@dataclass(frozen=True)
class Row:
    """The score of one generator against one set of references in one normalisation.

    per_set : metric -> its value for every set.
    leave_one_out : metric -> its mean over the sets, with each creature of the references left out.
    sizes : number of references of each creature; errors of differences need them.
    own_set : category -> number of "references" and "generated" sequences (all sets together), and the share
        of each that is nearest to another of its own set: "references_share", "generated_share".
    """

    mmd: Measured
    cov: Measured
    one_nna: Measured
    sets: int
    references: int
    per_set: dict[str, list[float]]
    leave_one_out: dict[str, list[float]]
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
    generated: Sequence[Sequence[LabelledSequence]],
    references: References,
    on_progress: OnProgress | None = None,
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
    within_references = references.within(_on_pair(on_progress, "references"))
    whole: list[list[float]] = []  # of each set, the metrics
    left_out: list[list[list[float]]] = []  # of each set and creature left out, the metrics
    sides: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"references": [], "generated": []}
    for index, one_set in enumerate(generated):
        if len(one_set) != len(references.sequences):
            raise ValueError(f"{len(one_set)} generated sequences, {len(references.sequences)} references")
        clouds = np.stack([normalised(one.clouds, references.normalisation) for one in one_set])
        sequences = Sequences(clouds, device=references.sequences.device)
        between = nearest_between(
            sequences, references.sequences, _on_pair(on_progress, f"set {index}: references")
        )
        within_generated = nearest_within(sequences, _on_pair(on_progress, f"set {index}: itself"))
        found = (*between, within_generated, within_references)
        whole.append(list(metrics_of(*found)))
        left_out.append([list(metrics_of(*found, excluded_group=g)) for g in references.creatures])
        in_own_set = nearest_in_own_set(*found)
        sides["generated"].append((np.array([one.category for one in one_set]), in_own_set[0]))
        sides["references"].append((references.categories, in_own_set[1]))
    per_set = dict(zip(METRICS, np.array(whole).T.tolist(), strict=True))
    means = np.array(left_out).mean(axis=0)  # (creature, metric)
    leave_one_out = {name: means[:, i].tolist() if means.size else [] for i, name in enumerate(METRICS)}
    sizes = np.bincount(references.sequences.groups)
    return Row(
        **{name: _measured(per_set[name], leave_one_out[name], sizes) for name in METRICS},
        sets=len(whole),
        references=len(references.sequences),
        per_set=per_set,
        leave_one_out=leave_one_out,
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


def _measured(per_set: Sequence[float], leave_one_out: Sequence[float], sizes: np.ndarray) -> Measured:
    value = float(np.mean(per_set))
    if not leave_one_out:
        return Measured(value, float("nan"))
    variance = _variance_between_sets(per_set) + group_variance(value, np.array(leave_one_out), sizes)
    return Measured(value, float(np.sqrt(variance)))


def _variance_between_sets(per_set: Sequence[float] | np.ndarray) -> float:
    return float(np.var(per_set, ddof=1)) / len(per_set) if len(per_set) > 1 else 0.0


def difference(first: Mapping[str, Any], second: Mapping[str, Any], metric: str) -> Measured:
    """Subtract the second row (a `Row` as dict) from the first, paired over the references' creatures.

    Both rows lose the same creature at a time, so what both lose alike is no error of the difference. Nor is
    what their sets have in common where there are as many: set n of every engine has the same labels.
    """
    if first["sizes"] != second["sizes"]:
        raise ValueError("the rows have other references")
    value = first[metric]["value"] - second[metric]["value"]
    left_out = np.array(first["leave_one_out"][metric]) - np.array(second["leave_one_out"][metric])
    if not len(left_out):
        return Measured(value, float("nan"))
    per_set = [np.array(row["per_set"][metric]) for row in (first, second)]
    if len(per_set[0]) == len(per_set[1]):
        sets = _variance_between_sets(per_set[0] - per_set[1])
    else:
        sets = sum(_variance_between_sets(one) for one in per_set)
    return Measured(value, float(np.sqrt(sets + group_variance(value, left_out, np.array(first["sizes"])))))


def _on_pair(on_progress: OnProgress | None, title: str) -> Callable[[int, int], None] | None:
    return None if on_progress is None else lambda i, n: on_progress(title, i, n)
