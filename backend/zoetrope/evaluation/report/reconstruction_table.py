"""The reconstruction table: training creatures, unseen clips of them, unseen creatures, a user's files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.bundle import Bundle, load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.reconstruction import LEGS_DETAIL, reconstruct, summarise
from zoetrope.evaluation.protocols.reconstruction_targets import target_of
from zoetrope.evaluation.protocols.session import Session
from zoetrope.geometry.ground_contact import FOUR_LEGGED_CATEGORIES
from zoetrope.training.from_weights.fit_tokens import CODE_LR, LATENT_LR, MOTION_LR

Clip = tuple[str, bool]
Job = tuple[str, Path, list[Clip]]


def spread(clips: Sequence[Clip], count: int) -> list[Clip]:
    """At most so many clips, evenly over the list; 0: all."""
    if not count or len(clips) <= count:
        return list(clips)
    return [clips[i * len(clips) // count] for i in range(count)]


def jobs_of(session: Session, training: dict[str, Any], creatures: int, clips: int) -> dict[str, list[Job]]:
    """Creatures and clips of each group.

    "training": what was trained on. "unseen motion": clips that were not, of creatures that were (none where
    training was by creature). "unseen creatures": the test part of the split by creature.
    """
    library = session.library
    seen = [library.entries[file] for file in training["creatures"]]
    trained = {tuple(pair) for pair in library.splits["by_clip"]["train"]}
    by_clip = training["split"] == "by_clip"

    def known(entry: Any, wanted: bool) -> list[Clip]:
        return [
            (clip.name, clip.cyclic)
            for clip in entry.usable_clips
            if (not by_clip or (entry.file, clip.name) in trained) == wanted
        ]

    path = library.folder
    unseen = library.creatures("test", session.categories)
    made = {
        "training": [(e.file, path / e.file, spread(known(e, True), clips)) for e in seen],
        "unseen motion": [
            (e.file, path / e.file, spread(known(e, False), clips)) for e in seen if known(e, False)
        ],
        "unseen creatures": [
            (e.file, path / e.file, spread([(c.name, c.cyclic) for c in e.usable_clips], clips))
            for e in unseen
        ],
    }
    if creatures:
        made = {group: jobs[:: max(1, len(jobs) // creatures)][:creatures] for group, jobs in made.items()}
    return made


def folder_jobs(folder: Path, clips: int) -> list[Job]:
    """All GLB files of a folder; whether a clip is a loop is not known, so none is taken for one."""
    paths = sorted(folder.glob("*.glb"))
    if not paths:
        raise ZoetropeError(
            f"{folder} holds no GLB files.", code="bad_option", remedy="Choose another folder."
        )
    return [(p.name, p, spread([(n, False) for n in read_gltf(p).clip_names], clips)) for p in paths]


def table(
    session: Session,
    weights: Path,
    groups: dict[str, list[Job]],
    starts: Tensor | None,
    detail: int,
    steps: int,
) -> dict[str, Any]:
    """Fit and measure every creature of every group; each is a part of the store.

    Returns
    -------
    dict
        group -> `summarise` of its creatures, and "each": creature -> `reconstruct`.
    """
    bundle: Bundle = load_bundle(weights)
    out: dict[str, Any] = {}
    for group, jobs in groups.items():
        each = {}
        for number, (name, path, clips) in enumerate(jobs):
            session.on_step(f"{group}: {name}", number, len(jobs))

            def make(name: str = name, path: Path = path, clips: list[Clip] = clips) -> dict[str, Any]:
                return reconstruct(
                    bundle, target_of(name, _read(session, name, path), clips), starts, detail, steps
                )

            part = session.store.part(
                f"reconstruction/{group.replace(' ', '_')}/{name}",
                {
                    "weights": bundle.checksum,
                    "clips": clips,
                    "detail": detail,
                    "steps": steps,
                    "starts": _count(starts),
                    "rates": [LATENT_LR, CODE_LR, MOTION_LR],
                    "legs": LEGS_DETAIL,
                },
                make,
            )
            each[name] = part["result"]
        if each:
            legged = [name for name in each if _category(session, name) in FOUR_LEGGED_CATEGORIES]
            out[group] = {**summarise(each, legged), "each": each}
    return out


def _read(session: Session, name: str, path: Path) -> AnimatedAsset:
    entry = session.library.entries.get(name)
    return session.library.read(entry) if entry and path.parent == session.library.folder else read_gltf(path)


def _category(session: Session, name: str) -> str:
    entry = session.library.entries.get(name)
    return entry.category if entry else ""


def _count(starts: Tensor | None) -> int:
    return 0 if starts is None else len(starts)


def starts_of(tokens: Any) -> Tensor | None:
    """Training tokens to begin fits from, where they are known."""
    return None if tokens is None else torch.from_numpy(tokens.shape)
