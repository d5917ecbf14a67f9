"""The two files of the donors: description and arrays, in as few bytes as their error allows.

`donors.json` describes every donor and lists its joints. `donors.safetensors` holds seven arrays a donor,
named `<donor>.<array>`. Positions are 16-bit steps of the box (an error of at most 2e-5 box units), colours
8-bit (at most 0.002) and so are weights (less than 0.004), of which only those that are not zero are stored.
"""

from dataclasses import dataclass

import numpy as np

from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.skeleton import MAX_INFLUENCES, Skeleton, SkinWeights

ARRAYS = "donors.safetensors"
DESCRIPTION = "donors.json"
FORMAT = 1
MAX_VERTICES = 65_535
MAX_JOINTS = 255
POSITION_STEPS = 32_767 / 1.25
"""Stored integers a box unit: positions reach from -1.25 to 1.25."""
WEIGHT_STEPS = 255


@dataclass(frozen=True)
class DonorEntry:
    """A donor in `donors.json`: all but its arrays.

    Parameters
    ----------
    name, title, category, author, licence, height
        As in `Donor`.
    vertices, faces, influences, tokens : int
        Numbers of vertices, faces and weights that are not zero; length of the shape tokens.
    joints : tuple of str
        Names.
    parents : tuple of int
        Of the joints, -1 for the root.
    """

    name: str
    title: str
    category: str
    author: str
    licence: str
    height: float
    vertices: int
    faces: int
    influences: int
    tokens: int
    joints: tuple[str, ...]
    parents: tuple[int, ...]

    def shapes(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Return the type and shape of each stored array by its name."""
        return {
            "positions": ("I16", (self.vertices, 3)),
            "colours": ("U8", (self.vertices, 3)),
            "faces": ("U16", (self.faces, 3)),
            "influence_counts": ("U8", (self.vertices,)),
            "influences": ("U8", (self.influences, 2)),
            "bones": ("F32", (2, len(self.joints), 3)),
            "shape_tokens": ("F16", (1, self.tokens)),
        }


@dataclass(frozen=True)
class DonorsDescription:
    """Content of `donors.json`.

    Parameters
    ----------
    format : int
        `FORMAT`.
    weights : str
        Checksum of the weights whose shape tokens are stored.
    arrays : str
        SHA-256 of `donors.safetensors`.
    donors : tuple of DonorEntry
        Sorted by name.
    """

    format: int
    weights: str
    arrays: str
    donors: tuple[DonorEntry, ...]


def pack_donor(donor: Donor) -> tuple[DonorEntry, dict[str, np.ndarray]]:
    """Return a donor's entry and its arrays as they are stored."""
    steps = quantised_weights(donor.weights)
    present = steps > 0
    pairs = np.stack([donor.weights.joints, steps], axis=-1)[present]
    entry = DonorEntry(
        name=donor.name,
        title=donor.title,
        category=donor.category,
        author=donor.author,
        licence=donor.licence,
        height=donor.height,
        vertices=len(donor.rest),
        faces=len(donor.faces),
        influences=len(pairs),
        tokens=donor.shape_tokens.shape[1],
        joints=donor.skeleton.names,
        parents=tuple(int(parent) for parent in donor.skeleton.parents),
    )
    arrays = {
        "positions": np.rint(donor.rest.astype(np.float64) * POSITION_STEPS).astype(np.int16),
        "colours": np.rint(255 * np.clip(donor.colours, 0, 1)).astype(np.uint8),
        "faces": donor.faces.astype(np.uint16),
        "influence_counts": present.sum(axis=1).astype(np.uint8),
        "influences": pairs.astype(np.uint8),
        "bones": np.stack([donor.skeleton.heads, donor.skeleton.tails]).astype(np.float32),
        "shape_tokens": donor.shape_tokens.astype(np.float16),
    }
    return entry, arrays


def quantised_weights(weights: SkinWeights) -> np.ndarray:
    """Return weights (V, 4) in steps of 1/255 whose rows sum to 255: largest remainders are rounded up."""
    exact = weights.values * WEIGHT_STEPS
    steps = np.floor(exact).astype(np.int64)
    missing = WEIGHT_STEPS - steps.sum(axis=1)
    order = np.argsort(-(exact - steps), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(steps + (rank < missing[:, None]))


def unpack_donor(entry: DonorEntry, arrays: dict[str, np.ndarray]) -> Donor:
    """Return the donor that `pack_donor` stored; raises ValueError where its arrays contradict each other."""
    counts = arrays["influence_counts"].astype(np.int64)
    if counts.min() < 1 or counts.max() > MAX_INFLUENCES or counts.sum() != entry.influences:
        raise ValueError("its weights do not match its vertices")
    pairs = arrays["influences"].astype(np.int64)
    if pairs[:, 0].max() >= len(entry.joints) or arrays["faces"].max() >= entry.vertices:
        raise ValueError("an index is out of range")
    rows = np.repeat(np.arange(entry.vertices), counts)
    slots = np.arange(len(pairs)) - np.repeat(np.cumsum(counts) - counts, counts)
    joints = np.zeros((entry.vertices, MAX_INFLUENCES), np.int32)
    values = np.zeros((entry.vertices, MAX_INFLUENCES))
    joints[rows, slots], values[rows, slots] = pairs[:, 0], pairs[:, 1]
    bones = arrays["bones"].astype(np.float64)
    if not (np.isfinite(bones).all() and np.isfinite(arrays["shape_tokens"]).all()):
        raise ValueError("it holds numbers that are not finite")
    total = values.sum(axis=1, keepdims=True)
    if total.min() < 1:
        raise ValueError("a vertex has no weights")
    return Donor(
        name=entry.name,
        title=entry.title,
        category=entry.category,
        author=entry.author,
        licence=entry.licence,
        height=entry.height,
        rest=(arrays["positions"] / POSITION_STEPS).astype(np.float32),
        faces=arrays["faces"].astype(np.int32),
        colours=(arrays["colours"] / 255).astype(np.float32),
        skeleton=Skeleton(entry.joints, np.array(entry.parents, dtype=np.int64), bones[0], bones[1]),
        weights=SkinWeights(joints, values / total),
        shape_tokens=arrays["shape_tokens"].astype(np.float32),
    )
