"""Replay: what weights were trained on, mixed into the batches of a diffusion that learns new creatures.

Replayed are the training tokens in the folder of the weights. Where there are none, samples of the weights
take their place (generative replay).
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from zoetrope.clips.library import ClipEntry, CreatureEntry
from zoetrope.engines.sampling.token_sampling import (
    MotionConditions,
    sample_motion,
    sample_palette,
    sample_shape,
)
from zoetrope.engines.weights.bundle import Bundle, ColourNetworks, Description
from zoetrope.training.data.class_balance import sampling_weights
from zoetrope.training.data.prepared_samples import PreparedData
from zoetrope.training.data.training_tokens import TrainingTokens, tokens_of_same_run
from zoetrope.training.from_weights.diffusions_only import labelled_bodies, unsampled_data
from zoetrope.training.optimisation.stage_loop import OnTrainingStep
from zoetrope.training.stages.palette_diffusion import Palettes

REPLAY_SIZE = 384
"""Bodies, each with a window of motion, sampled where there are no training tokens."""
PALETTES = 192
"""Palettes sampled for bodies of the replay."""
REPLAY_SHARE = 0.75
"""Of each batch."""
FIRST_SEED = 1_800_000_000
"""Outside the seeds of evaluations and of the temporal filter."""


@dataclass(frozen=True)
class Replay:
    """Bodies and clips with their labels, and their raw tokens (N, S) and (C, T, M)."""

    data: PreparedData
    shape_tokens: Tensor
    motion_tokens: Tensor


def replay_of(
    bundle: Bundle,
    tokens: TrainingTokens | None,
    on_step: OnTrainingStep | None = None,
    size: int = REPLAY_SIZE,
) -> Replay:
    """Return the training tokens of weights, or, without any, samples of the weights."""
    if tokens is None or not len(tokens.shape_creature):
        return sample_replay(bundle, size, on_step)
    data = _with_labels_of(bundle.description, unsampled_data(tokens, _entries(bundle.description, tokens)))
    shape_tokens, motion_tokens = tokens_of_same_run(tokens, data)
    device = bundle.shape_model.position.device
    return Replay(data.to(device), shape_tokens.to(device), motion_tokens.to(device))


@torch.inference_mode()
def sample_replay(bundle: Bundle, count: int, on_step: OnTrainingStep | None = None) -> Replay:
    """Sample the categories and actions of weights in turn, without guidance; each sample is a creature."""
    description = bundle.description
    labels = [
        (c, description.action_order.index(action.name) + 1, category.name, action)
        for c, category in enumerate(description.categories, 1)
        for action in category.actions
    ]
    shape_tokens, motion_tokens, entries = [], [], []
    for i in range(count):
        category, action, name, label = labels[i % len(labels)]
        generator = torch.Generator().manual_seed(FIRST_SEED + i)
        shape = sample_shape(bundle.shape_model, generator, category, 1.0)
        flags = label.cyclic, label.returns_to_start
        shape_tokens.append(shape)
        conditions = MotionConditions(shape, category, action, flags)
        motion_tokens.append(sample_motion(bundle.motion_model, generator, conditions))
        clip = ClipEntry(label.name, label.name, *flags, 1.0, True)
        entries.append(CreatureEntry(f"sample {i}", name, 1.0, f"sample {i}", True, (clip,)))
        if on_step is not None:
            on_step("replay", i + 1, count, 0.0)
    bodies = [(entry, entry.clips) for entry in entries]
    data = _with_labels_of(description, labelled_bodies(bodies)).to(shape_tokens[0].device)
    return Replay(data, torch.cat(shape_tokens), torch.stack(motion_tokens))


def replay_weights(
    labels: Sequence[Hashable], balance: float, new: dict[Hashable, float], share: float = REPLAY_SHARE
) -> Tensor:
    """Return sampling probabilities (N,) of replayed members with these labels.

    They are class-balanced, but a label that new creatures have too is sampled at least as often from the
    replay as from these. Otherwise a few new quadrupeds, in each batch, would be most of all quadrupeds.

    Parameters
    ----------
    balance : float
        As in `sampling_weights`.
    new : dict
        The share of each label among the new members of a batch.
    share : float
        Share of the replay in a batch.
    """
    weights = sampling_weights(labels, balance)
    before = shares(labels, weights)
    needed = {label: part * (1 - share) / share for label, part in new.items() if label in before}
    raised: set[Hashable] = set()
    scale = 1.0
    # Raising some labels lowers the others, which may then need it too.
    while low := {label for label in needed.keys() - raised if scale * before[label] < needed[label]}:
        raised |= low
        others = sum(part for label, part in before.items() if label not in raised)
        scale = (1 - sum(needed[label] for label in raised)) / max(others, 1e-9)
    factors = [needed[label] / before[label] if label in raised else scale for label in labels]
    weights = weights * torch.tensor(factors, dtype=weights.dtype)
    return weights / weights.sum()


def shares(labels: Sequence[Hashable], weights: Tensor) -> dict[Hashable, float]:
    """Return the summed weight of each label among members with weights (N,)."""
    found: Counter[Hashable] = Counter()
    for label, weight in zip(labels, weights.tolist(), strict=True):
        found[label] += weight
    return dict(found)


@torch.no_grad()
def sample_palette_replay(
    colours: ColourNetworks, shape_tokens: Tensor, categories: Tensor, weights: Tensor, count: int = PALETTES
) -> Palettes:
    """Sample palettes for bodies chosen by weights (N,) of raw shape tokens (N, S) of categories (N,)."""
    model = colours.model
    chooser = torch.Generator().manual_seed(FIRST_SEED)
    rows = torch.multinomial(weights.cpu(), count, replacement=True, generator=chooser).to(
        shape_tokens.device
    )
    shape_tokens, categories = shape_tokens[rows], categories[rows]
    palettes = [
        sample_palette(
            model, torch.Generator().manual_seed(FIRST_SEED + i), shape_tokens[i : i + 1], int(category)
        )
        for i, category in enumerate(categories)
    ]
    standard_shape_latents = model.shape_standardiser(shape_tokens[:, : model.config.shape])
    return model.standardiser(torch.cat(palettes)), standard_shape_latents, categories


def _entries(description: Description, tokens: TrainingTokens) -> list[CreatureEntry]:
    """Return the creatures of tokens; their clips have the flags with which their action is generated."""
    flags = {
        (category.name, action.name): (action.cyclic, action.returns_to_start)
        for category in description.categories
        for action in category.actions
    }
    clips: dict[str, list[ClipEntry]] = {}
    rows = zip(
        tokens.motion_creature.tolist(),
        tokens.motion_clip.tolist(),
        tokens.motion_category.tolist(),
        tokens.motion_action.tolist(),
        strict=True,
    )
    for creature, name, category, action in rows:
        flag = flags.get((category, action), (False, False))
        clips.setdefault(creature, []).append(ClipEntry(name, action, *flag, 1.0, True))
    categories = dict(zip(tokens.shape_creature.tolist(), tokens.shape_category.tolist(), strict=True))
    return [
        CreatureEntry(name, category, 1.0, name, True, tuple(clips.get(name, ())))
        for name, category in categories.items()
    ]


def _with_labels_of(description: Description, data: PreparedData) -> PreparedData:
    """Return the data with the label indices of the weights."""
    categories = [category.name for category in description.categories]
    return replace(data, categories=categories, actions=list(description.action_order))
