"""Classifier-free guidance: sampling with labels pushed further than they were trained."""

from torch import Tensor


def classifier_free_guidance(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Combine predictions of velocities or clean data (Ho and Salimans 2022); scale 1: conditional ones."""
    return unconditional + scale * (conditional - unconditional)
