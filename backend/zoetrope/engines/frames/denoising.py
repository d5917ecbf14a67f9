"""Sampling from a network that predicts clean data: seeded noise, DDIM, classifier-free guidance."""

from collections.abc import Callable

import torch
from torch import Tensor

from zoetrope.diffusion.ddim import ddim
from zoetrope.diffusion.guidance import classifier_free_guidance
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.sampling.token_sampling import seeded_generator

ConditionalDenoiser = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""Function of x_t (B, ...), times (B,) 0 .. 1, categories (B,) and actions (B,) that returns clean data."""


def sample_denoiser(
    model: ConditionalDenoiser,
    shape: tuple[int, ...],
    resolved: ResolvedRequest,
    attempt: int,
    steps: int,
    device: str,
    on_progress: OnProgress,
    guidance: float = 1.0,
    conditional: bool = True,
) -> Tensor:
    """Sample clean data (1, *shape) for the labels and the seed of a request.

    Parameters
    ----------
    attempt : int
        0, and upwards for the same seed sampled again.
    steps : int
        Of DDIM.
    guidance : float
        Scale of classifier-free guidance; 1: none.
    conditional : bool
        False: the model was trained without labels, whose embeddings are then those that it started with.
    """
    noise = torch.randn((1, *shape), generator=seeded_generator(resolved.request.seed, attempt)).to(device)
    indices = (resolved.category_index, resolved.action_index) if conditional else (0, 0)
    category, action = torch.tensor(indices, device=noise.device)[:, None]
    guided = guidance != 1.0 and any(indices)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        if not guided:
            return model(x, t, category, action)
        twice = x.repeat(2, *[1] * (x.dim() - 1)), t.repeat(2)
        labels = (torch.cat([one, torch.zeros_like(one)]) for one in (category, action))
        with_labels, without = model(*twice, *labels).chunk(2)
        return classifier_free_guidance(with_labels, without, guidance)

    with torch.inference_mode():
        return ddim(denoise, noise, steps, lambda i, n: on_progress("weights", i, n))
