"""Which precision products are taken in."""

import torch
from torch import Tensor


def working_dtype(like: Tensor) -> torch.dtype:
    """Autocast's dtype on the tensor's device where autocast is on, else the tensor's own."""
    device = like.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else like.dtype
