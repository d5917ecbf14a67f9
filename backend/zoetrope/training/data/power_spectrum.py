"""How much true clips move at each harmonic of their window: what the filter in time brings draws down to.

Clips as the fields say them will not do: the fit's error differs from frame to frame, which trembles
(docs/evaluation/spectra.md).
"""

import numpy as np
import torch

from zoetrope.diffusion.temporal_filter import power
from zoetrope.geometry.rigid_alignment import apply_rigid_transforms
from zoetrope.training.data.prepared import PreparedData

POINTS = 200
"""Points of a body that are looked at."""


def of_frames(frames: np.ndarray) -> np.ndarray:
    """Power (2, T) of positions (T, P, 3) by harmonic, told one way and as a loop; zeros behind the last."""
    found = np.zeros((2, len(frames)), dtype=np.float32)
    for kind in (0, 1):
        own = power(frames, bool(kind))
        found[kind, : len(own)] = own
    return found


def of_samples(data: PreparedData) -> np.ndarray | None:
    """Power (C, 2, T) of prepared clips on their creatures' own bodies; None where no motion is prepared."""
    if not data.offsets.numel():
        return None
    clips = torch.arange(len(data.clips), device=data.device)
    bodies = data.first_body[data.of_clip]
    points = data.flow_points[bodies, :POINTS, :].cpu().numpy()
    offsets = data.offsets[data.row(bodies, clips), :, :POINTS].float().cpu().numpy()
    moves = zip(points, offsets, data.rigid.cpu().numpy(), strict=True)
    return np.stack([of_frames(apply_rigid_transforms(rest + moved, rigid)) for rest, moved, rigid in moves])
