"""The multilayer perceptron both fields are made of: points and one latent in, channels out."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zoetrope.fields.dense import dense


def apply_layer(
    hidden: Tensor, weight: Tensor, bias: Tensor, latent: Tensor | None, *, rectified: bool
) -> Tensor:
    """One layer for a batch of instances, with shared or with composed weights.

    The latent is the same for all points of an instance, so its columns of the weight are applied once an
    instance instead of once a point: same function, fewer operations.

    Parameters
    ----------
    hidden : (B, N, H) float
        What is different at every point.
    weight : (O, H + Z) or (W, O, H + Z) float
        Shared by the batch, or composed: each of the W for the next B / W instances.
    bias : (O,) float
    latent : (B, Z) float or None
        The instance's latent where the layer reads it.
    rectified : bool
        max(0, .) at the end.

    Returns
    -------
    (B, N, O) float
    """
    weight = weight if weight.dim() == 3 else weight[None]
    channels = hidden.shape[-1]
    shift = bias[None, None]
    if latent is not None:
        of_group = latent.unflatten(0, (len(weight), -1)) @ weight[:, :, channels:].transpose(1, 2)
        shift = shift + of_group.flatten(0, 1)[:, None]
    return dense(hidden, weight[:, :, :channels], shift, rectified=rectified)


class FieldMLP(nn.Module):
    """ReLU perceptron with the input fed in again half way (DeepSDF, NPMs, DNF).

    Parameters
    ----------
    point_channels : int
        Channels of the encoded point.
    latent_channels : int
        Channels of the instance's latent.
    width, depth : int
        Hidden channels, hidden layers.
    out_channels : int
    """

    def __init__(
        self, point_channels: int, latent_channels: int, width: int, depth: int, out_channels: int
    ) -> None:
        super().__init__()
        self.point_channels, self.latent_channels = point_channels, latent_channels
        self.skip = depth // 2
        ins = [width] * (depth + 1)
        ins[0] = point_channels + latent_channels
        ins[self.skip] = width + point_channels + latent_channels
        outs = [width] * depth + [out_channels]
        layers = [nn.Linear(i, o) for i, o in zip(ins, outs, strict=True)]
        for layer in layers[:-1]:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        self.weights = nn.ParameterList([layer.weight for layer in layers])
        self.biases = nn.ParameterList([layer.bias for layer in layers])

    def hidden_weights(self) -> list[nn.Parameter]:
        """The matrices whose outputs are hidden channels: all but the last."""
        return list(self.weights)[:-1]

    def forward(self, encoded: Tensor, latent: Tensor, weights: Sequence[Tensor] | None = None) -> Tensor:
        """Evaluate the perceptron.

        Parameters
        ----------
        encoded : (B, N, point_channels) float
        latent : (B, latent_channels) float
        weights : sequence of (O, I) or (W, O, I) float, optional
            Weights composed by a dictionary, one a layer; the perceptron's own where None. Each of W serves
            the next B / W instances.

        Returns
        -------
        (B, N, out_channels) float
        """
        matrices = list(self.weights) if weights is None else weights
        last = len(matrices) - 1
        hidden = encoded
        for i, (weight, bias) in enumerate(zip(matrices, self.biases, strict=True)):
            if i == self.skip:
                hidden = torch.cat([hidden, encoded], dim=-1)
            of_instance = latent if i in (0, self.skip) else None
            hidden = apply_layer(hidden, weight, bias, of_instance, rectified=i < last)
        return hidden
