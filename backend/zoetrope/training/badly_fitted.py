"""Bodies that the field says badly are drawn more often: what breaks in known bodies breaks in drawn ones."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

EVERY = 500
"""Batches from one look at all bodies to the next."""
LEAST = 1e-6
"""An error below this counts as this, box units: no body is never drawn."""


class BadlyFitted(nn.Module):
    """Weights (N,) to draw bodies with, proportional to a power of each one's error.

    It is a module for its buffers' sake: a stage that is resumed draws as one that was not stopped.

    Parameters
    ----------
    bodies : int
    power : float
        0 draws all alike, 1 a body of twice the error twice as often.
    """

    errors: Tensor
    batches: Tensor

    def __init__(self, bodies: int, power: float) -> None:
        super().__init__()
        self.power = power
        self.register_buffer("errors", torch.ones(bodies))
        self.register_buffer("batches", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def weights(self, look: Callable[[], Tensor]) -> Tensor:
        """Those of the next batch; `look` gives the errors (N,) of all bodies, now and then.

        What is not finite is passed over: the loss, which then is not either, sends the stage back.
        """
        if int(self.batches) % EVERY == 0:
            seen = look()
            self.errors.copy_(torch.where(seen.isfinite(), seen.clamp_min(LEAST), self.errors))
        self.batches += 1
        return self.errors**self.power
