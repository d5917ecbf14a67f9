"""The colours of a preview in another palette than its own."""

import copy

import numpy as np

from .region_paint import MAX_REGIONS


def recoloured(body, palette):
    """A `PreviewBody` whose vertices have the colours of another palette (K, 3), by the nearest of its own.

    The body itself where it has no palette of as many colours.
    """
    own = body.palette
    if own is None or own.shape != np.shape(palette) or not 0 < len(own) <= MAX_REGIONS:
        return body
    apart = ((body.colours[:, None] - own[None]) ** 2).sum(axis=2)
    made = copy.copy(body)
    made.colours = np.asarray(palette, np.float32)[apart.argmin(axis=1)]
    return made
