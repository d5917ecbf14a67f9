"""Clips and bodies decoded from their training tokens: what the fields lose, without the diffusions."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from zoetrope.clips.library import CreatureEntry
from zoetrope.engines.decoding.surface import decode_surface
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.evaluation.metrics.point_clouds import POINTS, sample
from zoetrope.evaluation.protocols.bodies import body_of
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.evaluation.protocols.sample_sets import reference_frames
from zoetrope.evaluation.protocols.token_baselines import matching_tokens
from zoetrope.training.data.training_tokens import load_tokens, tokens_path


class ClipDecoder:
    """Decodes the clips that weights were trained on.

    The temporal filter, which is for sampled motion, is left out.

    Parameters
    ----------
    weights : Path
        With training_tokens.npz in it.
    """

    def __init__(self, weights: Path, device: str = "cpu") -> None:
        self.engine = DnfEngine(weights, device)
        self.engine.description = replace(self.engine.description, smoothing=None)
        self.tokens = matching_tokens(load_tokens(tokens_path(weights)), self.engine.description)
        names = zip(self.tokens.motion_creature.tolist(), self.tokens.motion_clip.tolist(), strict=True)
        self._rows = {name: row for row, name in enumerate(names)}
        offered = self.engine.info().categories
        self._labels = {(one.name, action) for one in offered for action in one.actions}

    def trained(self, clips: Sequence[LabelledSequence]) -> list[LabelledSequence]:
        """Return those clips that the weights were trained on, of labels that can be requested."""
        return [
            one
            for one in clips
            if (one.creature, one.clip) in self._rows and (one.category, one.action) in self._labels
        ]

    def decode(
        self,
        clips: Sequence[LabelledSequence],
        detail: int,
        points: int = POINTS,
        on_progress: OnProgress = ignore_progress,
    ) -> list[LabelledSequence]:
        """Return the clips with clouds on what the fields make of their tokens.

        Parameters
        ----------
        clips : some of `trained`.
        detail : int
            Grid cells along the box.
        points : int
            Points of a frame.
        """
        decoded = []
        for i, clip in enumerate(clips):
            on_progress("decoding training clips", i, len(clips))
            row = self._rows[clip.creature, clip.clip]
            request = GenerateRequest(clip.category, clip.action, detail=detail, faces=None, texture=None)
            shape = self._shape(clip.creature)
            motion = torch.from_numpy(self.tokens.motion[row]).to(self.engine.device())
            made = self.engine.decode(self.engine.resolve(request), shape, motion, ignore_progress)
            frames, rng = made.vertices[reference_frames(made)], np.random.default_rng(i)
            decoded.append(replace(clip, clouds=sample(frames, made.faces, rng, points)))
        return decoded

    def decode_bodies(
        self,
        creatures: Sequence[CreatureEntry],
        detail: int,
        on_progress: OnProgress = ignore_progress,
    ) -> list[LabelledSequence]:
        """Return the rest poses of those creatures that the weights were trained on: clouds (1, 2048, 3)."""
        trained = [one for one in creatures if one.file in self.tokens.shape_creature]
        decoded = []
        for i, entry in enumerate(trained):
            on_progress("decoding training bodies", i, len(trained))
            shape = self._shape(entry.file)
            with torch.inference_mode():
                vertices, faces = decode_surface(self.engine.load(), shape, detail, ignore_progress)
            decoded.append(body_of(entry.file, entry.category, vertices, faces, i))
        return decoded

    def _shape(self, creature: str) -> torch.Tensor:
        """Return the shape tokens (1, S) of a training creature."""
        row = int(np.flatnonzero(self.tokens.shape_creature == creature)[0])
        return torch.from_numpy(self.tokens.shape[row : row + 1]).to(self.engine.device())
