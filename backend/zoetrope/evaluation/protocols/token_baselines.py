"""Baselines: engines with the same fields, without sampled proportions or with simpler sources of tokens."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.sampling.rejection_sampling import SampledBody
from zoetrope.engines.weights.bundle import Description
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import TrainingTokens

MIN_CLIPS = 3
"""Clips of one label that a Gaussian is fitted to; with fewer, it is fitted to all of the category."""


class WithoutProportions(DnfEngine):
    """The engine without sampled proportions, which it gives to all bodies; all else as shipped."""

    def resolve(self, request: GenerateRequest) -> ResolvedRequest:
        """Check a request and fill in its defaults."""
        return super().resolve(replace(request, proportions=BodyShape()))


class LatentOnly(DnfEngine):
    """Tokens of the diffusions with all codes replaced by their training mean, the latents alone kept."""

    def sample_body(self, resolved: ResolvedRequest, on_progress: OnProgress) -> SampledBody:
        bundle, shape = self.load(), super().sample_body(resolved, on_progress).tokens
        shape_latent = self.description.shape_field.latent
        shape[:, shape_latent:] = bundle.shape_model.standardiser.mean[shape_latent:]
        return unchecked(shape)

    def sample_motion(self, resolved: ResolvedRequest, body: SampledBody, on_progress: OnProgress) -> Tensor:
        whole = super().sample_body(resolved, on_progress)  # the motion is that of the body with its codes
        bundle, motion = self.load(), super().sample_motion(resolved, whole, on_progress)
        codes = bundle.motion_model.config.codes
        motion[:, codes] = bundle.motion_model.standardiser.mean[codes]
        return motion


class TokenBaseline(DnfEngine):
    """An engine with access to the training tokens; its samples are not checked."""

    def __init__(self, weights: Path, tokens: TrainingTokens, device: str = "auto") -> None:
        super().__init__(weights, device, max_attempts=1)
        self.tokens = matching_tokens(tokens, self.description)

    def _bodies(self, category: int) -> Tensor:
        """Return the shape tokens (N, S) of a 1-based category, or of all for 0."""
        rows = torch.from_numpy(self.tokens.shape)
        if not category:
            return rows
        name = self.description.categories[category - 1].name
        return rows[torch.from_numpy(self.tokens.shape_category == name)]

    def _clips(self, category: int, action: int) -> Tensor:
        """Return the motion tokens (C, T, M) of a 1-based label, or of the category if few clips have it."""
        kept = np.ones(len(self.tokens.motion), dtype=bool)
        if category:
            kept &= self.tokens.motion_category == self.description.categories[category - 1].name
        if action:
            both = kept & (self.tokens.motion_action == self.description.action_order[action - 1])
            kept = both if both.sum() >= MIN_CLIPS else kept
        return torch.from_numpy(self.tokens.motion[kept])


class MeanShape(TokenBaseline):
    """The mean training body of the category, with sampled motion."""

    def sample_body(self, resolved: ResolvedRequest, on_progress: OnProgress) -> SampledBody:
        mean = self._bodies(resolved.category_index).mean(0, keepdim=True)
        return unchecked(mean.to(self.device()))

    def sample_motion(self, resolved: ResolvedRequest, body: SampledBody, on_progress: OnProgress) -> Tensor:
        sampled = super().sample_body(resolved, on_progress)  # the motion is that of a sampled body
        return super().sample_motion(resolved, sampled, on_progress)


class TokenGaussian(TokenBaseline):
    """Tokens from normal distributions in the principal components of the label's training tokens."""

    def sample_body(self, resolved: ResolvedRequest, on_progress: OnProgress) -> SampledBody:
        return unchecked(self._sampled_shape(resolved)[0].to(self.device()))

    def sample_motion(self, resolved: ResolvedRequest, body: SampledBody, on_progress: OnProgress) -> Tensor:
        clips = self._clips(resolved.category_index, resolved.action_index)
        motion = sample_normal_like(clips.flatten(1), self._sampled_shape(resolved)[1]).view(clips.shape[1:])
        on_progress("motion", 1, 1)
        return motion.to(self.device())

    def _sampled_shape(self, resolved: ResolvedRequest) -> tuple[Tensor, torch.Generator]:
        """Return shape tokens (1, S), and the generator after them: the motion's noise follows."""
        generator = torch.Generator().manual_seed(resolved.request.seed)
        return sample_normal_like(self._bodies(resolved.category_index), generator), generator


def unchecked(shape: Tensor) -> SampledBody:
    """Return raw shape tokens (1, S) as a body whose surface is not known."""
    return SampledBody(shape, 0, None)


def matching_tokens(tokens: TrainingTokens, description: Description) -> TrainingTokens:
    """Return the tokens; raise ZoetropeError of code "bad_option" if they are of other weights."""
    model = description.shape_model
    if tokens.shape.shape[1] != model.latent + model.layers * model.code:
        raise ZoetropeError(
            "These training tokens are not of these weights.",
            code="bad_option",
            remedy="Give the training_tokens.npz of the run that made the weights.",
        )
    return tokens


def sample_normal_like(data: Tensor, generator: torch.Generator) -> Tensor:
    """Sample (1, D) from the normal distribution with the mean and covariance of data (N, D).

    The centred data is a factor of the covariance, so N coefficients suffice, whatever D is.
    """
    mean = data.mean(0, keepdim=True)
    weight = torch.randn(1, len(data), generator=generator) / max(1, len(data) - 1) ** 0.5
    return mean + weight @ (data - mean)
