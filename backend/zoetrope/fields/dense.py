"""One dense layer, with a backward pass written out.

Activations are what training the fields costs, not products: autograd's own pass copies each of them several
times, and sums a composed layer's shift in an order that caches do not like.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from zoetrope.fields.precision import working_dtype


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, shift: Tensor, rectified: bool) -> Tensor:
        grouped = hidden.reshape(len(weight), -1, hidden.shape[-1])
        out = torch.bmm(grouped, weight.transpose(1, 2)).view(*hidden.shape[:2], -1)
        out += shift
        if rectified:
            out.relu_()
        ctx.save_for_backward(hidden, weight, out if rectified else None)
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
        of_hidden = of_weight = of_shift = None
        if ctx.needs_input_grad[0]:
            of_hidden = torch.bmm(grouped, weight).view(hidden.shape)
        if ctx.needs_input_grad[1]:
            of_weight = torch.bmm(grouped.transpose(1, 2), hidden.reshape(len(weight), -1, hidden.shape[-1]))
        if ctx.needs_input_grad[2]:
            of_shift = gradient.sum_to_size(ctx.shift_shape)
        return of_hidden, of_weight, of_shift, None


def dense(hidden: Tensor, weight: Tensor, shift: Tensor, *, rectified: bool) -> Tensor:
    """Product, shift and, where asked for, rectifier; in autocast's precision where that is on.

    Parameters
    ----------
    hidden : (B, N, H) float
    weight : (W, O, H) float
        Each of the W serves the next B / W instances.
    shift : (B, 1, O) or (1, 1, O) float
    rectified : bool
        max(0, .) at the end.

    Returns
    -------
    (B, N, O) float
    """
    dtype = working_dtype(hidden)
    out: Tensor = _Dense.apply(hidden.to(dtype), weight.to(dtype), shift.to(dtype), rectified)
    return out
