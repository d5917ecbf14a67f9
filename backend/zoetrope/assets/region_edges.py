"""Clean edges between the regions of a texture.

Where two regions meet, the weights of the colour field are frayed by its highest octaves, with specks beside
the edge. A Gaussian filter of the weights within the charts, made steep again, leaves a smooth outline
(threshold dynamics, Merriman, Bence and Osher 1992).
"""

import numpy as np
from scipy import ndimage

from zoetrope.assets.texels import Texels

DEVIATION = 3 / 1024
"""Standard deviation of the Gaussian, share of the image's side; lines of less than 1.35 of it vanish."""
STEEPNESS = 6
"""Power of the filtered weights: an edge is about as wide as one and a half texels at 1,024."""
TRUNCATE = 2.5
"""Deviations at which the Gaussian ends; the charts' margins are wider than this."""
NEGLIGIBLE = 0.02
"""A region whose weight is nowhere higher is left out."""


def smooth_edges(weights: np.ndarray, texels: Texels) -> np.ndarray:
    """Return the weights of regions (N, K) float32 at the texels with smooth outlines; rows of sum 1."""
    deviation = DEVIATION * texels.size
    image = np.zeros((texels.size, texels.size), np.float32)

    def filtered(values: np.ndarray | float) -> np.ndarray:
        image[texels.row, texels.column] = values
        blurred = ndimage.gaussian_filter(image, deviation, mode="constant", truncate=TRUNCATE)
        return np.asarray(blurred[texels.row, texels.column])

    inside = filtered(1.0)
    out = np.zeros(weights.shape, np.float32)
    for region in np.flatnonzero(weights.max(axis=0, initial=0.0) > NEGLIGIBLE):
        out[:, region] = np.maximum(filtered(weights[:, region]) / inside, 0.0) ** STEEPNESS
    return out / out.sum(axis=1, keepdims=True)
