"""Engines that bound what the diffusions are worth: the same fields, tokens from somewhere simpler."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.base import OnProgress
from zoetrope.engines.bundle import Description
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import TrainingTokens

FEWEST = 3
"""Clips of one label that a Gaussian may be fitted to; with fewer, it is fitted to all of the category."""


class LatentOnly(DnfEngine):
    """What the diffusions draw, the layers' codes put to their training mean: the latents alone."""

    def sample_tokens(self, resolved: ResolvedRequest, on_progress: OnProgress) -> tuple[Tensor, Tensor]:
        shape, motion = super().sample_tokens(resolved, on_progress)
        bundle = self.load()
        own, moving = self.description.shape_field.latent, self.description.motion_field.latent
        shape[:, own:] = bundle.shape_model.standardiser.mean[own:]
        codes = slice(moving, -bundle.motion_model.config.extra)
        motion[:, codes] = bundle.motion_model.standardiser.mean[codes]
        return shape, motion


class _FromTraining(DnfEngine):
    """An engine that knows the training tokens."""

    def __init__(self, weights: Path, known: TrainingTokens, device: str = "auto") -> None:
        super().__init__(weights, device, max_attempts=1)
        self.known = checked(known, self.description)

    def _bodies(self, category: int) -> Tensor:
        """Shape tokens (N, S) of a 1-based category, or of all for 0."""
        rows = torch.from_numpy(self.known.shape)
        if not category:
            return rows
        name = self.description.categories[category - 1].name
        return rows[torch.from_numpy(self.known.shape_category == name)]

    def _clips(self, category: int, action: int) -> Tensor:
        """Motion tokens (C, T, M) of a 1-based category and action; the category's where few have both."""
        kept = np.ones(len(self.known.motion), dtype=bool)
        if category:
            kept &= self.known.motion_category == self.description.categories[category - 1].name
        if action:
            both = kept & (self.known.motion_action == self.description.action_order[action - 1])
            kept = both if both.sum() >= FEWEST else kept
        return torch.from_numpy(self.known.motion[kept])


class MeanShape(_FromTraining):
    """Every creature of a category has the mean of its training bodies' tokens; the motion is drawn."""

    def sample_tokens(self, resolved: ResolvedRequest, on_progress: OnProgress) -> tuple[Tensor, Tensor]:
        _, motion = super().sample_tokens(resolved, on_progress)
        return self._bodies(resolved.category_index).mean(0, keepdim=True).to(motion.device), motion


class TokenGaussian(_FromTraining):
    """Tokens from normal distributions in the principal components of the same label's training tokens."""

    def sample_tokens(self, resolved: ResolvedRequest, on_progress: OnProgress) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(resolved.request.seed)
        shape = normal_like(self._bodies(resolved.category_index), generator)
        clips = self._clips(resolved.category_index, resolved.action_index)
        motion = normal_like(clips.flatten(1), generator).view(clips.shape[1:])
        on_progress("motion", 1, 1)
        return shape.to(self.device()), motion.to(self.device())


def checked(known: TrainingTokens, description: Description) -> TrainingTokens:
    """The tokens, if they are of the weights described.

    Raises
    ------
    ZoetropeError
        Code "bad_option": they are not.
    """
    model = description.shape_model
    if known.shape.shape[1] != model.latent + model.layers * model.code:
        raise ZoetropeError(
            "These training tokens are not of these weights.",
            code="bad_option",
            remedy="Give the tokens.npz of the run that made the weights.",
        )
    return known


def normal_like(data: Tensor, generator: torch.Generator) -> Tensor:
    """One draw (1, D) of the normal distribution with the mean and covariance of data (N, D).

    The covariance's factor is the centred data themselves: N coefficients, whatever D is.
    """
    mean = data.mean(0, keepdim=True)
    weight = torch.randn(1, len(data), generator=generator) / max(1, len(data) - 1) ** 0.5
    return mean + weight @ (data - mean)
