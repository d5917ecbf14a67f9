"""New Coat: a session's job from its start to another palette on a creature."""

import json

import numpy as np

from .. import steps, stored
from ..animation_file import DAMAGED
from ..body import variation
from ..errors import GenerationError
from ..result import ResultError


def made_body(text):
    """Category and seed of a creature; GenerationError where they are not stored.

    text: what is stored with the creature.
    """
    request = variation.stored_request(text, ("category", "seed"), "Change its swatches by hand.")
    return request["category"], request["seed"]


def start(session, text, palette):
    """Request the palette of a seed for a creature; raises as `steps.start`, and as `made_body`.

    text: what is stored with the creature; palette: int, the seed.
    """
    category, seed = made_body(text)
    request = {"category": category, "seed": seed, "palette": palette}
    steps.start(session, request, method="preview")


def step(session, paint):
    """Read what the backend has sent; True when the creature has its new colours; raises as `steps.step`.

    paint: callable, takes the palette (K, 3) float32 and its seed.
    """

    def complete(job):
        paint(read_palette(job.answer["file"]), job.request["palette"])

    return steps.step(session, complete, "coat")


def read_palette(path):
    """The palette (K, 3) float32 in a preview's file; ResultError where it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as data:
            if "palette" not in data.files:
                text = "The weights in use have no color regions, so there is no other palette."
                raise GenerationError("bad_option", text, "Change the swatches by hand.")
            palette = data["palette"].astype(np.float32)
            if palette.ndim != 2 or palette.shape[1] != 3 or not np.isfinite(palette).all():
                raise ValueError("its palette is none")
    except DAMAGED as error:
        raise ResultError(f"The palette could not be read: {error}.") from error
    return palette


def with_palette(text, palette):
    """What is stored with a creature, with the seed of its new palette."""
    request = {**stored.part(text, "request"), "palette": palette}
    return json.dumps({**stored.read(text), "request": request})
