"""Preparing creatures for training: distance and flow samples of every body, cached one file a body."""

import json
import logging
import multiprocessing
import os
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from zoetrope.clips.asset import AnimatedAsset
from zoetrope.clips.augmentation import BodyShape, body_generator, with_body_map
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.normalisation import box_of
from zoetrope.geometry.repair import solid_of
from zoetrope.geometry.rigid import best_rigid, offsets_from, vertex_areas
from zoetrope.geometry.samples import FlowSampler, distance_samples
from zoetrope.geometry.travel import travel_speed
from zoetrope.training.recipe import DataRecipe
from zoetrope.whole_file import whole_file

log = logging.getLogger(__name__)

TRAVELLING = ("walk", "run")


def training_creatures(library: Library, recipe: DataRecipe) -> list[CreatureEntry]:
    """The creatures of a recipe with their clips of the training part.

    Raises
    ------
    ZoetropeError
        Code "bad_option": no creature is left.
    """
    if recipe.split == "by_creature":
        entries = library.creatures("train", (), recipe.split)
    else:
        clips: dict[str, list[ClipEntry]] = {}
        for entry, clip in library.clips("train"):
            clips.setdefault(entry.file, []).append(clip)
        entries = [replace(library.entries[file], clips=tuple(own)) for file, own in clips.items()]
    chosen = [
        entry
        for entry in entries
        if (not recipe.categories or entry.category in recipe.categories)
        and (entry.licence_text or not recipe.licence_text)
        and entry.usable_clips
    ]
    if not chosen:
        raise ZoetropeError(
            f"No creature of {', '.join(recipe.categories) or 'any category'} is in the training part.",
            code="bad_option",
            remedy="See categories in data/labels.json.",
        )
    refuse_held_out(library, chosen, recipe.split)
    return chosen


def refuse_held_out(library: Library, entries: list[CreatureEntry], split: str) -> None:
    """Raise when what is to be trained on is held out: a creature or a near-copy of one, or a clip."""
    held_out = [what for part in ("validation", "test") for what in library.splits[split][part]]
    if split == "by_clip":
        clips = {tuple(what) for what in held_out}
        met = sorted(
            f"{e.file} {c.name}" for e in entries for c in e.usable_clips if (e.file, c.name) in clips
        )
    else:
        copies = {library.entries[file].near_copies for file in held_out}
        met = sorted(entry.file for entry in entries if entry.near_copies in copies)
    if met:
        raise ZoetropeError(
            f"{', '.join(met)} is held out of training by the split {split}.", code="bad_option"
        )


def prepare_body(
    own: AnimatedAsset, entry: CreatureEntry, number: int, recipe: DataRecipe
) -> dict[str, np.ndarray]:
    """One body of a creature, read from its file: number 0 as it is there, others augmented.

    All bodies of a creature share the rigid transforms of its own body, in box units, so that one set of
    motion tokens a clip serves them all; the offsets are what is left, body by body.
    """
    rng = body_generator(entry.file, number)
    shape = BodyShape.draw(rng) if number else None
    asset = with_body_map(own, shape.map_for(own.rest)) if shape else own
    own_box, box = box_of(own.rest), box_of(asset.rest)
    rest, own_rest = box.into(asset.rest), own_box.into(own.rest)
    solid = solid_of(rest, asset.faces)
    samples = distance_samples(solid, rest, asset.faces, asset.face_colours, recipe.sdf_samples, rng)
    flow = FlowSampler.draw(rest, asset.faces, recipe.flow_points, rng)
    flow_points = flow.points(rest)
    areas, height = vertex_areas(own_rest, own.faces), float(np.ptp(own_rest[:, 2]))
    rigid, offsets, seconds, speeds = [], [], [], []
    for clip in entry.usable_clips:
        first, last = own.span(clip.name)
        step = (last - first) / (recipe.frames if clip.cyclic else recipe.frames - 1)
        times = first + np.arange(recipe.frames) * step
        own_frames = own_box.into(own.evaluate(clip.name, times))
        frames = box.into(asset.evaluate(clip.name, times)) if shape else own_frames
        transforms = best_rigid(own_rest, own_frames, areas)
        moved = np.stack([flow.points(frame) for frame in frames])
        travels = clip.action in TRAVELLING
        speed = travel_speed(own_frames, last - first, clip.cyclic, height) / height if travels else 0.0
        rigid.append(transforms)
        offsets.append(offsets_from(flow_points, moved, transforms))
        seconds.append(last - first)
        speeds.append(speed)
    clips = entry.usable_clips
    return {
        "sdf_points": samples.points.astype(np.float32),
        "sdf": samples.distance.astype(np.float32),
        "colours": samples.colours,
        "colour_valid": np.array(len(np.unique(np.round(255 * asset.face_colours), axis=0)) > 1),
        "rest_surface": samples.surface.astype(np.float32),
        "centre": box.centre,
        "scale": np.array(box.scale),
        "height_m": np.array(entry.height_m),
        "flow_points": flow_points.astype(np.float32),
        "flow_offsets": np.stack(offsets).astype(np.float16),
        "rigid": np.stack(rigid).astype(np.float32),
        "clip_names": np.array([clip.name for clip in clips]),
        "actions": np.array([clip.action for clip in clips]),
        "cyclic": np.array([clip.cyclic for clip in clips]),
        "returns_to_start": np.array([clip.returns_to_start for clip in clips]),
        "seconds": np.array(seconds),
        "travel_speed": np.array(speeds),
        "body": np.array(json.dumps(asdict(shape) if shape else {})),
    }


@lru_cache(maxsize=1)
def _read(shared: Path, entry: CreatureEntry) -> AnimatedAsset:
    """A creature's file; its bodies are made one after the other."""
    return Library(shared).read(entry)


def _write(task: tuple[Path, CreatureEntry, int, DataRecipe, Path]) -> str:
    shared, entry, number, recipe, path = task
    made = prepare_body(_read(shared, entry), entry, number, recipe)
    with whole_file(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **made)
    return path.name


def prepare(shared: Path, out: Path, recipe: DataRecipe, *, processes: int = 0) -> None:
    """Prepare all bodies of a recipe; files that are there already are kept.

    Parameters
    ----------
    shared : Path
        Holds data/creatures, data/labels.json and data/splits.json.
    out : Path
        Gets one .npz a body and, at the end, index.json.
    processes : int
        Bodies at once; 0: as many as there are cores.
    """
    library = Library(shared)
    entries = training_creatures(library, recipe)
    out.mkdir(parents=True, exist_ok=True)
    bodies = [(entry, number) for entry in entries for number in range(recipe.bodies + 1)]
    names = [f"{Path(entry.file).stem}__{number}.npz" for entry, number in bodies]
    settings = json.dumps(asdict(recipe), sort_keys=True)
    told = out / "recipe.json"
    if told.exists() and told.read_text(encoding="utf-8") != settings:
        raise ZoetropeError(
            f"{out} was prepared with other settings.", code="bad_option", remedy="Choose another folder."
        )
    told.write_text(settings, encoding="utf-8")
    tasks = [
        (shared, entry, number, recipe, out / name)
        for (entry, number), name in zip(bodies, names, strict=True)
        if not (out / name).exists()
    ]
    with multiprocessing.get_context("spawn").Pool(processes or os.cpu_count()) as pool:
        for done, name in enumerate(pool.imap_unordered(_write, tasks, recipe.bodies + 1), 1):
            log.info("%s (%d of %d)", name, done, len(tasks))
    listed = [
        {"file": name, "creature": entry.file, "body": number, "category": entry.category}
        for (entry, number), name in zip(bodies, names, strict=True)
    ]
    (out / "index.json").write_text(json.dumps({"bodies": listed}, indent=1), encoding="utf-8")
