"""Training clips decoded from their training tokens: what the fields lose, without the diffusions."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.evaluation.metrics.point_clouds import POINTS, sample
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
            body = int(np.flatnonzero(self.tokens.shape_creature == clip.creature)[0])
            request = GenerateRequest(clip.category, clip.action, detail=detail, faces=None, texture=None)
            shape, motion = (
                torch.from_numpy(rows).to(self.engine.device())
                for rows in (self.tokens.shape[body : body + 1], self.tokens.motion[row])
            )
            made = self.engine.decode(self.engine.resolve(request), shape, motion, ignore_progress)
            frames, rng = made.vertices[reference_frames(made)], np.random.default_rng(i)
            decoded.append(replace(clip, clouds=sample(frames, made.faces, rng, points)))
        return decoded
