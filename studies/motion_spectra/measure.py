"""At which frequencies does sampled motion have power, beside the training clips, on their bodies?

A diffusion that samples each frame independently gives plausible poses that jump from one to the next: its
loops have power at frequencies where real loops have none. The temporal filter, which hides part of that, is
off.

python -m studies.motion_spectra.measure --out studies/motion_spectra
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from zoetrope.diffusion.temporal_filter import power_spectrum
from zoetrope.diffusion.time_basis import harmonics
from zoetrope.engines.sampling.token_sampling import MotionConditions, sample_motion
from zoetrope.engines.weights.bundle import Bundle, load_bundle
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.training.data.labelled_clips import LabelledClip, labelled_clips
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens, tokens_path
from zoetrope.training.export.measure_temporal_filter import decode_points

from studies.command_line import run, study_parser
from studies.page import write_results

BANDS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16))
"""First and last cycles a window; a cosine of a one-way clip has half a cycle."""
FIRST_SEED = 1_800_000_000


def choose_clips(bundle: Bundle, tokens: TrainingTokens, count: int) -> list[LabelledClip]:
    """Choose training clips whose labels the weights offer, with a fixed seed."""
    clips = labelled_clips(bundle.description, tokens)
    return [clips[i] for i in np.random.default_rng(0).permutation(len(clips))[:count]]


def band_powers(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Return the power (len(BANDS),) of points (T, P, 3) over time."""
    return sum_bands(power_spectrum(frames, cyclic), cyclic, len(frames))


def sum_bands(powers: np.ndarray, cyclic: bool, frames: int) -> np.ndarray:
    """Return the power (len(BANDS),) of points, from that of one coordinate by harmonic (H,)."""
    harmonic = harmonics(frames, cyclic).numpy()
    squares = 3 * powers[harmonic] / frames
    cycles = harmonic if cyclic else -(-harmonic // 2)
    return np.array([squares[(cycles >= first) & (cycles <= last)].sum() for first, last in BANDS])


def training_powers(stored: np.ndarray, clips: Sequence[LabelledClip]) -> np.ndarray:
    """Return the power (N, len(BANDS)) of clips in their files, from the stored powers (C, 2, T)."""
    loops = [clip.flags[0] for clip in clips]
    powers = [stored[clip.row, int(cyclic)] for clip, cyclic in zip(clips, loops, strict=True)]
    return np.stack([sum_bands(each, cyclic, len(each)) for each, cyclic in zip(powers, loops, strict=True)])


@torch.inference_mode()
def reconstructed_powers(bundle: Bundle, tokens: TrainingTokens, clips: Sequence[LabelledClip]) -> np.ndarray:
    """Return the power (N, len(BANDS)) of training clips reconstructed from their tokens."""
    return np.stack(
        [
            band_powers(
                decode_points(bundle, _body(tokens, clip), torch.from_numpy(tokens.motion[clip.row])),
                clip.flags[0],
            )
            for clip in clips
        ]
    )


@torch.inference_mode()
def sampled_powers(bundle: Bundle, tokens: TrainingTokens, clips: Sequence[LabelledClip]) -> np.ndarray:
    """Return the power (N, len(BANDS)) of motion sampled for the clips' labels and bodies, first attempts."""
    powers = []
    for i, clip in enumerate(clips):
        motion = sample_motion(
            bundle.motion_model,
            torch.Generator().manual_seed(FIRST_SEED + i),
            MotionConditions(
                _body(tokens, clip),
                clip.category_index,
                clip.action_index,
                clip.flags,
                bundle.description.motion_guidance,
            ),
        )
        powers.append(band_powers(decode_points(bundle, _body(tokens, clip), motion), clip.flags[0]))
    return np.stack(powers)


def _body(tokens: TrainingTokens, clip: LabelledClip) -> torch.Tensor:
    return torch.from_numpy(tokens.shape[clip.body : clip.body + 1])


def table(powers: dict[str, np.ndarray], loops: np.ndarray) -> list[str]:
    """Return a row of medians for the loops and for the one-way clips of each source."""
    head = ["clips", "source"]
    head += [
        f"{first} to {last} cycles" if last > first else f"{first} cycle{'s'[: first - 1]}"
        for first, last in BANDS
    ]
    body = []
    for group, chosen in (("loops", loops), ("one-way", ~loops)):
        for source, each in powers.items():
            share = np.median(each[chosen][:, 2:].sum(1) / each[chosen].sum(1))
            medians = [f"{1e4 * x:.2f}" for x in np.median(each[chosen], axis=0)]
            body.append([f"{group} ({chosen.sum()})", source, *medians, f"{100 * share:.1f} %"])
    return rows([*head, "share above 2"], body)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "tokens")
    parser.add_argument("--beside", type=Path, help="other weights with the same fields and tokens")
    parser.add_argument("--clips", type=int, default=160)
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    tokens = load_tokens(options.tokens or tokens_path(options.weights))
    bundles = [load_bundle(folder) for folder in (options.weights, options.beside) if folder]
    clips = choose_clips(bundles[0], tokens, options.clips)
    powers: dict[str, np.ndarray] = {}
    if tokens.motion_power is not None:
        powers["training clips, files"] = training_powers(tokens.motion_power, clips)
    powers["training clips, reconstructed"] = reconstructed_powers(bundles[0], tokens, clips)
    for bundle in bundles:
        name = f"{bundle.description.name} `{bundle.checksum[:12]}`"
        powers[name] = sampled_powers(bundle, tokens, clips)
    text = [
        f"{len(clips)} training clips, and motion sampled for their labels on their bodies, first attempts, "
        "without the temporal filter. Median power (mean square of the distance of points near the surface "
        "from their means over time, box units² × 10⁴) by cycles a window of 32 model frames, and the median "
        "share of it above two cycles.",
        "",
        *table(powers, np.array([clip.flags[0] for clip in clips])),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
