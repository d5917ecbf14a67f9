"""Interface of a weight dictionary, shared by ours and the published one that it is compared with."""

from torch import Tensor, nn


class WeightDictionary(nn.Module):
    """Shared factors of one network's weight matrices; an instance's code selects its weights."""

    def code_shape(self) -> tuple[int, ...]:
        """Return the shape of one instance's code."""
        raise NotImplementedError

    def compose(self, codes: Tensor) -> list[Tensor]:
        """Return the weights (B, O, I) of every layer for codes (B, *code_shape)."""
        raise NotImplementedError

    def matrix_parameters(self) -> list[nn.Parameter]:
        """Return the learned matrices, which Muon optimises (all other parameters: Adam)."""
        raise NotImplementedError

    def orthogonality_loss(self) -> Tensor:
        """Return how far the learned vectors are from orthonormal, a scalar."""
        raise NotImplementedError
