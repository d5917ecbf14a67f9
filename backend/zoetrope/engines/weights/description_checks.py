"""Checks of weights' `model.json` before anything is allocated: bounds of all sizes, and that they agree."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from zoetrope.engines.request import HEIGHT

if TYPE_CHECKING:
    from zoetrope.engines.weights.bundle import CategoryLabel, Description

WIDTH, DEPTH, TOKEN, LABELS = (1, 4096), (2, 64), (1, 4096), (1, 1000)
BOUNDS: dict[str, dict[str, tuple[float, float]]] = {
    "shape_field": {"width": WIDTH, "depth": DEPTH, "latent": TOKEN, "octaves": (1, 16)},
    "motion_field": {
        "width": WIDTH,
        "depth": DEPTH,
        "shape_latent": TOKEN,
        "latent": TOKEN,
        "octaves": (1, 16),
    },
    "shape_dictionary": {"kept": WIDTH, "residual": (0, 4096), "code": TOKEN},
    "motion_dictionary": {"kept": WIDTH, "residual": (0, 4096), "code": TOKEN},
    "shape_model": {
        "latent": TOKEN,
        "layers": (1, 65),
        "code": TOKEN,
        "categories": LABELS,
        "width": WIDTH,
        "depth": (1, 64),
        "heads": (1, 256),
        "dropout": (0, 0.99),
    },
    "motion_model": {
        "frames": (2, 1024),
        "latent": TOKEN,
        "layers": (1, 65),
        "code": TOKEN,
        "extra": (8, 8),
        "shape": TOKEN,
        "categories": LABELS,
        "actions": LABELS,
        "width": WIDTH,
        "depth": (1, 64),
        "heads": (1, 256),
        "dropout": (0, 0.99),
        "reach": (0, 64),
    },
    "colour_field": {
        "width": WIDTH,
        "depth": DEPTH,
        "shape_latent": TOKEN,
        "octaves": (1, 16),
        "regions": (2, 32),
    },
    "palette_model": {"palette": TOKEN, "shape": TOKEN, "categories": LABELS, "width": WIDTH},
    "": {
        "parameters": (0, 1e10),
        "gradient_bound": (1, 1000),
        "shape_guidance": (0, 100),
        "motion_guidance": (0, 100),
    },
}
"""Part of the description -> its numbers -> least and greatest value; several times the papers' sizes."""
MAX_EIKONAL_LIMIT = 10.0
"""Melted bodies have up to 0.6."""
MAX_PROPORTION_STRENGTH = 2.0
"""Of the prior's deviations: there legs and tails reach the ends of their ranges."""
MAX_CLIPS = 10**9
"""Training clips of one action."""
MAX_NAME = 100
"""Characters of a label or of the weights' name."""


class LabelledDescription(Protocol):
    """What descriptions of all engines' weights have: a name, and labels."""

    @property
    def name(self) -> str: ...
    @property
    def categories(self) -> "tuple[CategoryLabel, ...]": ...
    @property
    def action_order(self) -> tuple[str, ...]: ...


def description_faults(description: "Description") -> Iterator[str]:
    """Yield what is wrong with a description, as ends of a sentence that begins with its file."""
    for part, bounds in BOUNDS.items():
        config = getattr(description, part) if part else description
        for name, (low, high) in bounds.items() if config is not None else ():
            value = getattr(config, name)
            if not low <= value <= high:  # nan too
                label = f"{part}.{name}" if part else name
                yield f"{label} is {_short(value)}, and must be {low:g} to {high:g}"
    yield from _disagreements(description)
    yield from label_faults(description)
    for name, limit in description.eikonal_limits.items():
        if not 0 < limit <= MAX_EIKONAL_LIMIT:  # nan too
            yield f"eikonal_limits.{_short(name)} is {_short(limit)}, and must be up to {MAX_EIKONAL_LIMIT:g}"
    for name, limit in description.loose_limits.items():
        if not 0 <= limit < 1:  # nan too
            yield f"loose_limits.{_short(name)} is {_short(limit)}, and must be from 0 to below 1"
    for name, strength in description.proportion_strengths.items():
        if not 0 <= strength <= MAX_PROPORTION_STRENGTH:  # nan too
            most = f"{MAX_PROPORTION_STRENGTH:g}"
            yield f"proportion_strengths.{_short(name)} is {_short(strength)}, and must be 0 to {most}"
    smoothing = description.smoothing
    if smoothing is not None:
        for gains in (smoothing.cyclic, smoothing.one_way, *smoothing.actions.values()):
            if not 1 <= len(gains) <= 2048 or not all(0 <= gain <= 1 for gain in gains):
                yield "smoothing must have lists of gains from 0 to 1"


def _disagreements(d: "Description") -> Iterator[str]:
    """Yield sizes that differ between two parts that exchange a tensor."""
    shape, motion, fields = d.shape_model, d.motion_model, (d.shape_field, d.motion_field)
    equal: list[tuple[str, Any, str, Any]] = [
        ("shape_model.latent", shape.latent, "shape_field.latent", fields[0].latent),
        ("shape_model.layers", shape.layers, "shape_field.depth + 1", fields[0].depth + 1),
        ("shape_model.code", shape.code, "shape_dictionary.code", d.shape_dictionary.code),
        ("shape_model.categories", shape.categories, "the number of categories", len(d.categories)),
        ("motion_field.shape_latent", fields[1].shape_latent, "shape_field.latent", fields[0].latent),
        ("motion_model.latent", motion.latent, "motion_field.latent", fields[1].latent),
        ("motion_model.layers", motion.layers, "motion_field.depth + 1", fields[1].depth + 1),
        ("motion_model.code", motion.code, "motion_dictionary.code", d.motion_dictionary.code),
        ("motion_model.shape", motion.shape, "shape_field.latent", fields[0].latent),
        ("motion_model.categories", motion.categories, "the number of categories", len(d.categories)),
        ("motion_model.actions", motion.actions, "the number of actions", len(d.action_order)),
    ]
    if (d.colour_field is None) != (d.palette_model is None):
        yield "colour_field and palette_model must both be given or none"
    if d.colour_field is not None and d.palette_model is not None:
        latent, size = fields[0].latent, 3 * d.colour_field.regions
        equal += [
            ("colour_field.shape_latent", d.colour_field.shape_latent, "shape_field.latent", latent),
            ("palette_model.shape", d.palette_model.shape, "shape_field.latent", latent),
            ("palette_model.palette", d.palette_model.palette, "3 x colour_field.regions", size),
        ]
    for name, value, other, expected in equal:
        if value != expected:
            yield f"{name} is {_short(value)}, and {other} is {_short(expected)}"
    for name, model in (("shape_model", shape), ("motion_model", motion)):
        yield from transformer_faults(name, model.width, model.heads)
    if motion.reach >= motion.frames:
        yield f"motion_model.reach {_short(motion.reach)} is not below its frames {_short(motion.frames)}"


def transformer_faults(name: str, width: int, heads: int) -> Iterator[str]:
    """Yield what is wrong with the sizes of a transformer, as `description_faults`."""
    if heads < 1 or width % heads:
        yield f"{name}.width is {_short(width)}, no multiple of its heads {_short(heads)}"
    if width % 2:
        yield f"{name}.width is {_short(width)}, an odd number"


def label_faults(d: LabelledDescription) -> Iterator[str]:
    """Yield what is wrong with the labels of a description, as `description_faults`."""
    if not d.categories:
        yield "it has no categories"
    yield from _name_faults("weights", [d.name])
    yield from _name_faults("category", [category.name for category in d.categories])
    yield from _name_faults("action", d.action_order)
    for category in d.categories:
        if not HEIGHT[0] <= category.height <= HEIGHT[1]:  # nan too
            yield f"the height of {_short(category.name)} is {_short(category.height)}"
        if not category.actions:
            yield f"{_short(category.name)} has no actions"
        yield from _name_faults(
            f"action of {_short(category.name)}", [action.name for action in category.actions]
        )
        for action in category.actions:
            if action.name not in d.action_order:
                yield f"the action {_short(action.name)} of {_short(category.name)} is not in action_order"
            if not 0 <= action.clips <= MAX_CLIPS:
                yield f"the action {_short(action.name)} of {_short(category.name)} has {action.clips} clips"


def _name_faults(kind: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"the {kind} {_short(name)} is there {count} times"
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            yield f"{_short(name)} is no name of a {kind}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
