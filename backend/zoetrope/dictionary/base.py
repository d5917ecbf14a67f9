"""What every dictionary of weights can do: ours, and the published one that it is compared with."""

from torch import Tensor, nn


class WeightDictionary(nn.Module):
    """Shared factors of one network's layers; a code an instance picks its weights."""

    def code_shape(self) -> tuple[int, ...]:
        """Shape of one instance's code."""
        raise NotImplementedError

    def compose(self, codes: Tensor) -> list[Tensor]:
        """Weights of every layer (B, O, I) from codes (B, *code_shape)."""
        raise NotImplementedError

    def residuals(self) -> list[nn.Parameter]:
        """The learned matrices, which the optimiser treats as such."""
        raise NotImplementedError

    def orthogonality(self) -> Tensor:
        """How far the learned vectors are from orthonormal, a scalar."""
        raise NotImplementedError
