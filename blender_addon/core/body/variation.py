"""Requests for a creature that differs from one in the scene by its body or its proportions alone."""

import inspect

from ...client import protocol
from .. import stored
from ..errors import GenerationError
from ..request import DNF, HYPERDIFFUSION
from . import proportions

ARGUMENTS = {
    name: parameter.default
    for name, parameter in inspect.signature(protocol.generate).parameters.items()
    if name != "job_folder"
}
"""Arguments of `protocol.generate`, all but the job folder -> their defaults, where they have one."""
PREVIEWED = tuple(inspect.signature(protocol.preview).parameters)[1:]
"""Arguments of `protocol.preview`, all but the job folder."""
REQUIRED = tuple(name for name, default in ARGUMENTS.items() if default is inspect.Parameter.empty)
TYPES = {"category": str, "actions": list, "seed": int, "fps": (int, float), "detail": int}
"""Required argument -> its type; what else is damaged the backend refuses."""


def stored_request(text, required=REQUIRED, remedy="Generate another one."):
    """The request that a creature was made with, as arguments of `protocol.generate`.

    Files of older versions have one action, and lack arguments: these get their defaults.

    Parameters
    ----------
    text : str
        What is stored with the creature.
    required : tuple of str
        Arguments without which there is a GenerationError, with this remedy.
    """
    request = stored.part(text, "request")
    if request.get("action") and not request.get("actions"):
        request = {**request, "actions": [request["action"]]}
    if not all(isinstance(request.get(name), TYPES[name]) for name in required):
        raise GenerationError("bad_option", "What made this creature is not stored with it.", remedy)
    defaults = {name: default for name, default in ARGUMENTS.items() if name not in REQUIRED}
    if not isinstance(request.get("levels_of_detail", 0), int):
        request = {**request, "levels_of_detail": 0}
    return {**defaults, **{name: value for name, value in request.items() if name in ARGUMENTS}}


def proportions_of(text):
    """The proportions that a creature has, sampled or set: factors other than 1 by name."""
    used = stored.part(text, "meta").get("proportions")
    used = used if isinstance(used, dict) else {}
    factors = {name: float(used[name]) for name in proportions.RANGES if stored.is_number(used.get(name))}
    return {name: factor for name, factor in factors.items() if factor != 1.0}


def has_rest_pose(request):
    """Whether what a request makes has a rest pose with proportions, and regions of colour."""
    return request.get("engine") != HYPERDIFFUSION


def check_rest_pose(text):
    """GenerationError where a creature has no rest pose that proportions could change; text: as stored."""
    _with_rest_pose(stored.part(text, "request"))


def _with_rest_pose(request):
    if not has_rest_pose(request):
        raise GenerationError(
            "bad_option",
            "A creature of HyperDiffusion has no rest pose that proportions could change.",
            "Generate one with the engine DNF.",
        )
    return request


def is_about(text, settings):
    """Whether settings are those of a creature: its engine, its kind and its seed; text: as stored."""
    request = stored_request(text)
    made = request["engine"] or DNF, request["category"], request["seed"]
    return made == (settings.engine, settings.category, settings.seed)


def new_body(text, seed):
    """A request for another body with the same actions, options, proportions and palette seed.

    Without a morph: another body may be too unlike the other creature, and would be refused.

    Parameters
    ----------
    text : str
        What is stored with the creature.
    seed : int
    """
    request = stored_request(text)
    pinned = {"seed": seed, "morph": None}
    if request.get("palette") is None and has_rest_pose(request):
        pinned["palette"] = request["seed"]
    sampled = request.get("proportions") is None and request.get("proportions_seed") is None
    if sampled and proportions_of(text):
        pinned["proportions_seed"] = request["seed"]
    return {**request, **pinned}


def new_proportions(text, seed):
    """A request for the same body with other proportions, sampled with a seed of their own.

    Parameters are those of `new_body`. All proportions are sampled, also those that were set.
    """
    return {**_with_rest_pose(stored_request(text)), "proportions": None, "proportions_seed": seed}


def with_proportions(text, values):
    """A request for the same body with exactly these proportions.

    values: float32 factors by name, all of them; an unchanged one is sent as it was.
    """
    request = _with_rest_pose(stored_request(text))
    factors = proportions.slider_factors(values, request["category"], proportions_of(text))
    return {**request, "proportions": factors, "proportions_seed": None}


def preview_with(text, values):
    """The arguments of `protocol.preview`, all but the job folder, for what `with_proportions` requests."""
    request = with_proportions(text, values)
    return {name: request[name] for name in PREVIEWED}


def has_proportions(text, values):
    """Whether a creature has these proportions, float32 factors by name; False where that is not stored."""
    category, factors = stored.part(text, "request").get("category"), proportions_of(text)
    names = proportions.of_category(category if isinstance(category, str) else "")
    return all(proportions.equal_float32(values[name], factors.get(name, 1.0)) for name in names)


def check_weights(text, weights):
    """GenerationError where other weights than a creature's are in use: its body would be another one.

    weights: as in the answer to `hello`.
    """
    made = stored.part(text, "weights")
    if made.get("checksum", "") != (weights or {}).get("checksum", ""):
        raise GenerationError(
            "bad_option",
            f"The weights {str(made.get('name', ''))[:60]}, which made this creature, are not those in use.",
            "Its body cannot be made again: use New Body, or the weights that made it.",
        )
