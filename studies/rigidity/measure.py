"""What does ARAP smoothing do to training clips: distance from the truth, and edge change, by its length?

python -m studies.rigidity.measure --out studies/rigidity
"""

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import KDTree
from zoetrope.clips.library import Library
from zoetrope.engines.decoding.motion import decode_frames
from zoetrope.engines.decoding.surface import decode_surface
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.weights.bundle import Bundle, load_bundle
from zoetrope.evaluation.protocols.motion_quality import edge_change
from zoetrope.evaluation.protocols.reconstruction_targets import FRAMES
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.arap_smoothing import RIGID_LENGTH, ArapSmoother
from zoetrope.geometry.field_samples import FlowSampler
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens, tokens_path

from studies.command_line import run, study_parser
from studies.page import write_results

POINTS = 1000
LENGTHS = (0.01, 0.02, 0.03, 0.05)
"""Rigid lengths, shares of the diagonal."""


class Measured(NamedTuple):
    """End-point error in box units, and edge change."""

    error: float
    edge_change: float


def choose_clips(tokens: TrainingTokens, category: str, count: int) -> list[int]:
    """Choose rows of a category's clips, always the same ones."""
    clips = np.flatnonzero(tokens.motion_category == category)
    return sorted(np.random.default_rng(0).permutation(clips)[:count].tolist())


@torch.inference_mode()
def measure(
    bundle: Bundle,
    tokens: TrainingTokens,
    library: Library,
    row: int,
    detail: int,
    lengths: Sequence[float] = LENGTHS,
) -> list[Measured]:
    """Measure a reconstructed clip without smoothing and with each length; last, the true mesh.

    The errors are those of points of the true mesh, displaced like the nearest vertex of the reconstruction.
    """
    creature, clip = str(tokens.motion_creature[row]), str(tokens.motion_clip[row])
    body = np.flatnonzero(tokens.shape_creature == creature)[0]
    shape, motion = torch.from_numpy(tokens.shape[body : body + 1]), torch.from_numpy(tokens.motion[row])
    rest, faces = decode_surface(bundle, shape, detail, ignore_progress)

    entry = library.entries[creature]
    asset = library.read(entry)
    cyclic = next(one.cyclic for one in entry.clips if one.name == clip)
    box = normalising_box(asset.rest)
    true_rest, meshes = box.to_box(asset.rest), box.to_box(asset.clip(clip, FRAMES, cyclic=cyclic).frames)
    sampler = FlowSampler.sample(true_rest, asset.faces, POINTS, np.random.default_rng(0))
    points = sampler.points(true_rest).astype(np.float32)
    true = np.stack([sampler.points(mesh) for mesh in meshes])

    frames = decode_frames(bundle, shape, motion, np.concatenate([rest, points])).vertices
    surface, predicted = frames[:, : len(rest)], frames[:, len(rest) :]
    nearest = KDTree(rest).query(points)[1]
    results = [Measured(_error(predicted, true), edge_change(rest, faces, surface))]
    for length in lengths:
        smoother = ArapSmoother(rest, faces, length)
        smooth = np.stack([smoother(frame) for frame in surface])
        error = _error(predicted + (smooth - surface)[:, nearest], true)
        results.append(Measured(error, edge_change(rest, faces, smooth)))
    return [*results, Measured(0.0, edge_change(true_rest, asset.faces, meshes))]


def _error(predicted: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(predicted - true, axis=-1).mean())


def cells(name: str, clips: Sequence[Sequence[Measured]]) -> list[str]:
    """Return a row of means over clips: errors, then edge changes, that of the true mesh last."""
    mean = np.mean(clips, axis=0)
    return [name, str(len(clips)), *(f"{e:.4f}" for e in mean[:-1, 0]), *(f"{c:.3f}" for c in mean[:, 1])]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "tokens", "shared", "detail")
    parser.add_argument("--clips", type=int, default=12, help="clips a category")
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    bundle, library = load_bundle(options.weights), Library(options.shared)
    tokens = load_tokens(options.tokens or tokens_path(options.weights))
    body, every = [], []
    for category in sorted(set(tokens.motion_category.tolist())):
        chosen = choose_clips(tokens, category, options.clips)
        clips = [measure(bundle, tokens, library, row, options.detail) for row in chosen]
        body.append(cells(category, clips))
        every += clips
        print(*body[-1], flush=True)
    body.append(cells("all", every))
    settings = ["none", *map(str, LENGTHS)]
    head = ["category", "clips", *(f"error, {s}" for s in settings), *(f"edges, {s}" for s in settings)]
    text = [
        f"Weights `{bundle.checksum[:16]}`, detail {options.detail}. Training clips reconstructed from their "
        "tokens, without ARAP smoothing (`geometry/arap_smoothing.py`) and with several rigid lengths "
        f"(shares of the diagonal; {RIGID_LENGTH} is used). *Error*: mean distance to points of the true "
        "mesh, box units. *Edges*: mean over edges and frames of |log(length / rest length)|.",
        "",
        *rows([*head, "edges, true mesh"], body),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
