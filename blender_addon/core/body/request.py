"""What the panel's settings say about the body: the part of a request that `generate` and `preview` share."""

from ..own_mesh import donors
from . import proportions

SAMPLED_BODY, SAMPLED_SEED, SAMPLED_OFF = "BODY", "SEED", "OFF"
"""Proportions are sampled with the creature's seed, with a seed of their own, or not at all."""
MORPH_OFF, MORPH_SEED = "OFF", "SEED"
"""Identifiers of the menu's first entries, beside the names of donors."""
MAX_AMOUNT = 0.9
"""Largest amount of a morph."""


def body_options(settings, strengths, listed):
    """The arguments `proportions`, `proportions_seed` and `morph` of `protocol.generate`.

    Parameters
    ----------
    settings : ZoetropeSettings
        Anything with the same attributes will do. What its category does not have is left out.
    strengths : dict
        From `proportions.shipped_strengths`.
    listed : tuple
        Donors, from `own_mesh.donors.shipped`.
    """
    category = settings.category
    factors = {name: getattr(settings.proportions, name) for name in proportions.RANGES}
    factors = proportions.slider_factors(factors, category)
    seed = settings.proportions_seed if settings.sampled == SAMPLED_SEED else None
    if settings.sampled == SAMPLED_BODY and factors and strengths.get(category, 0.0):
        seed = settings.seed  # set factors alone would take the place of the sampled ones
    explicit = factors or settings.sampled == SAMPLED_OFF
    return {
        "proportions": factors if explicit else None,
        "proportions_seed": seed,
        "morph": _morph(settings, listed),
    }


def _morph(settings, listed):
    name, amount = settings.morph_name, proportions.rounded(settings.morph_amount)
    if not amount:
        return None
    if name == MORPH_SEED:
        return {"other": settings.morph_seed, "amount": amount}
    of_kind = [donor for donor, _ in donors.titled(listed, settings.category, ())]
    return {"other": name, "amount": amount} if name in of_kind else None


def preview_request(settings, strengths, listed):
    """The arguments of `protocol.preview`, all but the job folder; parameters as for `body_options`."""
    return {
        "category": settings.category,
        "seed": settings.seed,
        "palette": None if settings.natural_palette else settings.palette,
        "height": None if settings.natural_height else settings.height_metres,
        **body_options(settings, strengths, listed),
    }
