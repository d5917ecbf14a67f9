"""Measure the temporal filter of weights and store it in their description.

Sampled motion has more power than the training clips at high frequencies; the filter scales each harmonic
down to theirs. `python -m zoetrope.training.export.measure_temporal_filter WEIGHTS TOKENS` measures it again.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.temporal_filter import Gains, TemporalFilter, filter_gains, gains_key, power_spectrum
from zoetrope.diffusion.time_basis import harmonics
from zoetrope.engines.decoding.motion import decode_frames
from zoetrope.engines.decoding.surface import compose_shape_field
from zoetrope.engines.sampling.token_sampling import MotionConditions, sample_motion, sample_shape
from zoetrope.engines.weights.bundle import Bundle, load_bundle, save_description
from zoetrope.training.data.labelled_clips import LabelledClip, labelled_clips
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens

SAMPLES = 32
"""Windows sampled for loops, and for one-way clips."""
SAMPLES_AN_ACTION = 8
"""Windows sampled for each category's action."""
MIN_CLIPS = 4
"""Training clips that a category's action needs for gains of its own."""
UNFILTERED_CYCLES = 2
"""Up to so many cycles a window motion is not filtered: these belong to the action."""
FIRST_SEED = 1_900_000_000
"""Outside the seeds of evaluations."""
PROBES, POINTS = 4000, 200
"""Random points in the box; of these the nearest to the surface are moved."""


def decode_points(bundle: Bundle, shape: Tensor, motion: Tensor) -> np.ndarray:
    """Return positions (T, POINTS, 3) of points near the surface of tokens (1, S), moved by tokens (T, M)."""
    probes = np.random.default_rng(0).uniform(-0.9, 0.9, (PROBES, 3)).astype(np.float32)
    distance = np.abs(compose_shape_field(bundle, shape)(probes))
    return decode_frames(bundle, shape, motion, probes[np.argsort(distance)[:POINTS]], lambda *_: None)[0]


@torch.inference_mode()
def measure_temporal_filter(
    bundle: Bundle, tokens: TrainingTokens, samples: int = SAMPLES, samples_an_action: int = SAMPLES_AN_ACTION
) -> TemporalFilter:
    """Compare the power of training clips with that of as many samples with their labels.

    Older tokens do not hold the power of the training clips; then it is that of the clips decoded from their
    tokens.
    """
    description, model = bundle.description, bundle.motion_model
    clips = labelled_clips(description, tokens)

    def sampled_power(index: int, clip: LabelledClip, cyclic: bool) -> np.ndarray:
        generator = torch.Generator().manual_seed(FIRST_SEED + index)
        category, action = clip.category_index, clip.action_index
        shape = sample_shape(bundle.shape_model, generator, category, description.shape_guidance)
        conditions = MotionConditions(shape, category, action, clip.flags, description.motion_guidance)
        motion = sample_motion(model, generator, conditions)
        return power_spectrum(decode_points(bundle, shape, motion), cyclic)

    def training_power(clip: LabelledClip, cyclic: bool) -> np.ndarray:
        if tokens.motion_power is not None:
            count = int(harmonics(tokens.motion.shape[1], cyclic)[-1]) + 1
            stored: np.ndarray = tokens.motion_power[clip.row, int(cyclic), :count]
            return stored
        body, motion = tokens.shape[clip.body : clip.body + 1], tokens.motion[clip.row]
        return power_spectrum(decode_points(bundle, torch.from_numpy(body), torch.from_numpy(motion)), cyclic)

    def gains(group: list[LabelledClip], cyclic: bool, count: int) -> Gains:
        if not group:
            return (1.0,) * model.config.frames
        chosen = [group[i] for i in np.random.default_rng(0).choice(len(group), count)]
        training = [training_power(clip, cyclic) for clip in chosen]
        sampled = [sampled_power(i, clip, cyclic) for i, clip in enumerate(chosen)]
        unfiltered = UNFILTERED_CYCLES if cyclic else 2 * UNFILTERED_CYCLES
        return filter_gains(_geometric_mean(training), _geometric_mean(sampled), unfiltered)

    groups: dict[tuple[str, str, bool], list[LabelledClip]] = {}
    for clip in clips:
        groups.setdefault((clip.category, clip.action, clip.flags[0]), []).append(clip)
    actions = {
        gains_key(*key): gains(group, key[2], samples_an_action)
        for key, group in sorted(groups.items())
        if len(group) >= MIN_CLIPS
    }
    loops, one_way = ([clip for clip in clips if clip.flags[0] == cyclic] for cyclic in (True, False))
    return TemporalFilter(gains(loops, True, samples), gains(one_way, False, samples), actions)


def _geometric_mean(powers: list[np.ndarray]) -> np.ndarray:
    """Geometric mean of powers (H,); the arithmetic one would be dominated by a few clips."""
    mean: np.ndarray = np.exp(np.mean(np.log(np.maximum(powers, 1e-12)), axis=0))
    return mean


def add_temporal_filter(weights: Path, tokens: Path) -> TemporalFilter:
    """Measure the filter of the weights in a folder and write it into their description."""
    bundle = load_bundle(weights)
    found = measure_temporal_filter(bundle, load_tokens(tokens))
    save_description(weights, replace(bundle.description, smoothing=found))
    return found


def main() -> None:
    """Measure and store the filter; print its gains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("weights", type=Path, help="folder of the weights")
    parser.add_argument("tokens", type=Path, help="training_tokens.npz of their run")
    arguments = parser.parse_args()
    found = add_temporal_filter(arguments.weights, arguments.tokens)
    for name, gains in {"loops": found.cyclic, "one way": found.one_way, **found.actions}.items():
        print(name, *(f"{value:.2f}" for value in gains))


if __name__ == "__main__":
    main()
