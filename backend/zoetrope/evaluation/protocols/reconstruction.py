"""Reconstruction of a given creature and its clips: tokens are fitted, held-out points measured."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from scipy.spatial import KDTree
from torch import Tensor

from zoetrope.engines.decoding.surface import compose_shape_field, decode_surface
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.evaluation.metrics.standard_error import mean_with_error
from zoetrope.evaluation.metrics.surface_distance import to_surface
from zoetrope.evaluation.protocols.reconstruction_targets import ClipTarget, Target
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.ground_contact import QUADRUPED_LEGS, count_legs
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.rigid_alignment import apply_rigid_transforms
from zoetrope.training.from_weights.decode_tokens import motion_offsets
from zoetrope.training.from_weights.fit_unseen_creature import fit_motion, fit_shape

SURFACE_PROBES = 10_000
VOLUME_PROBES = 100_000
RADII = (0.005, 0.01)
"""Of the F-scores, box units (longest side 1.8)."""
LEGS_DETAIL = 128
"""Grid cells along the box at which legs are counted."""

Mesh = tuple[np.ndarray, np.ndarray]
Sdf = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ShapeScore:
    """A reconstructed surface against the true outer one, box units.

    completeness, accuracy : mean distance of points of the true surface to the reconstruction, and the
    reverse; worst : the larger 99.9th percentile of both; normals : mean |cosine| between the normals of a
    point and of its nearest point on the other surface; iou : of the volumes; f_small, f_large : F-scores at
    0.005 and 0.01.
    """

    completeness: float
    accuracy: float
    worst: float
    normals: float
    iou: float
    f_small: float
    f_large: float


def _points_and_normals(mesh: Mesh, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    face, corner = sample_surface(*mesh, SURFACE_PROBES, rng)
    normals, _ = face_normals_and_areas(*mesh)
    return barycentric_points(*mesh, face, corner), normals[face]


def score_shape(true: Mesh, reconstruction: Mesh, winding: Sdf, sdf: Sdf) -> ShapeScore:
    """Compare two surfaces and two volumes.

    Parameters
    ----------
    true, reconstruction : (vertices (V, 3), faces (F, 3))
    winding : callable
        Winding number of the true body: points (N, 3) -> (N,), above one half inside.
    sdf : callable
        Signed distance of the reconstruction: points (N, 3) -> (N,), negative inside.
    """
    rng = np.random.default_rng(0)
    (a, a_normals), (b, b_normals) = (_points_and_normals(mesh, rng) for mesh in (true, reconstruction))
    true_to_made, made_to_true = to_surface(a, *reconstruction), to_surface(b, *true)
    nearest_b, nearest_a = KDTree(b).query(a)[1], KDTree(a).query(b)[1]
    cosines = [
        np.abs(np.einsum("nc,nc->n", a_normals, b_normals[nearest_b])),
        np.abs(np.einsum("nc,nc->n", b_normals, a_normals[nearest_a])),
    ]
    low, high = true[0].min(0) - 0.02, true[0].max(0) + 0.02
    probes = rng.uniform(low, high, (VOLUME_PROBES, 3))
    inside, predicted = winding(probes) > 0.5, sdf(probes.astype(np.float32)) < 0
    scores = []
    for radius in RADII:
        recall, precision = float((true_to_made < radius).mean()), float((made_to_true < radius).mean())
        scores.append(2 * recall * precision / max(recall + precision, 1e-12))
    return ShapeScore(
        float(true_to_made.mean()),
        float(made_to_true.mean()),
        float(max(np.quantile(true_to_made, 0.999), np.quantile(made_to_true, 0.999))),
        float(0.5 * (cosines[0].mean() + cosines[1].mean())),
        float((inside & predicted).sum() / max(1, (inside | predicted).sum())),
        scores[0],
        scores[1],
    )


def extract_shape(bundle: Bundle, tokens: Tensor, detail: int) -> tuple[Mesh, Sdf]:
    """Return the surface of shape tokens (1, S) as the engine makes it, and its signed distance."""
    with torch.inference_mode():
        field = compose_shape_field(bundle, tokens)
        vertices, faces = decode_surface(bundle, tokens, detail, ignore_progress)
    return (vertices.astype(np.float64), faces.astype(np.int64)), field


def interpolate_half_way(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Return positions half-way between model frames (T, N, 3), interpolated as on the timeline."""
    count = len(frames)
    if cyclic:
        around = np.concatenate([frames, frames[:1]])
        spline = CubicSpline(np.arange(count + 1), around, bc_type="periodic")
        return np.asarray(spline(np.arange(count) + 0.5))
    return np.asarray(CubicSpline(np.arange(count), frames)(np.arange(count - 1) + 0.5))


def score_clip(
    bundle: Bundle, shape: Tensor, tokens: Tensor, target: Target, clip: ClipTarget
) -> dict[str, float]:
    """Return end-point errors, box units, of motion tokens (T, M) on shape tokens (1, S).

    "mean" and "p95" at model frames, "between" half-way between them; "interpolation": the error half-way if
    the true frames are interpolated.
    """
    points = torch.from_numpy(target.held_points.astype(np.float32))
    latent = shape[:, : bundle.motion_field.config.shape_latent].expand(len(tokens), -1)
    with torch.inference_mode():
        offsets = motion_offsets(bundle, latent, tokens, points.expand(len(tokens), -1, -1)).numpy()
    predicted = apply_rigid_transforms(target.held_points + offsets, clip.transforms)
    error = np.linalg.norm(predicted - clip.held, axis=-1)
    between, best = (
        np.linalg.norm(interpolate_half_way(frames, clip.cyclic) - clip.between, axis=-1)
        for frames in (predicted, clip.held)
    )
    return {
        "mean": float(error.mean()),
        "p95": float(np.quantile(error, 0.95)),
        "between": float(between.mean()),
        "interpolation": float(best.mean()),
    }


def reconstruct(
    bundle: Bundle,
    target: Target,
    initial: Tensor | None,
    detail: int,
    steps: int = 300,
    legs_detail: int = LEGS_DETAIL,
) -> dict[str, Any]:
    """Fit a creature's tokens, then its clips'; measure both.

    Parameters
    ----------
    initial : (K, S), optional
        Shape tokens that the fit may start from.
    detail : int
        Grid cells along the box of the reconstructed surface.
    steps : int
        Of the shape fit; that of a clip has two thirds.

    Returns
    -------
    dict
        "shape": `ShapeScore` as dict; "legs": [true, reconstructed] (`count_legs`); "clips": name ->
        `score_clip`; "shape_seconds" and "clip_seconds" of a fit.
    """
    began = time.perf_counter()
    points = torch.from_numpy(target.samples.points.astype(np.float32))
    distances = torch.from_numpy(target.samples.distance.astype(np.float32))
    shape = fit_shape(bundle, points, distances, initial, steps=steps)
    shape_seconds = time.perf_counter() - began
    true = (target.solid.vertices, target.solid.outer)
    mesh, sdf = extract_shape(bundle, shape, detail)
    score = score_shape(true, mesh, target.solid.winding_number, sdf)
    coarse = mesh if detail == legs_detail else extract_shape(bundle, shape, legs_detail)[0]
    clips, seconds = {}, []
    for clip in target.clips:
        began = time.perf_counter()
        tokens = fit_motion(
            bundle,
            shape,
            torch.from_numpy(target.fit_points.astype(np.float32)),
            torch.from_numpy(clip.fit),
            steps=max(1, steps * 2 // 3),
        )
        seconds.append(time.perf_counter() - began)
        clips[clip.name] = score_clip(bundle, shape, tokens, target, clip)
    return {
        "shape": asdict(score),
        "legs": [count_legs(*true), count_legs(*coarse)],
        "clips": clips,
        "shape_seconds": round(shape_seconds, 1),
        "clip_seconds": round(float(np.mean(seconds)), 1) if seconds else None,
    }


def summarise(creatures: dict[str, dict[str, Any]], four_legged: Sequence[str] = ()) -> dict[str, Any]:
    """Return means over creatures, and over clips with creatures as groups: metric -> {"value", "se"}.

    four_legged : names of the creatures of which "legs" reports how many there are ("of"), and which of them
        ("lost") have fewer legs than they should.
    """
    out: dict[str, Any] = {"creatures": len(creatures)}
    for metric in (f.name for f in fields(ShapeScore)):
        out[metric] = mean_with_error([one["shape"][metric] for one in creatures.values()], list(creatures))
    clips = [(name, clip) for name, one in creatures.items() for clip in one["clips"].values()]
    out["clips"] = len(clips)
    for metric in ("mean", "p95", "between", "interpolation") if clips else ():
        values = [clip[metric] for _, clip in clips]
        out[f"motion_{metric}"] = mean_with_error(values, [name for name, _ in clips])
    counts = {name: one["legs"] for name, one in creatures.items() if name in four_legged}
    if counts:
        lost = [name for name, (true, found) in counts.items() if found < min(true, QUADRUPED_LEGS)]
        out["legs"] = {"of": len(counts), "lost": lost}
    return out
