"""Animating meshes: how near the result is to true motion, how much it stretches, and how long it takes.

`python benchmarks/animate.py [PART]...` (warped, unseen, meshes, speed) reads the creatures and meshes of
`../shared`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mapped_asset import apply_body_map
from measuring import RESULTS, fill, markdown, save
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.bodies.registration import register
from zoetrope.bodies.target import read_target
from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.library import Library, find_shared
from zoetrope.engines.animate.animator import MeshAnimator
from zoetrope.engines.animate.request import AnimateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.geometry.rigid_alignment import fit_rigid_transforms, nonrigid_offsets
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.fit import fit_motion
from zoetrope.rigs.skeleton import SkeletonMotion, skin
from zoetrope.rigs.skeleton_transfer import transfer_skeleton
from zoetrope.rigs.weight_transfer import transfer_weights

FRAMES = 16
PAIRS = 40
PARTS = ("warped", "unseen", "meshes", "speed")
ACTIONS = {
    "bird": ("fly", "attack", "idle"),
    "dog": ("walk", "run", "attack"),
    "fox": ("walk", "run", "attack"),
    "horse": ("walk", "run", "idle"),
    "shark": ("swim", "attack", "death"),
    "whale": ("swim", "attack", "death"),
}
"""Mesh by another author -> actions that it is shown with."""
SIZES = (1_000, 10_000, 100_000)
"""Vertices of the subdivided mesh whose time is measured."""


def on_mesh(donor: Donor, rest: np.ndarray, faces: np.ndarray) -> Callable[[SkeletonMotion], np.ndarray]:
    """A function that shows a donor's motion on a mesh that faces -Y, in its own coordinates (T, V, 3)."""
    target = read_target(rest, faces)
    fit = register((target.proxy_vertices, target.proxy_faces), (donor.rest, donor.faces))
    warped = fit.warp(target.vertices)
    skeleton = transfer_skeleton(donor.skeleton, fit.warp, target.proxy_vertices)
    scale = fit.warp.length_scale(target.proxy_vertices)
    weights = transfer_weights(donor, warped, target)

    def show(motion: SkeletonMotion) -> np.ndarray:
        moved = replace(motion, translation=motion.translation * scale)
        shown = skin(target.vertices, weights, skeleton, moved)
        return target.to_source(shown.astype(np.float64))

    return show


def true_motion(donor: Donor, asset: AnimatedAsset, clip: str) -> SkeletonMotion:
    """The donor's skeleton fitted to a true clip of its file."""
    frames = asset.evaluate(clip, np.linspace(*asset.span(clip), FRAMES)).astype(np.float64)
    rest = asset.rest.astype(np.float64)
    low, high = rest.min(axis=0), rest.max(axis=0)
    in_box = (frames - 0.5 * (low + high)) * (1.8 / float((high - low).max()))
    return fit_motion(donor.skeleton, donor.weights, donor.rest, in_box)


def error(shown: np.ndarray, truth: np.ndarray, rest: np.ndarray) -> tuple[float, float]:
    """Mean distance in diagonals; and in box units (longest side 1.8) without each frame's rigid motion."""
    diagonal, side = np.linalg.norm(np.ptp(rest, axis=0)), float(np.ptp(rest, axis=0).max())
    share = np.full(len(rest), 1 / len(rest))
    first, second = (
        nonrigid_offsets(rest, frames, fit_rigid_transforms(rest, frames, share)) for frames in (shown, truth)
    )
    rigid = np.linalg.norm(first - second, axis=-1).mean() * 1.8 / side
    return float(np.linalg.norm(shown - truth, axis=-1).mean() / diagonal), float(rigid)


def warped(animator: MeshAnimator, library: Library) -> dict[str, Any]:
    """True clips of training creatures on their own deformed bodies, whose motion is known exactly."""
    names = animator.donors().names
    rows = []
    for i in np.linspace(0, len(names) - 1, PAIRS).round().astype(int):
        donor = animator.donors()[names[i]]
        entry = library.entries[f"{donor.name}.glb"]
        asset = library.read(entry)
        if not entry.usable_clips:
            continue
        clip = max(entry.usable_clips, key=lambda c: c.action in ("walk", "run", "swim", "fly"))
        body_map = BodyShape.sample(np.random.default_rng(int(i)), category=entry.category).map_for(
            asset.rest, entry.category
        )
        deformed = apply_body_map(asset, body_map)
        rest = deformed.rest.astype(np.float64)
        truth = deformed.evaluate(clip.name, np.linspace(*deformed.span(clip.name), FRAMES))
        shown = on_mesh(donor, rest, deformed.faces)(true_motion(donor, asset, clip.name))
        whole, rigid = error(shown, truth.astype(np.float64), rest)
        rows.append({"creature": donor.name, "clip": clip.name, "error": whole, "rigid": rigid})
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    values = np.array([row["error"] for row in rows])
    summary = {
        "pairs": len(rows),
        "mean": float(values.mean()),
        "median": float(np.median(values)),
        "worst": float(values.max()),
    }
    return {"summary": summary, "rows": rows}


def unseen(animator: MeshAnimator, library: Library) -> dict[str, Any]:
    """Clips of unseen creatures from the same clip of the training creature that they fit best."""
    donors = [animator.donors()[name] for name in animator.donors().names]
    rows = []
    for part in ("validation", "test"):
        for entry in library.creatures(part):
            asset = library.read(entry)
            rest, pack = asset.rest.astype(np.float64), entry.file.split("__")[0]
            family = [d for d in donors if d.name.startswith(f"{pack}__") and d.category == entry.category]
            if not family:
                continue
            target = read_target(rest, asset.faces)
            surface = target.proxy_vertices, target.proxy_faces
            costs = [register(surface, (d.rest, d.faces), _quick()).cost for d in family]
            donor = family[int(np.argmin(costs))]
            of_donor = library.read(library.entries[f"{donor.name}.glb"])
            show = on_mesh(donor, rest, asset.faces)
            for clip in entry.usable_clips:
                if clip.name in of_donor.clip_names:
                    truth = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), FRAMES))
                    shown = show(true_motion(donor, of_donor, clip.name))
                    whole, rigid = error(shown, truth.astype(np.float64), rest)
                    row = {"creature": entry.file, "donor": donor.name, "clip": clip.name}
                    rows.append({**row, "error": whole, "rigid": rigid})
            if rows:
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    by_creature: dict[str, list[float]] = {}
    for row in rows:
        by_creature.setdefault(row["creature"], []).append(row["rigid"])
    values = np.array([np.mean(one) for one in by_creature.values()])
    summary = {
        "creatures": len(values),
        "clips": len(rows),
        "mean": float(values.mean()),
        "standard_error": float(values.std(ddof=1) / np.sqrt(len(values))),
    }
    return {"summary": summary, "rows": rows}


def _quick() -> Any:
    from zoetrope.bodies.registration import COARSE

    return COARSE


def meshes(animator: MeshAnimator, folder: Path) -> dict[str, Any]:
    """Six meshes by other authors: fit of the skeleton, stretch and slip of each clip."""
    rows = []
    for name, actions in ACTIONS.items():
        asset = read_gltf(folder / f"m2m__{name}.glb", require_animation=False)
        result = animator.animate(asset.rest.astype(float), asset.faces, AnimateRequest(actions))
        for action in result.actions:
            row = {"mesh": name, "action": action.name, "donor": result.donor.title}
            row |= {"cost": result.donor.cost, "confidence": result.confidence}
            row |= {"residual_mean": action.residual_mean, "residual_p99": action.residual_p99}
            row |= {"stretch_median": action.stretch_median, "stretch_p99": action.stretch_p99}
            rows.append({**row, "slip": action.slip})
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    names = ("residual_mean", "residual_p99", "stretch_median", "stretch_p99", "slip")
    summary = {key: float(np.mean([row[key] for row in rows])) for key in names}
    return {"summary": summary, "rows": rows}


def speed(animator: MeshAnimator, folder: Path) -> dict[str, Any]:
    """Seconds of the first action and of each further one, by size of the mesh."""
    asset = read_gltf(folder / "m2m__fox.glb", require_animation=False)
    rows = []
    for size, (vertices, faces) in zip(SIZES, _subdivided(asset), strict=True):
        animator.animate(vertices, faces, AnimateRequest(("walk",)))  # what is read once is read
        seconds = []
        for actions in (("walk",), ("walk", "run", "attack")):
            began = time.perf_counter()
            result = animator.animate(vertices, faces, AnimateRequest(actions))
            seconds.append(time.perf_counter() - began)
        row = {"vertices": len(vertices), "about": size, "first": seconds[0]}
        row["further"] = (seconds[1] - seconds[0]) / 2
        row["stages"] = {stage: round(value, 2) for stage, value in result.seconds.items()}
        rows.append(row)
        print(json.dumps(row), file=sys.stderr, flush=True)
    return {"rows": rows, "threads": torch.get_num_threads()}


def _subdivided(asset: AnimatedAsset) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The mesh at each of `SIZES` (about): its largest faces are divided, a third at a time."""
    import trimesh

    mesh = trimesh.Trimesh(asset.rest.astype(float), asset.faces, process=False)
    for size in SIZES:
        while len(mesh.vertices) < 0.9 * size:
            mesh = mesh.subdivide(np.argsort(mesh.area_faces)[-max(1, len(mesh.faces) // 3) :])
        yield np.asarray(mesh.vertices), np.asarray(mesh.faces)


def page(results: dict[str, Any]) -> str:
    """Return the tables as Markdown."""
    out = []
    if "warped" in results:
        one = results["warped"]["summary"]
        out.append(
            f"True motion transferred to {one['pairs']} deformed bodies of the same creatures: mean "
            f"end-point error {100 * one['mean']:.2f} % of the diagonal (median {100 * one['median']:.2f}, "
            f"worst {100 * one['worst']:.2f})."
        )
    if "unseen" in results:
        one = results["unseen"]["summary"]
        out.append(
            f"{one['clips']} clips of {one['creatures']} unseen creatures from the same clip of a training "
            f"creature: {one['mean']:.4f} ± {one['standard_error']:.4f} box units."
        )
    if "meshes" in results:
        rows = [
            [
                row["mesh"],
                row["action"],
                row["donor"],
                f"{100 * row['residual_mean']:.2f} / {100 * row['residual_p99']:.2f}",
                f"{row['stretch_median']:.3f} / {row['stretch_p99']:.2f}",
                f"{100 * row['slip']:.1f}",
            ]
            for row in results["meshes"]["rows"]
        ]
        heads = ["mesh", "action", "donor", "residual mean / p99 %", "stretch median / p99", "slip %"]
        out.append(markdown(heads, rows))
    if "speed" in results:
        rows = [
            [f"{row['vertices']:,}", f"{row['first']:.1f}", f"{row['further']:.1f}"]
            for row in results["speed"]["rows"]
        ]
        out.append(markdown(["vertices", "first action, s", "each further, s"], rows))
    return "\n\n".join(out)


def main() -> None:
    """Run the parts that are asked for; the others keep their last results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, choices=[*PARTS, []])
    parser.add_argument("--weights", type=Path, default=Path("weights"))
    parser.add_argument("--page", type=Path, help="Markdown file whose block is replaced")
    options = parser.parse_args()
    shared = find_shared()
    if shared is None:
        parser.error("the creatures and meshes of ../shared are needed (ZOETROPE_SHARED names another place)")
    animator = MeshAnimator(DnfEngine(options.weights, "cpu"))
    animator.engine.load()
    library, folder = Library(shared), shared / "data" / "meshes"
    before = RESULTS / "animate.json"
    results = json.loads(before.read_text(encoding="utf-8")) if before.is_file() else {}
    work = {
        "warped": lambda: warped(animator, library),
        "unseen": lambda: unseen(animator, library),
        "meshes": lambda: meshes(animator, folder),
        "speed": lambda: speed(animator, folder),
    }
    for part in options.parts or PARTS:
        results[part] = work[part]()
        save("animate", results)
    text = page(results)
    print(text)
    if options.page is not None:
        fill(options.page, "animate", text)


if __name__ == "__main__":
    main()
