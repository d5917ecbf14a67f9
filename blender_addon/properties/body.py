"""What belongs to the body of the next creature, and the proportions of those in the scene."""

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from .. import donor_icons, runtime
from ..core.body import proportions
from ..core.body.request import MAX_AMOUNT, MORPH_OFF, MORPH_SEED, SAMPLED_BODY, SAMPLED_OFF, SAMPLED_SEED
from ..core.catalogue import index_of
from ..core.own_mesh import donors
from ..core.request import MAX_SEED
from .enum_items import keep
from .nan import unset_nan


def strengths():
    """Strength of the sampled proportions by category, as the weights say."""
    return proportions.shipped_strengths(runtime.installation().weights())


def listed_donors():
    """All donors of the weights: (name, title, category)."""
    return donors.shipped(runtime.installation().weights())


def _donors(settings):
    return donors.titled(listed_donors(), settings.category, ())


def _morph_names(settings):
    return [MORPH_OFF, MORPH_SEED, *(name for name, _ in _donors(settings))]


def _morph_items(self, _context):
    weights = runtime.installation().weights()
    listed = [
        (name, title, "", donor_icons.icon_of(donors.thumbnail(weights, name)), i + 2)
        for i, (name, title) in enumerate(_donors(self))
    ]
    items = [
        (MORPH_OFF, "Off", "The body of the seed", "X", 0),
        (MORPH_SEED, "Seed", "The body of another seed", "FILE_REFRESH", 1),
        *listed,
    ]
    return keep("morph", items)


# The choice is stored by name: another kind has other creatures, and the choice comes back with its own.
def _get_morph(self):
    return index_of(_morph_names(self), self.morph_name)


def _set_morph(self, value):
    self.morph_name = _morph_names(self)[value]


def _factor(name):
    (low, high), (label, text) = proportions.RANGES[name], proportions.TEXTS[name]
    return FloatProperty(
        name=label,
        description=f"{text}; 1 leaves it unchanged",
        default=1.0,
        min=low,
        max=high,
        step=1,
        precision=2,
        update=unset_nan(name),
    )


class ZoetropeProportions(bpy.types.PropertyGroup):
    """A factor for each proportion; 1 leaves it unchanged."""

    width: _factor("width")
    length: _factor("length")
    height: _factor("height")
    legs: _factor("legs")
    neck: _factor("neck")
    head: _factor("head")
    tail: _factor("tail")
    arms: _factor("arms")
    chest: _factor("chest")
    belly: _factor("belly")
    hips: _factor("hips")
    trunk: _factor("trunk")
    top: _factor("top")

    def values(self):
        """All factors by name."""
        return {name: getattr(self, name) for name in proportions.RANGES}

    def set_values(self, values):
        """Set factors by name; what is not there becomes 1."""
        for name in proportions.RANGES:
            setattr(self, name, values.get(name, 1.0))


class BodySettings:
    """Base of the settings of the next creature; they have `category`."""

    proportions: PointerProperty(type=ZoetropeProportions)
    sampled: EnumProperty(
        name="Sampled",
        description="Which proportions are sampled; the sliders multiply them",
        items=[
            (SAMPLED_BODY, "With Body", "Those that belong to the creature's seed", 0),
            (SAMPLED_SEED, "With Seed", "Those of a seed of their own: another build of the same body", 1),
            (SAMPLED_OFF, "Off", "None: the sliders alone", 2),
        ],
        default=SAMPLED_BODY,
    )
    proportions_seed: IntProperty(
        name="Seed",
        description="Another number gives the same body other proportions",
        default=0,
        min=0,
        max=MAX_SEED,
    )
    morph_name: StringProperty(default=MORPH_OFF, options={"HIDDEN"})
    morph: EnumProperty(
        name="Morph",
        description="Change the body part of the way to another creature of this kind",
        items=_morph_items,
        get=_get_morph,
        set=_set_morph,
    )
    morph_seed: IntProperty(
        name="Morph Seed",
        description="Seed of the body that this one is changed to",
        default=0,
        min=0,
        max=MAX_SEED,
    )
    morph_amount: FloatProperty(
        name="Amount",
        description="How far to go to the other creature. Bodies that are too unlike allow less",
        default=0.4,
        min=0.0,
        max=MAX_AMOUNT,
        step=1,
        precision=2,
        subtype="FACTOR",
        update=unset_nan("morph_amount"),
    )
