"""Reconstruction: training creatures, unseen clips of them, unseen creatures, or a user's files."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar
from zlib import crc32

from torch import Tensor

from zoetrope.clips.library import CreatureEntry
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.evaluation.protocols.reconstruction import (
    LEGS_DETAIL,
    ShapeScore,
    reconstruct,
    summarise,
)
from zoetrope.evaluation.protocols.reconstruction_targets import SAMPLES, target_of
from zoetrope.evaluation.session.session import Session
from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES
from zoetrope.training.from_weights.fit_unseen_creature import CODE_LR, LATENT_LR, MOTION_LR

T = TypeVar("T")
MEASURES = [field.name for field in fields(ShapeScore)]
"""Of a part of the cache: one with others was computed by an earlier version."""


@dataclass(frozen=True)
class FitSettings:
    """Which creatures are reconstructed, and how.

    creatures, clips : at most so many a group, and clips a creature; 0: all.
    steps : of a shape fit; that of a clip has two thirds.
    detail, legs_detail : grid cells along the box of the reconstructed surface, and where legs are counted.
    samples : signed distances that a shape is fitted to.
    initial : (K, S) shape tokens that a fit may start from.
    """

    creatures: int = 0
    clips: int = 2
    steps: int = 300
    detail: int = 256
    legs_detail: int = LEGS_DETAIL
    samples: int = SAMPLES
    initial: Tensor | None = None


def groups_of(session: Session, fits: FitSettings) -> dict[str, list[CreatureEntry]]:
    """Return the creatures of each group, with the clips to reconstruct.

    "training": what was trained on. "unseen motion": clips that were not, of creatures that were (none if
    training was by creature). "unseen creatures": of the test part by creature. Or a user's files.
    """
    if session.files:
        return {session.files.folder.name: _limited(session.test_creatures(), replace(fits, creatures=0))}
    library, by_clip = session.library, session.training["split"] == "by_clip"
    trained = {tuple(pair) for pair in library.splits["by_clip"]["train"]}
    training, unseen_motion = [], []
    for file in session.training["creatures"]:
        if file not in library.entries:
            continue
        entry = library.entries[file]
        seen = tuple(c for c in entry.usable_clips if not by_clip or (file, c.name) in trained)
        unseen = tuple(c for c in entry.usable_clips if c not in seen)
        training.append(replace(entry, clips=seen))
        unseen_motion += [replace(entry, clips=unseen)] if unseen else []
    groups = {
        "training": training,
        "unseen motion": unseen_motion,
        "unseen creatures": session.unseen_creatures(),
    }
    return {group: _limited(entries, fits) for group, entries in groups.items()}


def _limited(entries: list[CreatureEntry], fits: FitSettings) -> list[CreatureEntry]:
    """Take evenly spaced creatures, and clips of each."""
    if fits.creatures:
        entries = entries[:: max(1, len(entries) // fits.creatures)][: fits.creatures]
    return [replace(entry, clips=tuple(evenly(entry.usable_clips, fits.clips))) for entry in entries]


def evenly(items: Sequence[T], count: int) -> list[T]:
    """Return at most `count` items, evenly over the list; 0: all."""
    if not count or len(items) <= count:
        return list(items)
    return [items[i * len(items) // count] for i in range(count)]


def reconstruct_groups(session: Session, fits: FitSettings) -> dict[str, Any]:
    """Reconstruct every creature of every group; each is a part of the cache.

    Returns
    -------
    dict
        group -> `summarise` of its creatures, and "each": creature -> `reconstruct`.
    """
    bundle = load_bundle(session.weights)
    out: dict[str, Any] = {}
    for group, entries in groups_of(session, fits).items():
        each = {}
        for index, entry in enumerate(entries):
            session.on_progress(f"{group}: {entry.file}", index, len(entries))
            clips = [(clip.name, clip.cyclic) for clip in entry.clips]

            def compute(
                entry: CreatureEntry = entry, clips: list[tuple[str, bool]] = clips
            ) -> dict[str, Any]:
                asset = session.test_source.read(entry)
                target = target_of(entry.file, asset, clips, samples=fits.samples)
                return reconstruct(bundle, target, fits.initial, fits.detail, fits.steps, fits.legs_detail)

            key = {
                "measures": MEASURES,
                "weights": bundle.checksum,
                "file": crc32((session.test_source.folder / entry.file).read_bytes()),
                "clips": clips,
                "detail": fits.detail,
                "steps": fits.steps,
                "initial": 0 if fits.initial is None else len(fits.initial),
                "rates": [LATENT_LR, CODE_LR, MOTION_LR],
                "legs": fits.legs_detail,
                "samples": fits.samples,
            }
            name = f"reconstruction/{group.replace(' ', '_')}/{entry.file}"
            each[entry.file] = session.cache.part(name, key, compute)["result"]
        if each:
            four_legged = [e.file for e in entries if e.category in FOUR_LEGGED_CATEGORIES]
            out[group] = {**summarise(each, four_legged), "each": each}
    return out
