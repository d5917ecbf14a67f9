"""Measuring what the motion diffusion draws too much of, and keeping the filter against it in the weights.

`python -m zoetrope.training.smoothing WEIGHTS TOKENS` does it for weights that have none.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.smoothing import Gains, Smoothing, equalising, key_of, power
from zoetrope.engines.bundle import Bundle, load_bundle, save_description
from zoetrope.engines.decoding import frames_of, shape_function
from zoetrope.engines.drawing import draw_motion, draw_shape
from zoetrope.training.known import KnownTokens, load_tokens

DRAWS = 32
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
def measured(bundle: Bundle, known: KnownTokens, draws: int = DRAWS, of_action: int = OF_ACTION) -> Smoothing:
    """The filter for a bundle, from decoded training tokens and as many decoded draws with their labels."""
    description, model = bundle.description, bundle.motion_model
    flags = {
        (category.name, action.name): (action.cyclic, action.returns_to_start)
        for category in description.categories
        for action in category.actions
    }
    pairs = list(zip(known.motion_category.tolist(), known.motion_action.tolist(), strict=True))
    names = [category.name for category in description.categories]

    def drawn(number: int, row: int) -> np.ndarray:
        category, action = names.index(pairs[row][0]) + 1, description.action_order.index(pairs[row][1]) + 1
        generator = torch.Generator().manual_seed(FIRST_SEED + number)
        shape = draw_shape(bundle.shape_model, generator, category, description.shape_guidance)
        flag, guidance = flags[pairs[row]], description.motion_guidance
        return decoded(bundle, shape, draw_motion(model, generator, shape, category, action, flag, guidance))

    def real(row: int) -> np.ndarray:
        bodies = np.flatnonzero(known.shape_creature == known.motion_creature[row])
        shape = torch.from_numpy(known.shape[bodies[:1]])
        return decoded(bundle, shape, torch.from_numpy(known.motion[row]))

    def gains(rows: list[int], cyclic: bool, count: int) -> Gains:
        if not rows:
            return (1.0,) * model.config.frames
        chosen = np.random.default_rng(0).choice(rows, count)
        true = [power(real(int(row)), cyclic) for row in chosen]
        made = [power(drawn(n, int(row)), cyclic) for n, row in enumerate(chosen)]
        return equalising(_typical(true), _typical(made), SLOW if cyclic else 2 * SLOW)

    kinds: dict[bool, list[int]] = {True: [], False: []}
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for row, pair in enumerate(pairs):
        if pair in flags:
            kinds[flags[pair][0]].append(row)
            groups.setdefault((*pair, flags[pair][0]), []).append(row)
    actions = {
        key_of(*group): gains(rows, group[2], of_action)
        for group, rows in sorted(groups.items())
        if len(rows) >= FEWEST
    }
    return Smoothing(gains(kinds[True], True, draws), gains(kinds[False], False, draws), actions)


def _typical(powers: list[np.ndarray]) -> np.ndarray:
    """Geometric mean of powers (H,): of a mean, the few liveliest clips would make nearly all."""
    mean: np.ndarray = np.exp(np.mean(np.log(np.maximum(powers, 1e-12)), axis=0))
    return mean


def smooth(weights: Path, tokens: Path) -> Smoothing:
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
