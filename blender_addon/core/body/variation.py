"""Requests for a creature that differs from one in the scene by its body or its proportions alone."""

import inspect
import json

from ...client import protocol
from ..errors import GenerationError
from . import proportions

ARGUMENTS = frozenset(inspect.signature(protocol.generate).parameters) - {"job_folder"}
PREVIEWED = tuple(inspect.signature(protocol.preview).parameters)[1:]
"""Arguments of `protocol.preview`, all but the job folder."""
NEEDED = ("category", "seed", "actions", "fps", "detail")


def stored_request(text):
    """The request that a creature was made with, as arguments of `protocol.generate`.

    text: what is stored with the creature. GenerationError where it does not say enough; files of older
    versions have one action.
    """
    request = json.loads(text).get("request") or {}
    if request.get("action") and not request.get("actions"):
        request = {**request, "actions": [request["action"]]}
    if any(request.get(name) is None for name in NEEDED):
        text = "What made this creature is not stored with it."
        raise GenerationError("bad_option", text, "Generate another one.")
    return {name: value for name, value in request.items() if name in ARGUMENTS}


def proportions_of(text):
    """The proportions that a creature has, sampled or set: factors other than 1 by name."""
    used = json.loads(text).get("meta", {}).get("proportions") or {}
    return {name: float(used[name]) for name in proportions.RANGES if used.get(name, 1.0) != 1.0}


def new_body(text, seed):
    """A request for another body with the same actions, options, proportions and palette seed.

    Parameters
    ----------
    text : str
        What is stored with the creature.
    seed : int
    """
    request = stored_request(text)
    pinned = {"seed": seed}
    if request.get("palette") is None:
        pinned["palette"] = request["seed"]
    sampled = request.get("proportions") is None and request.get("proportions_seed") is None
    if sampled and proportions_of(text):
        pinned["proportions_seed"] = request["seed"]
    return {**request, **pinned}


def new_proportions(text, seed):
    """A request for the same body with other proportions, sampled with a seed of their own.

    Parameters are those of `new_body`. All proportions are sampled, also those that were set.
    """
    return {**stored_request(text), "proportions": None, "proportions_seed": seed}


def with_proportions(text, values):
    """A request for the same body with exactly these proportions.

    values: float32 factors by name, all of them; an unchanged one is sent as it was.
    """
    request, known = stored_request(text), proportions_of(text)
    factors = proportions.exact(values, known, request["category"])
    return {**request, "proportions": factors, "proportions_seed": None}


def preview_with(text, values):
    """The arguments of `protocol.preview`, all but the job folder, for what `with_proportions` requests."""
    request = with_proportions(text, values)
    return {name: request.get(name) for name in PREVIEWED}


def has_proportions(text, values):
    """Whether a creature has these proportions, float32 factors by name; False where that is not stored."""
    category, known = (json.loads(text).get("request") or {}).get("category"), proportions_of(text)
    return all(proportions.same(values[n], known.get(n, 1.0)) for n in proportions.acting(category))


def check_weights(text, weights):
    """GenerationError where other weights than a creature's are in use: its body would be another one.

    weights: as in the answer to `hello`.
    """
    made = json.loads(text).get("weights") or {}
    if made.get("checksum", "") != (weights or {}).get("checksum", ""):
        raise GenerationError(
            "bad_option",
            f"The weights {made.get('name', '')[:60]}, which made this creature, are not those in use.",
            "Its body cannot be made again: use New Body, or the weights that made it.",
        )
