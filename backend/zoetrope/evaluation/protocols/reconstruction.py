"""How well the fields can say a given creature and its clips: best tokens, measured on held-out points."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from scipy.spatial import KDTree
from torch import Tensor

from zoetrope.engines.bundle import Bundle
from zoetrope.evaluation.metrics.standard_error import jackknife
from zoetrope.evaluation.metrics.surface_distance import to_surface
from zoetrope.evaluation.protocols.reconstruction_targets import ClipTarget, Target
from zoetrope.geometry.cleanup import clean_mesh
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.ground_contact import QUADRUPED_LEGS, count_legs
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import face_normals_and_areas
from zoetrope.geometry.rigid_alignment import apply_rigid_transforms
from zoetrope.training.from_weights.fit_tokens import fit_motion, fit_shape, motion_offsets

PROBES = 10_000
VOLUME_PROBES = 100_000
RADII = (0.005, 0.01)
"""Of the F-score, box units (longest side 1.8)."""
LEGS_DETAIL = 128
"""Grid cells along the box at which legs are counted."""

Mesh = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class ShapeScore:
    """A rebuilt surface against the true outer one, box units.

    there, back : mean distance from points of the true surface to ours, and the other way; worst : the
    larger 99.9th percentile of both; normals : mean |cosine| between a point's normal and that of the nearest
    point of the other surface; iou : of the volumes; f_small, f_large : F-scores at 0.005 and 0.01.
    """

    there: float
    back: float
    worst: float
    normals: float
    iou: float
    f_small: float
    f_large: float


def _cloud(mesh: Mesh, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    face, corner = sample_surface(*mesh, PROBES, rng)
    normals, _ = face_normals_and_areas(*mesh)
    return barycentric_points(*mesh, face, corner), normals[face]


def score_shape(
    true: Mesh,
    ours: Mesh,
    winding: Callable[[np.ndarray], np.ndarray],
    sdf: Callable[[np.ndarray], np.ndarray],
) -> ShapeScore:
    """Compare two surfaces, and two volumes.

    Parameters
    ----------
    true, ours : (vertices (V, 3), faces (F, 3))
    winding : callable
        Of the true body: points (N, 3) -> above one half inside.
    sdf : callable
        Ours: points (N, 3) -> negative inside.
    """
    rng = np.random.default_rng(0)
    (a, a_normals), (b, b_normals) = _cloud(true, rng), _cloud(ours, rng)
    there, back = to_surface(a, *ours), to_surface(b, *true)
    forth, to = KDTree(b).query(a)[1], KDTree(a).query(b)[1]
    cosines = [
        np.abs(np.einsum("nc,nc->n", a_normals, b_normals[forth])),
        np.abs(np.einsum("nc,nc->n", b_normals, a_normals[to])),
    ]
    low, high = true[0].min(0) - 0.02, true[0].max(0) + 0.02
    probes = rng.uniform(low, high, (VOLUME_PROBES, 3))
    inside, claimed = winding(probes) > 0.5, sdf(probes.astype(np.float32)) < 0
    scores = []
    for radius in RADII:
        recall, precision = float((there < radius).mean()), float((back < radius).mean())
        scores.append(2 * recall * precision / max(recall + precision, 1e-12))
    return ShapeScore(
        float(there.mean()),
        float(back.mean()),
        float(max(np.quantile(there, 0.999), np.quantile(back, 0.999))),
        float(0.5 * (cosines[0].mean() + cosines[1].mean())),
        float((inside & claimed).sum() / max(1, (inside | claimed).sum())),
        scores[0],
        scores[1],
    )


def rebuilt(bundle: Bundle, tokens: Tensor, detail: int) -> tuple[Mesh, Callable[[np.ndarray], np.ndarray]]:
    """The surface of shape tokens (1, S), and its signed distance (N, 3) -> (N,)."""
    latent, codes = bundle.shape_model.split(tokens)
    weights = bundle.shape_dictionary.compose(codes)

    def sdf(points: np.ndarray) -> np.ndarray:
        out = []
        with torch.inference_mode():
            for part in np.array_split(points, max(1, len(points) // 8192)):
                x = torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32))
                out.append(bundle.shape_field(x[None], latent, weights)[0][0].numpy())
        return np.concatenate(out)

    surface = extract_surface(sdf, detail, gradient_bound=bundle.description.gradient_bound)
    vertices, faces = clean_mesh(surface.vertices, surface.faces)[:2]
    return (vertices.astype(np.float64), faces.astype(np.int64)), sdf


def in_between(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Positions (T, N, 3) at model frames -> half-way between them, as the timeline interpolates."""
    count = len(frames)
    if cyclic:
        around = np.concatenate([frames, frames[:1]])
        return np.asarray(
            CubicSpline(np.arange(count + 1), around, bc_type="periodic")(np.arange(count) + 0.5)
        )
    return np.asarray(CubicSpline(np.arange(count), frames)(np.arange(count - 1) + 0.5))


def score_clip(
    bundle: Bundle, shape: Tensor, tokens: Tensor, target: Target, clip: ClipTarget
) -> dict[str, float]:
    """End-point errors, box units, at model frames and between; what interpolating the truth itself costs."""
    points = torch.from_numpy(target.held_points.astype(np.float32))
    latent = shape[:, : bundle.motion_field.config.shape_latent].expand(len(tokens), -1)
    with torch.inference_mode():
        offsets = motion_offsets(bundle, latent, tokens, points.expand(len(tokens), -1, -1)).numpy()
    ours = apply_rigid_transforms(target.held_points + offsets, clip.transforms)
    error = np.linalg.norm(ours - clip.held, axis=-1)
    between = np.linalg.norm(in_between(ours, clip.cyclic) - clip.between, axis=-1)
    best = np.linalg.norm(in_between(clip.held, clip.cyclic) - clip.between, axis=-1)
    return {
        "mean": float(error.mean()),
        "p95": float(np.quantile(error, 0.95)),
        "between": float(between.mean()),
        "interpolation": float(best.mean()),
    }


def reconstruct(
    bundle: Bundle, target: Target, starts: Tensor | None, detail: int, steps: int = 300
) -> dict[str, Any]:
    """Fit a creature's tokens, then its clips'; measure both.

    Returns
    -------
    dict
        "shape": `ShapeScore` as dict, "legs": [true, ours at `LEGS_DETAIL`] (`count_legs`), "clips": name ->
        `score_clip`; seconds of a fit.
    """
    began = time.perf_counter()
    points = torch.from_numpy(target.samples.points.astype(np.float32))
    distances = torch.from_numpy(target.samples.distance.astype(np.float32))
    shape = fit_shape(bundle, points, distances, starts, steps=steps)
    shape_seconds = time.perf_counter() - began
    ours, sdf = rebuilt(bundle, shape, detail)
    score = score_shape((target.solid.vertices, target.solid.outer), ours, target.solid.winding_number, sdf)
    standing = ours if detail == LEGS_DETAIL else rebuilt(bundle, shape, LEGS_DETAIL)[0]
    legs = [count_legs(target.solid.vertices, target.solid.outer), count_legs(*standing)]
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
        "legs": legs,
        "clips": clips,
        "shape_seconds": round(shape_seconds, 1),
        "clip_seconds": round(float(np.mean(seconds)), 1) if seconds else None,
    }


def summarise(creatures: dict[str, dict[str, Any]], legged: Sequence[str] = ()) -> dict[str, Any]:
    """Means over creatures, and over clips with creatures as groups: metric -> {"value", "se"}.

    legged : names of four-legged creatures; "legs" then says how many there are ("of"), and which of them
        ("lost") stand on fewer legs than they should.
    """
    names = list(creatures)
    out: dict[str, Any] = {"creatures": len(names)}
    for metric in (f.name for f in fields(ShapeScore)):
        out[metric] = _measured([creatures[n]["shape"][metric] for n in names], names)
    rows = [(n, clip) for n in names for clip in creatures[n]["clips"].values()]
    out["clips"] = len(rows)
    for metric in ("mean", "p95", "between", "interpolation"):
        if rows:
            out[f"motion_{metric}"] = _measured([clip[metric] for _, clip in rows], [n for n, _ in rows])
    counts = {name: creatures[name]["legs"] for name in names if name in legged}
    if counts:
        lost = [name for name, (true, ours) in counts.items() if ours < min(true, QUADRUPED_LEGS)]
        out["legs"] = {"of": len(counts), "lost": lost}
    return out


def _measured(values: Sequence[float], groups: Sequence[str]) -> dict[str, float]:
    array = np.array(values)
    value, error = jackknife(lambda kept: float(array[kept].mean()), groups)
    return {"value": value, "se": error}
