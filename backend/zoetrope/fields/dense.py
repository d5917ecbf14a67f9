"""One dense layer (matrix product, shift, optional ReLU) with a handwritten backward pass.

Training the fields is bound by memory traffic of activations. Autograd copies each activation several times
and sums the gradient of a per-instance shift in a cache-unfriendly order; this backward pass does not.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def autocast_dtype(like: Tensor) -> torch.dtype:
    """Return autocast's dtype on the tensor's device if autocast is on there, else the tensor's dtype."""
    device = like.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else like.dtype


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, shift: Tensor, relu: bool) -> Tensor:
        grouped = hidden.reshape(len(weight), -1, hidden.shape[-1])
        out = torch.bmm(grouped, weight.transpose(1, 2)).view(*hidden.shape[:2], -1)
        out += shift
        if relu:
            out.relu_()
        ctx.save_for_backward(hidden, weight, out if relu else None)
        ctx.shift_shape = shift.shape
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, out = ctx.saved_tensors
        gradient = gradient.contiguous()
        if out is not None:
            gradient = torch.ops.aten.threshold_backward(gradient, out, 0)
        grouped = gradient.view(len(weight), -1, gradient.shape[-1])
        grad_hidden = grad_weight = grad_shift = None
        if ctx.needs_input_grad[0]:
            grad_hidden = torch.bmm(grouped, weight).view(hidden.shape)
        if ctx.needs_input_grad[1]:
            grad_weight = torch.bmm(
                grouped.transpose(1, 2), hidden.reshape(len(weight), -1, hidden.shape[-1])
            )
        if ctx.needs_input_grad[2]:
            grad_shift = gradient.sum_to_size(ctx.shift_shape)
        return grad_hidden, grad_weight, grad_shift, None


def dense(hidden: Tensor, weight: Tensor, shift: Tensor, *, relu: bool) -> Tensor:
    """Return hidden @ weight^T + shift, optionally through a ReLU, in autocast's dtype if autocast is on.

    Parameters
    ----------
    hidden : (B, N, H) float
    weight : (W, O, H) float
        Each of the W weights serves the next B / W instances.
    shift : (B, 1, O) or (1, 1, O) float
        Bias, plus the latent's contribution.
    relu : bool

    Returns
    -------
    (B, N, O) float
    """
    dtype = autocast_dtype(hidden)
    out: Tensor = _Dense.apply(hidden.to(dtype), weight.to(dtype), shift.to(dtype), relu)
    return out
