"""At which frequencies drawn motion moves, beside the clips that it was learned from, on those clips' bodies.

A diffusion that decides for each frame by itself draws poses that are all right and leap from one to the
next: its loops have power at frequencies where real ones have none. The filter in time, which hides some of
it, is off here.

`python -m studies.motion_spectra.measure --weights W --tokens training_tokens.npz [--beside W] --out studies/motion_spectra`
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from zoetrope.diffusion.temporal_filter import power_spectrum
from zoetrope.diffusion.time_basis import harmonics
from zoetrope.engines.bundle import Bundle, load_bundle
from zoetrope.engines.sampling import sample_motion
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.training.data.labelled_clips import LabelledClip, labelled_clips
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens
from zoetrope.training.export.temporal_filter import decode_points

from studies.command_line import page_parser

PAGE = "README.md"
BANDS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16))
"""Cycles a window, both ends counted; a one-way clip's cosines have half a cycle each."""
CLIPS = 160
FIRST_SEED = 1_800_000_000


def chosen(bundle: Bundle, known: TrainingTokens, count: int = CLIPS) -> list[LabelledClip]:
    """Known clips of labels that the weights draw, picked with a fixed seed."""
    clips = labelled_clips(bundle.description, known)
    return [clips[i] for i in np.random.default_rng(0).permutation(len(clips))[:count]]


def power_in_bands(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Mean square (len(BANDS),) of how far points (T, P, 3) are from their means, by cycles a window."""
    return in_bands(power_spectrum(frames, cyclic), cyclic, len(frames))


def in_bands(by_harmonic: np.ndarray, cyclic: bool, frames: int) -> np.ndarray:
    """Mean square (len(BANDS),) of how far points are from their means, from a coordinate's power (H,)."""
    harmonic = harmonics(frames, cyclic).numpy()
    squares = 3 * by_harmonic[harmonic] / frames
    cycles = harmonic if cyclic else -(-harmonic // 2)
    return np.array([squares[(cycles >= first) & (cycles <= last)].sum() for first, last in BANDS])


def from_files(powers: np.ndarray, clips: Sequence[LabelledClip]) -> np.ndarray:
    """Power in bands (N, len(BANDS)) of true clips, from that of all known ones (C, 2, T) by harmonic."""
    flags = [clip.flags[0] for clip in clips]
    rows = [powers[clip.row, int(cyclic)] for clip, cyclic in zip(clips, flags, strict=True)]
    return np.stack([in_bands(row, cyclic, len(row)) for row, cyclic in zip(rows, flags, strict=True)])


@torch.inference_mode()
def spectra(
    bundles: Sequence[Bundle], known: TrainingTokens, clips: Sequence[LabelledClip]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Power in bands (N, len(BANDS)) of known clips, and of what weights draw for their labels and bodies."""
    true: list[np.ndarray] = []
    drawn: list[list[np.ndarray]] = [[] for _ in bundles]
    for i, clip in enumerate(clips):
        body, cyclic = torch.from_numpy(known.shape[clip.body : clip.body + 1]), clip.flags[0]
        said = decode_points(bundles[0], body, torch.from_numpy(known.motion[clip.row]))
        true.append(power_in_bands(said, cyclic))
        for bundle, found in zip(bundles, drawn, strict=True):
            motion = sample_motion(
                bundle.motion_model,
                torch.Generator().manual_seed(FIRST_SEED + i),
                body,
                clip.category_index,
                clip.action_index,
                clip.flags,
                bundle.description.motion_guidance,
            )
            found.append(power_in_bands(decode_points(bundle, body, motion), cyclic))
    return np.stack(true), [np.stack(found) for found in drawn]


def table(names: Sequence[str], powers: Sequence[np.ndarray], loops: np.ndarray) -> list[str]:
    """A row of medians for loops and for one-way clips of each name, and the share above two cycles."""
    head = ["clips", "of"]
    head += [
        f"{first} to {last} cycles" if last > first else f"{first} cycle{'s'[: first - 1]}"
        for first, last in BANDS
    ]
    body = []
    for kind, of in (("loops", loops), ("one way", ~loops)):
        for name, each in zip(names, powers, strict=True):
            share = np.median(each[of][:, 2:].sum(1) / each[of].sum(1))
            medians = [f"{1e4 * x:.2f}" for x in np.median(each[of], axis=0)]
            body.append([f"{kind} ({of.sum()})", name, *medians, f"{100 * share:.1f} %"])
    return rows([*head, "share above 2"], body)


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights")
    parser.add_argument("--tokens", type=Path, required=True, help="training_tokens.npz of their run")
    parser.add_argument("--beside", type=Path, help="other weights with the same fields and tokens")
    given = parser.parse_args()
    known = load_tokens(given.tokens)
    bundles = [load_bundle(folder) for folder in (given.weights, given.beside) if folder]
    clips = chosen(bundles[0], known)
    true, drawn = spectra(bundles, known, clips)
    names = ["training clips, said by the fields"]
    names += [f"{b.description.name} `{b.checksum[:12]}`" for b in bundles]
    powers = [true, *drawn]
    loops = np.array([clip.flags[0] for clip in clips])
    if known.motion_power is not None:
        names.insert(0, "training clips, from their files")
        powers.insert(0, from_files(known.motion_power, clips))
    text = [
        f"{len(clips)} training clips, the same as the fields say them on their own bodies, and motion drawn "
        "for their labels on these, the first draw of each, without the filter in time. Median power (mean "
        "square of what points near the surface are away from their means, box units² × 10⁴) by cycles a "
        "window of 32 frames, and the median share of it above two cycles.",
        "",
        *table(names, powers, loops),
    ]
    save_page(given.out / PAGE, "At which frequencies drawn motion moves", text)
    print("\n".join(text))


if __name__ == "__main__":
    main()
