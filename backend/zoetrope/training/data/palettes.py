"""Coats: the colours a creature is learned in, its own and, where its kind shows too few, others in hue."""

from dataclasses import dataclass

import torch
from torch import Tensor

from zoetrope.training.data.prepared import PreparedData

SPEAKS = 0.5
"""Share of a kind's creatures that must have colours for them to say how the kind is coloured."""


@dataclass(frozen=True)
class Coats:
    """One row a coat; those of a creature stand together, its own first.

    creature (C,) int: whose; hue (C,): how far it is turned around the colour wheel, 0 to 1.
    first, count (K,) int: a creature's own coat, and how many it has.
    """

    creature: Tensor
    hue: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, data: PreparedData, hues: int) -> "Coats":
        """The coats of all creatures: so many, evenly around the colour wheel, or its own alone.

        Where most files of a kind have one flat colour, the few others would paint all its creatures
        alike; they are learned in other hues as well.
        """
        coloured = data.coloured[data.first_body]
        kind = data.category_of_body[data.first_body]
        few = torch.bincount(kind, coloured.float()) < SPEAKS * torch.bincount(kind)
        count = torch.where(coloured & few[kind], hues, 1)
        first = count.cumsum(0) - count
        creature = torch.repeat_interleave(torch.arange(len(count), device=data.device), count)
        hue = (torch.arange(len(creature), device=data.device) - first[creature]) / count[creature]
        return cls(creature, hue, first, count)

    def __len__(self) -> int:
        return len(self.creature)

    def chosen(self, creatures: Tensor, share: Tensor) -> Tensor:
        """A coat each of creatures (B,), share (B,) in 0..1 of the way through theirs."""
        return self.first[creatures] + (share * self.count[creatures]).long()


def turned(colours: Tensor, hue: Tensor) -> Tensor:
    """Colours (B, P, 3) in 0..1 turned around the colour wheel by hue (B,); HSV's value, saturation stay."""
    value, low = colours.amax(-1), colours.amin(-1)
    spread = value - low
    red, green, blue = colours.unbind(-1)
    safe = spread.clamp_min(1e-6)
    sixths = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    sixths = sixths + 6 * hue[:, None]
    away = [(offset + sixths) % 6 for offset in (5.0, 3.0, 1.0)]
    return torch.stack([value - spread * torch.minimum(k, 4 - k).clamp(0, 1) for k in away], dim=-1)
