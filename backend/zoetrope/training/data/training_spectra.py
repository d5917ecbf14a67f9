"""Power of the training clips at each harmonic of their window: the target of the temporal filter.

It is measured on the prepared samples, not on clips decoded from fitted tokens, since the fit's error differs
from frame to frame and adds power at high frequencies (`studies/motion_spectra`).
"""

import numpy as np

from zoetrope.diffusion.temporal_filter import power_spectrum
from zoetrope.geometry.rigid_alignment import apply_rigid_transforms
from zoetrope.training.data.prepared_samples import PreparedData

POINTS = 200
"""Points of a body whose motion is measured."""


def spectra(frames: np.ndarray) -> np.ndarray:
    """Return the power (2, T) of positions (T, P, 3) by harmonic, as one-way clip and as loop, 0-padded."""
    found = np.zeros((2, len(frames)), dtype=np.float32)
    for cyclic in (0, 1):
        values = power_spectrum(frames, bool(cyclic))
        found[cyclic, : len(values)] = values
    return found


def clip_spectra(data: PreparedData) -> np.ndarray | None:
    """Return the power (C, 2, T) of prepared clips, None if no motion is prepared."""
    if not data.offsets.numel():
        return None
    points = data.flow_points[data.creature_of_clip, :POINTS].cpu().numpy()
    offsets = data.offsets[:, :, :POINTS].float().cpu().numpy()
    clip_data = zip(points, offsets, data.rigid.cpu().numpy(), strict=True)
    return np.stack([spectra(apply_rigid_transforms(p + offset, rigid)) for p, offset, rigid in clip_data])
