"""How much does an error in each part of the tokens change the creature? The diffusions' loss is weighted so.

python -m studies.token_sensitivity.measure RUN --out studies/token_sensitivity
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor
from zoetrope.engines.weights.bundle import Bundle, load_bundle
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.training.data.prepared_samples import PreparedData, load_prepared
from zoetrope.training.data.training_tokens import initial_tokens, load_tokens, tokens_path
from zoetrope.training.from_weights.decode_tokens import motion_offsets
from zoetrope.training.stages.batches import flat_frames, motion_batch, shape_batch

from studies.command_line import run, study_parser
from studies.page import write_results

NOISE = (0.0, 0.1, 0.3, 0.5, 1.0)
"""Noise on the tokens, in their standard deviations over the training set."""
NEAR = 0.02
"""Points within this of the surface are measured, box units."""
BATCHES = 8
RIGID_BATCHES = 50 * BATCHES


def add_noise(tokens: Tensor, part: slice, noise: float, deviation: Tensor, seed: int) -> Tensor:
    """Return tokens (..., D) with noise of so many standard deviations (D,) on a part of them."""
    normal = torch.randn(tokens[..., part].shape, generator=torch.Generator().manual_seed(seed))
    noisy = tokens.clone()
    noisy[..., part] += noise * deviation[part] * normal
    return noisy


def distance_errors(
    bundle: Bundle, data: PreparedData, tokens: Tensor, deviation: Tensor
) -> dict[str, list[float]]:
    """Return the mean error of the distance near the surface, for noise on shape latents and codes."""
    latent_size = bundle.shape_field.config.latent
    parts = {
        "shape: latent": slice(0, latent_size),
        "shape: codes": slice(latent_size, tokens.shape[1]),
    }

    def error(part: slice, noise: float, batch: int) -> float:
        generator = torch.Generator().manual_seed(batch)
        bodies, points, distances = shape_batch(data, 24, 512, generator)
        noisy = add_noise(tokens[bodies], part, noise, deviation, batch)
        latent, codes = bundle.shape_model.split(noisy)
        predicted = bundle.shape_field(points, latent, bundle.shape_dictionary.compose(codes))
        near = distances.abs() < NEAR
        return float((predicted - distances).abs()[near].mean())

    return _mean_over_batches(parts, error)


def offset_errors(
    bundle: Bundle, data: PreparedData, shape_tokens: Tensor, tokens: Tensor, deviation: Tensor
) -> dict[str, list[float]]:
    """Return the mean end-point error of offsets, for noise on motion latents and codes."""
    config = bundle.motion_model.config
    parts = {"motion: latents": config.latents, "motion: codes": config.codes}
    shape_latents = shape_tokens[:, : bundle.motion_field.config.shape_latent]

    def error(part: slice, noise: float, batch: int) -> float:
        generator = torch.Generator().manual_seed(batch)
        clips, frames, bodies, points, offsets = motion_batch(data, 48, 192, generator)
        shape, points = flat_frames(shape_latents[bodies], points)
        noisy = add_noise(tokens[clips[:, None], frames].flatten(0, 1), part, noise, deviation, batch)
        predicted = motion_offsets(bundle, shape, noisy[:, : config.codes.stop], points)
        return float((predicted - offsets.flatten(0, 1)).norm(dim=-1).mean())

    return _mean_over_batches(parts, error)


def rigid_errors(
    rigid: slice, data: PreparedData, tokens: Tensor, deviation: Tensor
) -> dict[str, list[float]]:
    """Return the mean displacement of the body's points, for noise on the channels of the rigid transform."""
    parts = {"motion: rigid transform": rigid}

    def error(part: slice, noise: float, batch: int) -> float:
        rng = np.random.default_rng(batch)
        clip, frame = int(rng.integers(len(tokens))), int(rng.integers(tokens.shape[1]))
        points = data.flow_points[data.creature_of_clip[clip]].numpy()
        token = tokens[clip, frame]
        noisy = add_noise(token[None], part, noise, deviation, batch)[0]
        moved = apply_rigid(noisy[part], points) - apply_rigid(token[part], points)
        return float(np.linalg.norm(moved, axis=1).mean())

    return _mean_over_batches(parts, error, RIGID_BATCHES)


def apply_rigid(rigid: Tensor, points: np.ndarray) -> np.ndarray:
    """Move points (N, 3) by a rotation vector and a translation (6,)."""
    rotated: np.ndarray = Rotation.from_rotvec(rigid[:3].numpy()).apply(points)
    return rotated + rigid[3:].numpy()


def _mean_over_batches(
    parts: dict[str, slice], error: Callable[[slice, float, int], float], batches: int = BATCHES
) -> dict[str, list[float]]:
    return {
        name: [float(np.mean([error(part, noise, i) for i in range(batches)])) for noise in NOISE]
        for name, part in parts.items()
    }


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run: data and weights")
    parser.add_argument("--every", type=int, default=6, help="use every n-th creature")
    return parser


@torch.inference_mode()
def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    weights = options.run / "weights"
    bundle, tokens = load_bundle(weights), load_tokens(tokens_path(weights))
    data = load_prepared(options.run / "data", every=options.every)
    shape_tokens, motions = initial_tokens(tokens, data)
    shape_deviation = torch.from_numpy(tokens.shape).std(0)
    motion_deviation = torch.from_numpy(tokens.motion).flatten(0, 1).std(0)
    errors = distance_errors(bundle, data, shape_tokens, shape_deviation)
    errors |= offset_errors(bundle, data, shape_tokens, motions, motion_deviation)
    errors |= rigid_errors(bundle.motion_model.config.rigid, data, motions, motion_deviation)
    head = ("noise on", *(f"{noise:g}" for noise in NOISE))
    text = [
        f"Weights `{bundle.checksum[:16]}`, {len(data.creatures)} training creatures. Noise in standard "
        "deviations of the tokens over the training set; mean errors in box units (longest side 1.8): of "
        f"shapes the distance at points within {NEAR:g} of the surface, of motion latents and codes the "
        "end-point error of the offsets, of the rigid transform the displacement of the body.",
        "",
        *rows(head, ([name, *(f"{value:.4f}" for value in values)] for name, values in errors.items())),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
