"""Building the donors' files from the creatures' files and the shape tokens of the weights."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from zoetrope.atomic_write import atomic_write
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.rigs.donors.bone_tails import bone_tails
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.files import (
    ARRAYS,
    DESCRIPTION,
    FORMAT,
    MAX_JOINTS,
    MAX_VERTICES,
    DonorsDescription,
    pack_donor,
)
from zoetrope.rigs.donors.joint_names import joint_names
from zoetrope.rigs.donors.joint_tree import joints_of
from zoetrope.rigs.donors.reparenting import reparent_roots
from zoetrope.rigs.skeleton import ROOT_LENGTH, Skeleton, SkinWeights


def build_donor(
    asset: AnimatedAsset,
    name: str,
    tokens: np.ndarray,
    *,
    category: str,
    height: float,
    author: str,
    licence: str,
) -> Donor:
    """Return the donor of a creature.

    Parameters
    ----------
    asset : AnimatedAsset
        The creature, facing -Y.
    name : str
        Its file without suffix.
    tokens : (S,) float
        Shape tokens of its own body.
    category, height, author, licence
        As in `Donor`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": it has too many vertices or joints.
    """
    box = normalising_box(asset.rest)
    rest = box.to_box(asset.rest).astype(np.float32)
    skeleton, weights = skeleton_of(asset, name)
    if len(rest) > MAX_VERTICES or len(skeleton.names) > MAX_JOINTS:
        raise ZoetropeError(
            f"{name} has {len(rest)} vertices and {len(skeleton.names)} joints; a donor has at most "
            f"{MAX_VERTICES} and {MAX_JOINTS}.",
            code="bad_option",
            remedy="Leave it out of the training set, or decimate it.",
        )
    return Donor(
        name=name,
        title=title_of(name),
        category=category,
        author=author,
        licence=licence,
        height=height,
        rest=rest,
        faces=asset.faces.astype(np.int32),
        colours=asset.colours.astype(np.float32),
        skeleton=skeleton,
        weights=weights,
        shape_tokens=tokens[None].astype(np.float32),
    )


def skeleton_of(asset: AnimatedAsset, name: str) -> tuple[Skeleton, SkinWeights]:
    """Return an asset's skeleton in box coordinates, and its skin weights; `name` as in `build_donor`."""
    box = normalising_box(asset.rest)
    rest = box.to_box(asset.rest.astype(np.float64))
    tree = reparent_roots(joints_of(asset, name, box), rest)
    tails = bone_tails(tree, rest, asset.faces)
    names = ("root", *joint_names(tree.bases, tree.sides()))
    hips = tree.heads[0]
    root = np.array([hips[0], hips[1], rest[:, 2].min()])
    forward = np.array([0.0, -ROOT_LENGTH * float(np.ptp(rest, axis=0).max()), 0.0])
    skeleton = Skeleton(
        names,
        np.concatenate([[-1], tree.parents + 1]),
        np.concatenate([root[None], tree.heads]),
        np.concatenate([(root + forward)[None], tails]),
    )
    dense = np.concatenate([np.zeros((len(rest), 1)), tree.weights], axis=1)
    return skeleton, SkinWeights.from_dense(dense)


@dataclass(frozen=True)
class CreatureSource:
    """Who made a creature's file, and its licence."""

    author: str
    licence: str


def read_sources(shared: Path) -> dict[str, CreatureSource]:
    """Return file -> source of the shared creatures, from their manifest.

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no manifest.
    """
    path = shared / "data" / "creatures" / "manifest.json"
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {item["file"]: CreatureSource(item["author"], item["licence"]) for item in files}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ZoetropeError(
            f"{path} does not say who made the creatures: {error}.",
            code="bad_option",
            remedy="Give the folder that holds data/creatures/manifest.json.",
        ) from error


def title_of(name: str) -> str:
    """Return what people call a creature: "q_uaa2021__Horse_White" is a "Horse White"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.split("__")[-1].replace("_", " "))
    return spaced.strip()


def with_unique_titles(donors: Iterable[Donor]) -> list[Donor]:
    """Return donors by name, those with the title of an earlier one of their category numbered: "Wolf 2"."""
    found: list[Donor] = []
    seen: Counter[tuple[str, str]] = Counter()
    for donor in sorted(donors, key=lambda donor: donor.name):
        key = donor.category, donor.title
        seen[key] += 1
        found.append(replace(donor, title=f"{donor.title} {seen[key]}") if seen[key] > 1 else donor)
    return found


def write_donors(folder: Path, donors: Iterable[Donor], weights_checksum: str) -> tuple[Path, Path]:
    """Write donors beside the weights that their tokens belong to; returns description and arrays.

    The bytes depend on the donors alone.
    """
    packed = [pack_donor(donor) for donor in with_unique_titles(donors)]
    arrays = {
        f"{entry.name}.{part}": np.ascontiguousarray(array)
        for entry, parts in packed
        for part, array in parts.items()
    }
    data = save(arrays)
    description = DonorsDescription(
        FORMAT, weights_checksum, hashlib.sha256(data).hexdigest(), tuple(entry for entry, _ in packed)
    )
    text = json.dumps(asdict(description), separators=(",", ":"), ensure_ascii=False)
    text = text.replace('{"name":', '\n{"name":') + "\n"
    with atomic_write(folder / ARRAYS) as part:
        part.write_bytes(data)
    with atomic_write(folder / DESCRIPTION) as part:
        part.write_text(text, encoding="utf-8")
    return folder / DESCRIPTION, folder / ARRAYS
