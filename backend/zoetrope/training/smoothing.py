"""Measuring what the motion diffusion leaves of its noise, and keeping the filter against it in the weights.

`python -m zoetrope.training.smoothing WEIGHTS TOKENS` does it for weights that have none.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.smoothing import Gains, Smoothing, parts, power, wiener
from zoetrope.engines.bundle import Bundle, load_bundle, save_description
from zoetrope.engines.drawing import draw_motion, draw_shape
from zoetrope.training.known import KnownTokens, load_tokens

DRAWS = 32
"""Windows of each kind that are drawn; their seeds are no report's."""
FIRST_SEED = 1_900_000_000


@torch.inference_mode()
def measured(bundle: Bundle, known: KnownTokens, draws: int = DRAWS) -> Smoothing:
    """The filter for a bundle from its training tokens and as many draws with their labels."""
    description, model = bundle.description, bundle.motion_model
    flags = {
        (category.name, action.name): (action.cyclic, action.returns_to_start)
        for category in description.categories
        for action in category.actions
    }
    pairs = list(zip(known.motion_category.tolist(), known.motion_action.tolist(), strict=True))
    names = [category.name for category in description.categories]

    def drawn(number: int, row: int) -> Tensor:
        category, action = pairs[row]
        generator = torch.Generator().manual_seed(FIRST_SEED + number)
        shape = draw_shape(
            bundle.shape_model, generator, names.index(category) + 1, description.shape_guidance
        )
        return draw_motion(
            model,
            generator,
            shape,
            names.index(category) + 1,
            description.action_order.index(action) + 1,
            flags[category, action],
            description.motion_guidance,
        )

    def gains(cyclic: bool) -> Gains:
        rows = [i for i, pair in enumerate(pairs) if flags[pair][0] == cyclic]
        if not rows:
            return {name: (1.0,) * model.config.frames for name in parts(model.config)}
        chosen = np.random.default_rng(0).choice(rows, draws)
        ours = torch.stack([drawn(n, int(row)) for n, row in enumerate(chosen)])
        theirs = torch.from_numpy(known.motion[rows]).float()
        true, made = (power(model.standardiser(x), model.config, cyclic) for x in (theirs, ours))
        return {name: wiener(true[name], made[name]) for name in true}

    return Smoothing(gains(True), gains(False))


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
    for kind, gains in (("cyclic", found.cyclic), ("one way", found.one_way)):
        for name, values in gains.items():
            print(kind, name, *(f"{value:.2f}" for value in values[:17]))


if __name__ == "__main__":
    main()
