"""The multilayer perceptron of all fields: encoded points and one latent per instance in, channels out."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from zoetrope.fields.dense import dense


def apply_layer(hidden: Tensor, weight: Tensor, bias: Tensor, latent: Tensor | None, *, relu: bool) -> Tensor:
    """Apply one layer to a batch of instances, with shared or composed weights.

    The latent is the same at all points of an instance, so its columns of the weight are multiplied once per
    instance instead of once per point.

    Parameters
    ----------
    hidden : (B, N, H) float
        Inputs that vary over the points.
    weight : (O, H + Z) or (W, O, H + Z) float
        Shared by the batch, or composed: each of the W for the next B / W instances.
    bias : (O,) float
    latent : (B, Z) float or None
        Latent of each instance; None for layers without latent input.
    relu : bool
        Apply a ReLU to the output.

    Returns
    -------
    (B, N, O) float
    """
    weight = weight if weight.dim() == 3 else weight[None]
    channels = hidden.shape[-1]
    shift = bias[None, None]
    if latent is not None:
        per_weight = latent.unflatten(0, (len(weight), -1))  # (weight, instance, channel)
        latent_term = per_weight @ weight[:, :, channels:].transpose(1, 2)
        shift = shift + latent_term.flatten(0, 1)[:, None]
    return dense(hidden, weight[:, :, :channels], shift, relu=relu)


class FieldMLP(nn.Module):
    """ReLU perceptron whose input is concatenated again at the middle layer (DeepSDF, NPMs, DNF).

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
        """Return all weight matrices but the last."""
        return list(self.weights)[:-1]

    def forward(self, encoded: Tensor, latent: Tensor, weights: Sequence[Tensor] | None = None) -> Tensor:
        """Evaluate the perceptron.

        Parameters
        ----------
        encoded : (B, N, point_channels) float
        latent : (B, latent_channels) float
        weights : sequence of (O, I) or (W, O, I) float, optional
            Weights composed by a dictionary, one per layer, each of the W for the next B / W instances.
            Default: the perceptron's own.

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
            layer_latent = latent if i in (0, self.skip) else None
            hidden = apply_layer(hidden, weight, bias, layer_latent, relu=i < last)
        return hidden
