"""Preparing creatures for training: distance and flow samples of every body, cached one file a body."""

import json
import logging
import multiprocessing
import os
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np

from zoetrope.atomic_write import atomic_write
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.augmentation import BodyShape, apply_body_map, body_generator
from zoetrope.clips.library import CreatureEntry
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.field_samples import FlowSampler, sample_distances
from zoetrope.geometry.ground_contact import estimate_travel_speed
from zoetrope.geometry.mesh_properties import vertex_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rigid_alignment import fit_rigid_transforms, nonrigid_offsets
from zoetrope.geometry.solid import build_solid
from zoetrope.training.data.sources import Source
from zoetrope.training.recipe import DataRecipe

log = logging.getLogger(__name__)

TRAVELLING = ("walk", "run")


def window_times(span: tuple[float, float], frames: int, cyclic: bool) -> np.ndarray:
    """Seconds (T,) of a clip's model frames over its first and last second; a loop leaves the last out."""
    first, last = span
    return first + np.arange(frames) * (last - first) / (frames if cyclic else frames - 1)


def prepare_body(
    own: AnimatedAsset | UnriggedAsset, entry: CreatureEntry, number: int, recipe: DataRecipe
) -> dict[str, np.ndarray]:
    """One body of a creature, read from its file: number 0 as it is there, others augmented.

    All bodies of a creature share the rigid transforms of its own body, in box units, so that one set of
    motion tokens a clip serves them all; the offsets are what is left, body by body.
    """
    rng = body_generator(entry.file, number)
    shape = BodyShape.sample(rng) if number and isinstance(own, AnimatedAsset) else None
    asset = apply_body_map(own, shape.map_for(own.rest)) if shape and isinstance(own, AnimatedAsset) else own
    own_box, box = normalising_box(own.rest), normalising_box(asset.rest)
    rest, own_rest = box.to_box(asset.rest), own_box.to_box(own.rest)
    solid = build_solid(rest, asset.faces)
    samples = sample_distances(solid, rest, asset.faces, asset.face_colours, recipe.sdf_samples, rng)
    flow = FlowSampler.sample(rest, asset.faces, recipe.flow_points, rng)
    flow_points = flow.points(rest)
    areas, height = vertex_areas(own_rest, own.faces), float(np.ptp(own_rest[:, 2]))
    rigid, offsets, seconds, speeds = [], [], [], []
    for clip in entry.usable_clips:
        first, last = own.span(clip.name)
        times = window_times((first, last), recipe.frames, clip.cyclic)
        own_frames = own_box.to_box(own.evaluate(clip.name, times))
        frames = box.to_box(asset.evaluate(clip.name, times)) if shape else own_frames
        transforms = fit_rigid_transforms(own_rest, own_frames, areas)
        moved = np.stack([flow.points(frame) for frame in frames])
        travels = clip.action in TRAVELLING
        speed = (
            estimate_travel_speed(own_frames, last - first, clip.cyclic, height) / height if travels else 0.0
        )
        rigid.append(transforms)
        offsets.append(nonrigid_offsets(flow_points, moved, transforms))
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
def _read(source: Source, entry: CreatureEntry) -> AnimatedAsset | UnriggedAsset:
    """A creature's file; its bodies are made one after the other."""
    return source.read(entry)


def _write(task: tuple[Source, CreatureEntry, int, DataRecipe, Path]) -> str:
    source, entry, number, recipe, path = task
    made = prepare_body(_read(source, entry), entry, number, recipe)
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **made)
    return path.name


def bodies_of(entry: CreatureEntry, recipe: DataRecipe) -> range:
    """Numbers of a creature's bodies: a file without a rig has its own alone."""
    return range(1 if entry.file.lower().endswith(".anime") else recipe.augmented_bodies + 1)


def prepare(source: Source, out: Path, recipe: DataRecipe, *, processes: int = 0) -> None:
    """Prepare all bodies of a recipe; files that are there already are kept.

    Parameters
    ----------
    source : Source
        The shared library or a folder of one's own.
    out : Path
        Gets one .npz a body and, at the end, index.json.
    processes : int
        Bodies at once; 0: as many as there are cores.
    """
    entries = source.creatures(recipe)
    out.mkdir(parents=True, exist_ok=True)
    bodies = [(entry, number) for entry in entries for number in bodies_of(entry, recipe)]
    stems = [entry.file.removesuffix(".glb").replace("/", "__") for entry, _ in bodies]
    names = [f"{stem}__{number}.npz" for stem, (_, number) in zip(stems, bodies, strict=True)]
    settings = json.dumps(asdict(recipe), sort_keys=True)
    told = out / "recipe.json"
    # a folder of before a setting was there has its default, which is what was done then
    plain = json.loads(json.dumps(asdict(DataRecipe())))
    if told.exists() and plain | json.loads(told.read_text(encoding="utf-8")) != json.loads(settings):
        raise ZoetropeError(
            f"{out} was prepared with other settings.", code="bad_option", remedy="Choose another folder."
        )
    told.write_text(settings, encoding="utf-8")
    tasks = [
        (source, entry, number, recipe, out / name)
        for (entry, number), name in zip(bodies, names, strict=True)
        if not (out / name).exists()
    ]
    with multiprocessing.get_context("spawn").Pool(processes or os.cpu_count()) as pool:
        for done, name in enumerate(pool.imap_unordered(_write, tasks, recipe.augmented_bodies + 1), 1):
            log.info("%s (%d of %d)", name, done, len(tasks))
    listed = [
        {"file": name, "creature": entry.file, "body": number, "category": entry.category}
        for (entry, number), name in zip(bodies, names, strict=True)
    ]
    (out / "index.json").write_text(json.dumps({"bodies": listed}, indent=1), encoding="utf-8")
