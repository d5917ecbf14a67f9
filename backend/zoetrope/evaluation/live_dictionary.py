"""A dictionary over a network that goes on learning, for comparison: the published one freezes it.

W = W0 + dW + U diag(s a) V^T + Ur diag(b) Vr^T: the factors are those of the network W0 that fine-tuning
begins with, and dW, shared by all instances, is learned beside them.
"""

from torch import Tensor, nn

from zoetrope.dictionary.base import WeightDictionary
from zoetrope.fields.shape import ShapeField


class LiveDictionary(WeightDictionary):
    """Another dictionary, and the field that it was made from with everything in it learned."""

    def __init__(self, inner: WeightDictionary, field: ShapeField) -> None:
        super().__init__()
        self.inner, self.field = inner, field.requires_grad_(True)
        self.first = [weight.detach().clone() for weight in field.mlp.weights]

    def code_shape(self) -> tuple[int, ...]:
        """Shape of one instance's code."""
        return self.inner.code_shape()

    def compose(self, codes: Tensor) -> list[Tensor]:
        """Weights of every layer (B, O, I) from codes (B, *code_shape)."""
        moved = [weight - first for weight, first in zip(self.field.mlp.weights, self.first, strict=True)]
        return [made + step for made, step in zip(self.inner.compose(codes), moved, strict=True)]

    def residuals(self) -> list[nn.Parameter]:
        """The learned matrices: the inner dictionary's, and the field's own."""
        return [*self.inner.residuals(), *self.field.mlp.hidden_weights()]

    def orthogonality(self) -> Tensor:
        """The inner dictionary's."""
        return self.inner.orthogonality()
