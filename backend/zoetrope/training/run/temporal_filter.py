"""Measuring what the motion diffusion draws too much of, and keeping the filter against it in the weights.

`python -m zoetrope.training.run.temporal_filter WEIGHTS TOKENS` does it for weights that are there.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.temporal_filter import Gains, TemporalFilter, filter_gains, key_of, power
from zoetrope.diffusion.time_basis import harmonics
from zoetrope.engines.bundle import Bundle, load_bundle, save_description
from zoetrope.engines.decoding import frames_of, shape_function
from zoetrope.engines.sampling import sample_motion, sample_shape
from zoetrope.training.data.labelled_clips import LabelledClip, labelled_clips
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens

MAX_ATTEMPTS = 32
"""Windows of each kind of clip that are drawn; their seeds are no report's."""
SLOW = 2
"""Cycles a window up to which motion is left alone: that is the action itself, not a tremble."""
OF_ACTION = 8
"""Windows of each kind's action."""
FEWEST = 4
"""Clips that there must be in training for a filter of its own."""
FIRST_SEED = 1_900_000_000
PROBES, POINTS = 4000, 200
"""Points in the box that are looked at, and how many of them, the nearest to the surface, are moved."""


def decoded(bundle: Bundle, shape: Tensor, motion: Tensor) -> np.ndarray:
    """Positions (T, `POINTS`, 3) of points near the surface of tokens (1, S), moved by tokens (T, M)."""
    probes = np.random.default_rng(0).uniform(-0.9, 0.9, (PROBES, 3)).astype(np.float32)
    distance = np.abs(shape_function(bundle, shape)(probes)[:, 0])
    return frames_of(bundle, shape, motion, probes[np.argsort(distance)[:POINTS]], lambda *_: None)[0]


@torch.inference_mode()
def measured(
    bundle: Bundle, known: TrainingTokens, draws: int = MAX_ATTEMPTS, of_action: int = OF_ACTION
) -> TemporalFilter:
    """The filter for a bundle, from true training clips and as many decoded draws with their labels.

    Where the tokens do not know the true clips' power, that of the clips as the fields say them is taken.
    """
    description, model = bundle.description, bundle.motion_model
    clips = labelled_clips(description, known)

    def drawn(number: int, clip: LabelledClip) -> np.ndarray:
        generator = torch.Generator().manual_seed(FIRST_SEED + number)
        shape = sample_shape(bundle.shape_model, generator, clip.category, description.shape_guidance)
        guidance = description.motion_guidance
        motion = sample_motion(model, generator, shape, clip.category, clip.action, clip.flags, guidance)
        return decoded(bundle, shape, motion)

    def real(clip: LabelledClip, cyclic: bool) -> np.ndarray:
        if known.motion_power is not None:
            count = int(harmonics(known.motion.shape[1], cyclic)[-1]) + 1
            own: np.ndarray = known.motion_power[clip.row, int(cyclic), :count]
            return own
        body, motion = known.shape[clip.body : clip.body + 1], known.motion[clip.row]
        return power(decoded(bundle, torch.from_numpy(body), torch.from_numpy(motion)), cyclic)

    def gains(some: list[LabelledClip], cyclic: bool, count: int) -> Gains:
        if not some:
            return (1.0,) * model.config.frames
        chosen = [some[i] for i in np.random.default_rng(0).choice(len(some), count)]
        true = [real(clip, cyclic) for clip in chosen]
        made = [power(drawn(n, clip), cyclic) for n, clip in enumerate(chosen)]
        return filter_gains(_typical(true), _typical(made), SLOW if cyclic else 2 * SLOW)

    groups: dict[tuple[str, str, bool], list[LabelledClip]] = {}
    for clip in clips:
        groups.setdefault((clip.kind, clip.name, clip.flags[0]), []).append(clip)
    actions = {
        key_of(*group): gains(own, group[2], of_action)
        for group, own in sorted(groups.items())
        if len(own) >= FEWEST
    }
    loops, one_way = ([clip for clip in clips if clip.flags[0] == cyclic] for cyclic in (True, False))
    return TemporalFilter(gains(loops, True, draws), gains(one_way, False, draws), actions)


def _typical(powers: list[np.ndarray]) -> np.ndarray:
    """Geometric mean of powers (H,): of a mean, the few liveliest clips would make nearly all."""
    mean: np.ndarray = np.exp(np.mean(np.log(np.maximum(powers, 1e-12)), axis=0))
    return mean


def smooth(weights: Path, tokens: Path) -> TemporalFilter:
    """Measure the filter of the weights in a folder and write it into their description."""
    bundle = load_bundle(weights)
    found = measured(bundle, load_tokens(tokens))
    save_description(weights, replace(bundle.description, smoothing=found))
    return found


def main() -> None:
    """Print the gains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("weights", type=Path, help="folder of the weights")
    parser.add_argument("tokens", type=Path, help="tokens.npz of their run")
    given = parser.parse_args()
    found = smooth(given.weights, given.tokens)
    for kind, gains in {"loops": found.cyclic, "one way": found.one_way, **found.actions}.items():
        print(kind, *(f"{value:.2f}" for value in gains))


if __name__ == "__main__":
    main()
