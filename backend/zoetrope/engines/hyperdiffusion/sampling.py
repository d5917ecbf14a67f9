"""Sampling an MLP: seeded noise, DDIM, classifier-free guidance."""

import torch
from torch import Tensor

from zoetrope.diffusion.ddim import ddim
from zoetrope.diffusion.guidance import classifier_free_guidance
from zoetrope.engines.hyperdiffusion.weights import HyperWeights
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.sampling.token_sampling import seeded_generator


def sample_mlps(
    weights: HyperWeights,
    category: int,
    action: int,
    seed: int,
    attempt: int,
    on_progress: OnProgress,
) -> Tensor:
    """Sample one MLP (1, S) as the transformer has it: coefficients or weights, and the log of its seconds.

    Parameters
    ----------
    category, action : int
        Label indices from 1; 0: unconditional.
    attempt : int
        0, and upwards for the same seed sampled again.
    """
    description, model = weights.description, weights.model
    device = model.position.device
    generator = seeded_generator(seed, attempt)
    noise = torch.randn((1, model.size), generator=generator).to(device)
    labels = torch.tensor([[category, action]], device=device)
    guided = description.guidance != 1.0 and bool(labels.any())

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        if not guided:
            return model(x, t, labels[:, 0], labels[:, 1])
        both = torch.cat([labels, torch.zeros_like(labels)])
        conditional, unconditional = model(x.repeat(2, 1), t.repeat(2), both[:, 0], both[:, 1]).chunk(2)
        return classifier_free_guidance(conditional, unconditional, description.guidance)

    found = ddim(denoise, noise, description.sampling_steps, lambda i, n: on_progress("weights", i, n))
    return model.standardiser.inverse(found)
