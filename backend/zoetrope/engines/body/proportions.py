"""Proportions of a request: sampled, set, or both."""

import numpy as np

from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.request import GenerateRequest

PROPORTIONS_STREAM = 0x5A0E
"""Second word of the proportions' seed: their random numbers are independent of the body's."""
REQUESTED_STRENGTH = 1.0
"""Of proportions whose seed is given, where the weights do not say a strength for the kind."""


def resolve_proportions(request: GenerateRequest, strengths: dict[str, float]) -> BodyShape:
    """Return the proportions of a request.

    With a seed of their own they are sampled, and multiplied by those that are set. Without one, those that
    are set are used as they are; if none is set, all are sampled with the creature's seed.

    Parameters
    ----------
    request : GenerateRequest
    strengths : dict of str to float
        Strength of the sampled proportions of each category; 0 where it has none.
    """
    category = request.category
    strength, seed = strengths.get(category, 0.0), request.proportions_seed
    if seed is not None:
        strength = strength or REQUESTED_STRENGTH
    elif request.proportions is not None:
        return request.proportions.acting_on(category)
    rng = np.random.default_rng([request.seed if seed is None else seed, PROPORTIONS_STREAM])
    sampled = BodyShape.sample(rng, strength, category)
    return sampled.times(request.proportions or BodyShape()).acting_on(category)
