"""Engines that bound what the diffusions are worth: the same fields, tokens from somewhere simpler."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.asked import Asked
from zoetrope.engines.base import EngineInfo, OnProgress
from zoetrope.engines.bundle import Bundle, field_checksums
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import ZoetropeError
from zoetrope.training.known import KnownTokens

FEWEST = 3
"""Clips of one label that a Gaussian may be fitted to; with fewer, it is fitted to all of the category."""


class LatentOnly(DnfEngine):
    """What the diffusions draw, the layers' codes put to their training mean: the latents alone."""

    def _tokens(
        self, bundle: Bundle, seed: int, asked: Asked, on_progress: OnProgress
    ) -> tuple[Tensor, Tensor]:
        shape, motion = super()._tokens(bundle, seed, asked, on_progress)
        own, moving = self.description.shape_field.latent, self.description.motion_field.latent
        shape[:, own:] = bundle.shape_model.standardiser.mean[own:]
        codes = slice(moving, -bundle.motion_model.config.extra)
        motion[:, codes] = bundle.motion_model.standardiser.mean[codes]
        return shape, motion


class _FromTraining(DnfEngine):
    """An engine that knows the training tokens."""

    def __init__(self, weights: Path, known: KnownTokens, device: str = "auto") -> None:
        super().__init__(weights, device, draws=1)
        self.known = known
        if known.shape.shape[1] != self._shape_size():
            raise ZoetropeError(
                "These training tokens are not of these weights.",
                code="bad_option",
                remedy="Give the tokens.npz of the run that made the weights.",
            )

    def _shape_size(self) -> int:
        model = self.description.shape_model
        return int(model.latent + model.layers * model.code)

    def _bodies(self, category: int) -> Tensor:
        """Shape tokens (N, S) of a 1-based category, or of all for 0."""
        rows = torch.from_numpy(self.known.shape)
        if not category:
            return rows
        name = self.description.categories[category - 1].name
        return rows[torch.from_numpy(self.known.shape_category == name)]

    def _clips(self, category: int, action: int) -> Tensor:
        """Motion tokens (C, T, M) of a 1-based category and action; the category's where few have both."""
        return torch.from_numpy(self.known.motion[self._rows(category, action, FEWEST)])

    def _rows(self, category: int, action: int, fewest: int = 1) -> np.ndarray:
        """Numbers (C,) of the clips of a label; of the category where fewer have both."""
        kept = np.ones(len(self.known.motion), dtype=bool)
        if category:
            kept &= self.known.motion_category == self.description.categories[category - 1].name
        if action:
            both = kept & (self.known.motion_action == self.description.action_order[action - 1])
            kept = both if both.sum() >= fewest else kept
        return np.flatnonzero(kept)


class MeanShape(_FromTraining):
    """Every creature of a category has the mean of its training bodies' tokens; the motion is drawn."""

    def _tokens(
        self, bundle: Bundle, seed: int, asked: Asked, on_progress: OnProgress
    ) -> tuple[Tensor, Tensor]:
        _, motion = super()._tokens(bundle, seed, asked, on_progress)
        return self._bodies(asked.category).mean(0, keepdim=True).to(motion.device), motion


class TokenGaussian(_FromTraining):
    """Tokens from normal distributions in the principal components of the same label's training tokens."""

    def _tokens(
        self, bundle: Bundle, seed: int, asked: Asked, on_progress: OnProgress
    ) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        shape = normal_like(self._bodies(asked.category), generator)
        clips = self._clips(asked.category, asked.action)
        motion = normal_like(clips.flatten(1), generator).view(clips.shape[1:])
        on_progress("motion", 1, 1)
        return shape.to(self.device()), motion.to(self.device())


class TrainingTokens(_FromTraining):
    """Training clips as the fields say them, on their own bodies: what no diffusion can surpass."""

    def __init__(self, weights: Path, known: KnownTokens, device: str = "auto") -> None:
        super().__init__(weights, known, device)
        self.description = replace(self.description, smoothing=None)  # the filter is for what is drawn

    def info(self) -> EngineInfo:
        """The engine, its checksum that of the fields and tokens alone: no diffusion is asked."""
        said = hashlib.sha256("".join(field_checksums(self.weights)).encode())
        for table in (self.known.shape, self.known.motion):
            said.update(np.ascontiguousarray(table).data)
        return replace(super().info(), weights_checksum=said.hexdigest())

    def _tokens(
        self, bundle: Bundle, seed: int, asked: Asked, on_progress: OnProgress
    ) -> tuple[Tensor, Tensor]:
        clips = self._rows(asked.category, asked.action)
        clip = clips[int(torch.randint(len(clips), (1,), generator=torch.Generator().manual_seed(seed)))]
        on_progress("motion", 1, 1)
        return self.body_of(str(self.known.motion_creature[clip])), self._motion(clip)

    def body_of(self, creature: str) -> Tensor:
        """Shape tokens (1, S) of a training creature's own body."""
        bodies = np.flatnonzero(self.known.shape_creature == creature)
        return torch.from_numpy(self.known.shape[bodies[:1]]).to(self.device())

    def clip_of(self, creature: str, clip: str) -> Tensor:
        """Motion tokens (T, M) of a training creature's clip."""
        known = (self.known.motion_creature == creature) & (self.known.motion_clip == clip)
        return self._motion(np.flatnonzero(known)[0])

    def _motion(self, row: int) -> Tensor:
        return torch.from_numpy(self.known.motion[row]).to(self.device())


def normal_like(data: Tensor, generator: torch.Generator) -> Tensor:
    """One draw (1, D) of the normal distribution with the mean and covariance of data (N, D).

    The covariance's factor is the centred data themselves: N coefficients, whatever D is.
    """
    mean = data.mean(0, keepdim=True)
    weight = torch.randn(1, len(data), generator=generator) / max(1, len(data) - 1) ** 0.5
    return mean + weight @ (data - mean)
