"""Preparation: signed distance and flow samples of every creature, one .npz each."""

import json
import logging
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.atomic_write import atomic_write
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.frame_times import frame_times
from zoetrope.clips.guessed_labels import TRAVELLING_ACTIONS
from zoetrope.clips.library import CreatureEntry
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.field_samples import FlowSampler, sample_distances
from zoetrope.geometry.ground_contact import estimate_travel_speed
from zoetrope.geometry.mesh_properties import face_normals_and_areas, vertex_areas
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rigid_alignment import fit_rigid_transforms, nonrigid_offsets
from zoetrope.geometry.solid import build_solid
from zoetrope.training.data.colour_regions import ColourRegions
from zoetrope.training.data.region_samples import sample_regions
from zoetrope.training.data.source_checksum import KEY, refuse_changed_sources, source_checksum
from zoetrope.training.data.sources import Source
from zoetrope.training.data.worker_processes import worker_pool
from zoetrope.training.recipe import DataRecipe
from zoetrope.training.run_files import reading

log = logging.getLogger(__name__)


def prepare_body(
    asset: AnimatedAsset | UnriggedAsset, entry: CreatureEntry, recipe: DataRecipe
) -> dict[str, np.ndarray]:
    """Return the samples of a creature as read from its file, as they are written to its .npz."""
    # A name that is not Unicode holds lone surrogates, which UTF-8 cannot encode.
    rng = np.random.default_rng(zlib.crc32(entry.file.encode("utf-8", "backslashreplace")))
    box = normalising_box(asset.rest)
    rest = box.to_box(asset.rest)
    solid = build_solid(rest, asset.faces)
    samples = sample_distances(solid, recipe.sdf_samples, rng)
    flow = FlowSampler.sample(rest, asset.faces, recipe.flow_points, rng)
    regions = ColourRegions.of(asset.face_colours, face_normals_and_areas(rest, asset.faces)[1])
    colour_points, colour_region = sample_regions(
        solid, rest, asset.faces, regions.face_region, recipe.colour_points, rng
    )
    flow_points = flow.points(rest)
    areas, height = vertex_areas(rest, asset.faces), float(np.ptp(rest[:, 2]))
    rigid, offsets, seconds, speeds = [], [], [], []
    for clip in entry.usable_clips:
        first, last = asset.span(clip.name)
        times = frame_times((first, last), recipe.frames, clip.cyclic)
        frames = box.to_box(asset.evaluate(clip.name, times))
        transforms = fit_rigid_transforms(rest, frames, areas)
        moved = np.stack([flow.points(frame) for frame in frames])
        speed = 0.0
        if clip.action in TRAVELLING_ACTIONS:
            speed = estimate_travel_speed(frames, last - first, clip.cyclic, height) / height
        rigid.append(transforms)
        offsets.append(nonrigid_offsets(flow_points, moved, transforms))
        seconds.append(last - first)
        speeds.append(speed)
    clips = entry.usable_clips
    return {
        "sdf_points": samples.points.astype(np.float32),
        "sdf": samples.distance.astype(np.float32),
        "colour_valid": np.array(len(np.unique(np.round(255 * asset.face_colours), axis=0)) > 1),
        "colour_points": colour_points.astype(np.float32),
        "colour_region": colour_region,
        "palette": regions.palette,
        "rest_surface": samples.surface.astype(np.float32),
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
    }


def _write(task: tuple[Source, CreatureEntry, DataRecipe, Path]) -> str:
    source, entry, recipe, path = task
    samples = prepare_body(source.read(entry), entry, recipe) | {KEY: source_checksum(source.path(entry))}
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **samples)
    return path.name


def prepare(source: Source, out: Path, recipe: DataRecipe, *, processes: int = 0) -> None:
    """Write the samples of all creatures of a recipe; existing files are kept.

    Parameters
    ----------
    source : Source
    out : Path
        Folder for one .npz a creature and, at the end, index.json.
    processes : int
        Worker processes; 0: as many as there are cores.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the folder holds samples of other settings or creatures, or of files that were
        changed since, or the source no usable creature. Nothing is written then.
    """
    entries = source.creatures(recipe)
    stem_of = _stems([entry.file for entry in entries])
    rows = [
        {"file": f"{stem_of[entry.file]}.npz", "creature": entry.file, "category": entry.category}
        for entry in entries
    ]
    _check_settings(out / "recipe.json", recipe)
    _check_creatures(out / "index.json", rows)
    existing = [(entry, out / row["file"]) for entry, row in zip(entries, rows, strict=True)]
    refuse_changed_sources((source.path(entry), path) for entry, path in existing if path.exists())
    with atomic_write(out / "recipe.json") as part:
        part.write_text(_settings(recipe), encoding="utf-8")
    tasks = [
        (source, entry, recipe, out / row["file"])
        for entry, row in zip(entries, rows, strict=True)
        if not (out / row["file"]).exists()
    ]
    with worker_pool(processes) as pool:
        for done, name in enumerate(pool.imap_unordered(_write, tasks), 1):
            log.info("%s (%d of %d)", name, done, len(tasks))
    with atomic_write(out / "index.json") as part:
        part.write_text(json.dumps({"bodies": rows}, indent=1), encoding="utf-8")


def _stems(files: list[str]) -> dict[str, str]:
    """Names of the sample files by creature file: different ones for `a/b.glb` and `a__b.glb` too."""
    stems: dict[str, str] = {}
    for file in files:
        stem = file.removesuffix(".glb").replace("/", "__")
        while stem.lower() in {taken.lower() for taken in stems.values()}:
            stem += "~"
        stems[file] = stem
    return stems


def _settings(recipe: DataRecipe) -> str:
    return json.dumps(asdict(recipe), sort_keys=True)


def _check_settings(path: Path, recipe: DataRecipe) -> None:
    """Refuse a folder that was prepared with other settings."""
    # Settings that an older folder lacks had their defaults.
    defaults = json.loads(json.dumps(asdict(DataRecipe())))
    if not path.exists():
        return
    with reading(path, "Choose another folder."):
        before = defaults | dict(json.loads(path.read_text(encoding="utf-8")))
    if before != json.loads(_settings(recipe)):
        raise ZoetropeError(
            f"{path.parent} was prepared with other settings.",
            code="bad_option",
            remedy="Choose another folder.",
        )


def _check_creatures(path: Path, rows: list[dict[str, Any]]) -> None:
    """Refuse a folder whose finished preparation is of other creatures: a run there is trained on them."""
    if not path.exists():
        return
    with reading(path):
        bodies = json.loads(path.read_text("utf-8"))["bodies"]
        before = {(row["creature"], row["category"]) for row in bodies}
    now = {(row["creature"], row["category"]) for row in rows}
    if before != now:
        (name, _), *_ = sorted(before ^ now)
        raise ZoetropeError(
            f"{path.parent} was prepared from other creatures: {name} is only "
            + ("there." if any(name == row[0] for row in before - now) else "among the new ones."),
            code="bad_option",
            remedy="Choose another folder with --out, or give the same creatures to continue.",
        )
