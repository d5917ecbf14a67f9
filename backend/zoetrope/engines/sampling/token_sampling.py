"""Sampling tokens from the diffusions: seeded noise, classifier-free guidance, ODE sampler."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from zoetrope.diffusion.guidance import classifier_free_guidance
from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.ode_solvers import OnStep, adams_bashforth
from zoetrope.diffusion.palette_model import PaletteModel
from zoetrope.diffusion.shape_model import ShapeModel

STEPS = 20
"""Steps of the sampler; the metrics are those of 250 steps within their error (`studies/solver_steps`)."""
MAX_DISTANCE = 1.0
"""Of a sampled body from the nearest training body: Euclidean distance of standardised latents. Training
bodies are 4 to 10 from one another; half of all samples (few fish) come as near as this by themselves.
Further away lie mixtures, with blotchy colours from 1.6 on though their surfaces pass the checks."""


def seeded_generator(seed: int, attempt: int = 0) -> torch.Generator:
    """Return the noise source of an attempt to sample for a seed (see `rejection_sampling.py`).

    On the CPU, so that a seed gives the same noise on every device. Attempt 0 has the seed itself.
    """
    if attempt:
        seed = int(np.random.SeedSequence([seed, attempt]).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(seed)


def sample_shape(
    model: ShapeModel,
    generator: torch.Generator,
    category: int,
    guidance: float,
    steps: int = STEPS,
    on_step: OnStep | None = None,
) -> Tensor:
    """Sample raw shape tokens (1, size).

    The conditional and the unconditional half run in one batch.

    Parameters
    ----------
    category : int
        1-based; 0: unconditional.
    guidance : float
        Scale of classifier-free guidance.
    """
    device = model.position.device
    noise = torch.randn(1, model.size, generator=generator).to(device)
    categories = torch.tensor([category, 0], device=device)

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        both = model(x.expand(2, -1), t.to(device).expand(2), categories)
        return classifier_free_guidance(both[:1], both[1:], guidance)

    return model.standardiser.inverse(adams_bashforth(velocity, noise, steps, on_step))


def truncate_to_nearest(
    model: ShapeModel, shape: Tensor, training_bodies: Tensor, max_distance: float = MAX_DISTANCE
) -> Tensor:
    """Draw raw shape tokens (1, S) towards the nearest training body until they are `max_distance` from it.

    Multi-modal truncation (Mokady et al. 2022, section 4.2), with the training bodies as modes.

    Parameters
    ----------
    training_bodies : (N, S) float
        Raw tokens of the training bodies of the category; with none, the tokens stay.
    max_distance : float
        Between standardised latents.
    """
    if not len(training_bodies):
        return shape
    sample, modes = model.standardiser(shape), model.standardiser(training_bodies.to(shape))
    size = model.config.latent
    distances = (modes[:, :size] - sample[:, :size]).norm(dim=1)
    nearest = int(distances.argmin())
    share = min(1.0, max_distance / max(float(distances[nearest]), 1e-12))
    mode = modes[nearest : nearest + 1]
    return model.standardiser.inverse(mode + share * (sample - mode))


def sample_palette(
    model: PaletteModel, generator: torch.Generator, shape: Tensor, category: int, steps: int = STEPS
) -> Tensor:
    """Sample a raw palette (1, P) for raw shape tokens (1, S), without guidance.

    Parameters
    ----------
    category : int
        1-based; 0, or a category added after the palette model was trained: unconditional.
    """
    device = shape.device
    noise = torch.randn(1, model.config.palette, generator=generator).to(device)
    standard_shape_latents = model.shape_standardiser(shape[:, : model.config.shape])
    categories = torch.tensor([category if category <= model.config.categories else 0], device=device)

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        return model(x, t.to(device), standard_shape_latents, categories)

    return model.standardiser.inverse(adams_bashforth(velocity, noise, steps))


@dataclass(frozen=True)
class MotionConditions:
    """What a window of motion is sampled for, and how.

    Parameters
    ----------
    shape : (1, S) float
        Raw shape tokens of the body; only the latent is used.
    category, action : int
        1-based; 0: unconditional.
    flags : (bool, bool)
        Cyclic; returns to its first pose.
    guidance : float
        Scale of classifier-free guidance over category and action.
    steps : int
        Of the sampler.
    """

    shape: Tensor
    category: int
    action: int
    flags: tuple[bool, bool]
    guidance: float = 1.0
    steps: int = STEPS


class GivenFrames(NamedTuple):
    """Frames of a window that are not sampled.

    tokens : (T, size) float, raw; those of other frames are not read.
    mask : (T,) float, 1 for given frames, else 0.
    """

    tokens: Tensor
    mask: Tensor


def sample_motion(
    model: MotionModel,
    generator: torch.Generator,
    conditions: MotionConditions,
    on_step: OnStep | None = None,
    given: GivenFrames | None = None,
) -> Tensor:
    """Sample one window of raw motion tokens (T, size)."""
    shape, device = conditions.shape, conditions.shape.device
    frames = model.config.frames
    white = torch.randn(1, frames, model.size, generator=generator).to(device)
    categories = torch.tensor([conditions.category, 0], device=device)
    actions = torch.tensor([conditions.action, 0], device=device)
    both_flags = torch.tensor([conditions.flags] * 2, device=device).float()
    noise = model.noise(white, both_flags[:1, 0])
    standard_shape_latents = model.shape_standardiser(shape[:, : model.config.shape]).expand(2, -1)
    clean = torch.zeros(1, frames, model.size, device=device)
    mask = torch.zeros(1, frames, device=device)
    if given is not None:
        mask = given.mask[None].to(device)
        clean = model.standardiser(given.tokens.to(device))[None] * mask[..., None]

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        both = model(
            x.expand(2, -1, -1),
            t.to(device).expand(2),
            standard_shape_latents,
            categories,
            actions,
            both_flags,
            clean.expand(2, -1, -1),
            mask.expand(2, -1),
        )
        return classifier_free_guidance(both[:1], both[1:], conditions.guidance)

    x = adams_bashforth(velocity, noise, conditions.steps, on_step)
    x = x * (1 - mask[..., None]) + clean
    return model.standardiser.inverse(model.average_clip_codes(x))[0]
