"""HyperDiffusion engine: request -> weights of a 4D occupancy MLP (diffusion) -> frames (marching cubes)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zoetrope.engines.frames.denoising import sample_denoiser
from zoetrope.engines.frames.engine import FrameEngine, SampledClip
from zoetrope.engines.hyperdiffusion.decoding import decode_frame, distance_with_gradient
from zoetrope.engines.hyperdiffusion.weights import HyperWeights, load_hyper_weights, read_hyper_description
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.fields.occupancy import frame_times

SECONDS = (0.2, 12.0)
"""Limits of a clip's duration."""


class HyperDiffusionEngine(FrameEngine):
    """Generates clips with HyperDiffusion (Erkoç et al., ICCV 2023).

    Parameters
    ----------
    weights : Path
        Folder of the weights.
    device : str
        "cpu", "cuda", "mps" or "auto".
    """

    def __init__(self, weights: Path, device: str = "auto") -> None:
        self.description = read_hyper_description(weights)
        super().__init__(weights, self.description, device, "HyperDiffusion")
        self._loaded: HyperWeights | None = None

    def sample(self, resolved: ResolvedRequest, attempt: int, on_progress: OnProgress) -> SampledClip:
        """Sample the MLP of one clip."""
        flat, seconds = self.sample_mlp(resolved, attempt, on_progress)
        field, times = self.description.field, frame_times(self.description.frames)
        if resolved.action_label.cyclic and len(times) > 1:
            times = times[:-1]  # a loop's last training frame repeats its first

        def distance(frame: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return distance_with_gradient(field, flat, float(times[frame]), points)

        return SampledClip(
            len(times),
            seconds,
            lambda frame, detail, on_chunk: decode_frame(field, flat, float(times[frame]), detail, on_chunk),
            distance,
        )

    def sample_mlp(
        self, resolved: ResolvedRequest, attempt: int, on_progress: OnProgress
    ) -> tuple[Tensor, float]:
        """Sample an MLP (P,) and the seconds that its clip lasts."""
        weights, described = self.load(), self.description
        found = sample_denoiser(
            weights.model,
            (weights.model.size,),
            resolved,
            attempt,
            described.sampling_steps,
            self.device(),
            on_progress,
            described.guidance,
            described.conditional,
        )
        with torch.inference_mode():
            sampled = weights.model.standardiser.inverse(found)
            return weights.mlps(sampled)[0], float(weights.seconds(sampled).clamp(*SECONDS)[0])

    def load(self) -> HyperWeights:
        """Return the weights, read at the first call."""
        if self._loaded is None:
            self._loaded = load_hyper_weights(self.weights, self.device())
        return self._loaded

    def forget(self) -> None:
        """Drop the weights."""
        self._loaded = None
