"""How good is a generator? MMD, COV and 1-NNA of several independent sets, each with its standard error."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zoetrope.evaluation.metrics.mmd_cov_nna import GenerationMetrics, from_nearest, told
from zoetrope.evaluation.metrics.nearest_neighbours import Nearest, Sequences, nearest_between, nearest_within
from zoetrope.evaluation.metrics.point_clouds import normalised
from zoetrope.evaluation.metrics.standard_error import group_variance
from zoetrope.evaluation.protocols.references import Item

METRICS = ("mmd", "cov", "one_nna")
OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Measured:
    """One metric: its mean over the sets, and the standard error of that."""

    value: float
    se: float


@dataclass(frozen=True)
class Row:
    """What one generator scored against one set of references in one normalisation.

    each : metric -> its value for every set; without : metric -> its mean over the sets with each creature of
    the references left out; sizes : references of each creature. Differences between rows come from these.
    told : category -> how many "references" and "generated" sequences there are (all sets together) and
    the share of each that lies nearest to another of its own set, "references_told" and "generated_told".
    """

    mmd: Measured
    cov: Measured
    one_nna: Measured
    sets: int
    references: int
    each: dict[str, list[float]]
    without: dict[str, list[float]]
    sizes: list[int]
    told: dict[str, dict[str, float]]

    def to_dict(self) -> dict[str, object]:
        """JSON-able."""
        return asdict(self)


class References:
    """The references in one normalisation; distances among them are found once."""

    def __init__(self, items: Sequence[Item], kind: str, device: str = "cpu") -> None:
        names = sorted({item.creature for item in items})
        groups = np.array([names.index(item.creature) for item in items])
        self.kind, self.creatures = kind, len(names)
        self.categories = np.array([item.category for item in items])
        clouds = np.stack([normalised(item.clouds, kind) for item in items])
        self.sequences = Sequences(clouds, groups, device)
        self._within: Nearest | None = None

    def within(self, on_pair: Callable[[int, int], None] | None = None) -> Nearest:
        """Nearest reference of every reference."""
        if self._within is None:
            self._within = nearest_within(self.sequences, on_pair)
        return self._within


def score(generated: Sequence[Sequence[Item]], references: References, on_step: OnStep | None = None) -> Row:
    """Score independent sets of as many sequences as there are references.

    The variance has two parts: between the sets (what another set of seeds would give, over the number of
    sets) and over the references' creatures (a delete-a-group jackknife, the sets' mean each time): clips of
    one creature are not independent. A single set says nothing of the first, which then counts as 0;
    references of a single creature nothing of the second: the error is nan.
    """
    theirs = references.within(_step(on_step, "references"))
    whole: list[GenerationMetrics] = []
    left_out: list[list[GenerationMetrics]] = []
    sides: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"references": [], "generated": []}
    for number, items in enumerate(generated):
        if len(items) != len(references.sequences):
            raise ValueError(f"{len(items)} generated sequences, {len(references.sequences)} references")
        clouds = np.stack([normalised(item.clouds, references.kind) for item in items])
        own = Sequences(clouds, device=references.sequences.device)
        between = nearest_between(own, references.sequences, _step(on_step, f"set {number}: references"))
        found = (*between, nearest_within(own, _step(on_step, f"set {number}: itself")), theirs)
        whole.append(from_nearest(*found))
        ours_told, theirs_told = told(*found)
        sides["generated"].append((np.array([item.category for item in items]), ours_told))
        sides["references"].append((references.categories, theirs_told))
        if references.creatures > 1:
            left_out.append([from_nearest(*found, without=g) for g in range(references.creatures)])
    sizes = np.bincount(references.sequences.groups)
    each = {name: [float(getattr(m, name)) for m in whole] for name in METRICS}
    without = {
        name: np.array([[getattr(m, name) for m in row] for row in left_out]).mean(axis=0).tolist()
        if left_out
        else []
        for name in METRICS
    }
    measured = {name: _measured(each[name], without[name], sizes) for name in METRICS}
    return Row(
        **measured,
        sets=len(whole),
        references=len(references.sequences),
        each=each,
        without=without,
        sizes=sizes.tolist(),
        told=_by_category(sides),
    )


def _by_category(sides: dict[str, list[tuple[np.ndarray, np.ndarray]]]) -> dict[str, dict[str, float]]:
    """`Row.told` of (categories (N,), told (N,)) of every set, for each of the two sides."""
    out: dict[str, dict[str, float]] = {}
    for side, of_sets in sides.items():
        categories, is_told = (np.concatenate(part) for part in zip(*of_sets, strict=True))
        for category in np.unique(categories):
            one = is_told[categories == category]
            out.setdefault(str(category), {}).update({side: len(one), f"{side}_told": float(one.mean())})
    return dict(sorted(out.items()))


def _measured(each: Sequence[float], without: Sequence[float], sizes: np.ndarray) -> Measured:
    value = float(np.mean(each))
    if not without:
        return Measured(value, float("nan"))
    return Measured(value, float(np.sqrt(_between(each) + group_variance(value, np.array(without), sizes))))


def _between(each: Sequence[float]) -> float:
    return float(np.var(each, ddof=1)) / len(each) if len(each) > 1 else 0.0


def difference(first: Mapping[str, Any], second: Mapping[str, Any], metric: str) -> Measured:
    """First less second of two rows (`Row.to_dict`) against the same references, paired.

    The references' creatures are the same for both, so what leaving one out does to both is no error of
    the difference; the sets of the two are independent.
    """
    if first["sizes"] != second["sizes"]:
        raise ValueError("the rows have other references")
    value = first[metric]["value"] - second[metric]["value"]
    without = np.array(first["without"][metric]) - np.array(second["without"][metric])
    if not len(without):
        return Measured(value, float("nan"))
    creatures = group_variance(value, without, np.array(first["sizes"]))
    sets = _between(first["each"][metric]) + _between(second["each"][metric])
    return Measured(value, float(np.sqrt(sets + creatures)))


def _step(on_step: OnStep | None, name: str) -> Callable[[int, int], None] | None:
    return None if on_step is None else lambda i, n: on_step(name, i, n)
