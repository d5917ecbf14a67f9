"""Hue variants: a creature's colours, and where its category has few, the same colours in other hues."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoetrope.training.data.prepared_samples import PreparedData

MIN_COLOURED_SHARE = 0.5
"""Categories with a smaller share of creatures with colours are trained in several hues."""


@dataclass(frozen=True)
class HueVariants:
    """One row a variant; those of a creature are contiguous, its own hue first. Each has a palette.

    creature (V,) int : index of the creature.
    hue (V,) : rotation around the colour wheel, 0 to 1.
    first, count (K,) int : a creature's first variant, and how many it has.
    """

    creature: Tensor
    hue: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, data: PreparedData, hues: int) -> "HueVariants":
        """Return the variants of all creatures: `hues` evenly around the colour wheel, or one.

        Where most files of a category have a single flat colour, the colours of the few others would be
        sampled for all its creatures; those others are trained in several hues.
        """
        coloured = data.coloured[data.first_body]
        category = data.category_of_body[data.first_body]
        few = torch.bincount(category, coloured.float()) < MIN_COLOURED_SHARE * torch.bincount(category)
        count = torch.where(coloured & few[category], hues, 1)
        first = count.cumsum(0) - count
        creature = torch.repeat_interleave(torch.arange(len(count), device=data.device), count)
        hue = (torch.arange(len(creature), device=data.device) - first[creature]) / count[creature]
        return cls(creature, hue, first, count)

    def __len__(self) -> int:
        return len(self.creature)

    def at(self, creatures: Tensor, share: Tensor) -> Tensor:
        """Return a variant of each of creatures (B,), at a share (B,) in 0..1 of the way through theirs."""
        return self.first[creatures] + (share * self.count[creatures]).long()


def rotate_hue(colours: Tensor, hue: Tensor) -> Tensor:
    """Rotate the hue of RGB colours (B, P, 3) in 0..1 by hue (B,) turns; value and saturation (HSV) stay."""
    value, low = colours.amax(-1), colours.amin(-1)
    chroma = value - low
    red, green, blue = colours.unbind(-1)
    safe = chroma.clamp_min(1e-6)
    sixths = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    sixths = sixths + 6 * hue[:, None]
    distances = [(offset + sixths) % 6 for offset in (5.0, 3.0, 1.0)]
    return torch.stack([value - chroma * torch.minimum(k, 4 - k).clamp(0, 1) for k in distances], dim=-1)
