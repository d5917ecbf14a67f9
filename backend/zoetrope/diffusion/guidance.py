"""Classifier-free guidance: sampling with labels pushed further than they were trained."""

from torch import Tensor


def classifier_free_guidance(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Combine both velocities (Ho and Salimans 2022); scale 1 gives the conditional one."""
    return unconditional + scale * (conditional - unconditional)
