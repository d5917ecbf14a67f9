"""Weight-space diffusion of HyperDiffusion (section 3.2): a transformer over the tokens of one MLP."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import LabelEmbedding, Transformer


@dataclass(frozen=True)
class WeightModelConfig:
    """Sizes of the transformer over an MLP's tokens.

    token_sizes : length of each token: a layer's weights or biases (as published), or some coefficients of
        the shared projection.
    categories, actions : number of labels.
    width, depth, heads, dropout : published 1440, 12, 16, 0.
    standardised : every weight or coefficient to zero mean and unit deviation over the training clips; the
        published code diffuses raw weights.
    """

    token_sizes: tuple[int, ...]
    categories: int = 0
    actions: int = 0
    width: int = 256
    depth: int = 6
    heads: int = 4
    dropout: float = 0.1
    standardised: bool = True


class WeightModel(nn.Module):
    """Predict the clean weights of an MLP, or its coefficients, from noisy ones."""

    def __init__(self, config: WeightModelConfig) -> None:
        super().__init__()
        self.config = config
        self.size = sum(config.token_sizes)
        self.standardiser = Standardiser(self.size)
        self.token_in = nn.ModuleList([nn.Linear(size, config.width) for size in config.token_sizes])
        self.position = nn.Parameter(0.02 * torch.randn(len(config.token_sizes), config.width))
        self.labels = LabelEmbedding(config.categories, config.actions, config.width)
        self.trunk = Transformer(config.width, config.depth, config.heads, config.dropout)
        self.token_out = nn.ModuleList([nn.Linear(config.width, size) for size in config.token_sizes])

    def fit_standardiser(self, data: Tensor) -> None:
        """Set the standardisation from the training clips (N, size), if there is one."""
        if self.config.standardised:
            self.standardiser.fit(data)

    def forward(self, x: Tensor, t: Tensor, category: Tensor, action: Tensor) -> Tensor:
        """Return the clean weights or coefficients (B, size).

        Parameters
        ----------
        x : (B, size) float
            Standardised, with noise.
        t : (B,) float
            Diffusion times 0 .. 1.
        category, action : (B,) int
            1-based; 0: unconditional.
        """
        parts = x.split(list(self.config.token_sizes), dim=-1)
        tokens = torch.stack([f(part) for f, part in zip(self.token_in, parts, strict=True)], dim=1)
        h = self.trunk(tokens + self.position, t, self.labels(category, action))
        return torch.cat([f(h[:, i]) for i, f in enumerate(self.token_out)], dim=-1).float()
