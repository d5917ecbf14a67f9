"""Options that say how a body differs from the sampled one."""

from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.cli.options import names_in
from zoetrope.engines.request import MAX_SEED, MorphRequest
from zoetrope.errors import ZoetropeError


def read_proportions(text: str) -> BodyShape | None:
    """Return the proportions of a text as legs=1.3,head=0.9; None of an empty one.

    Raises
    ------
    ZoetropeError
        Code "bad_option".
    """
    values: dict[str, object] = {}
    for part in names_in(text):
        name, _, number = (one.strip() for one in part.partition("="))
        if name in values:
            raise ZoetropeError(
                f"The proportion {name[:40]!r} is given twice.", code="bad_option", remedy="Give it once."
            )
        try:
            values[name] = float(number)
        except ValueError:
            raise ZoetropeError(
                f"{part[:40]!r} is not a proportion.",
                code="bad_option",
                remedy="Write name and factor, as legs=1.3.",
            ) from None
    return BodyShape.from_mapping(values) if values else None


def read_morph(text: str) -> MorphRequest | None:
    """Return the morph of a text as fox:0.4, or 12:0.4 for the body of seed 12; None of an empty one.

    Raises
    ------
    ZoetropeError
        Code "bad_option".
    """
    if not text.strip():
        return None
    other, _, amount = (part.strip() for part in text.rpartition(":"))
    seed = int(other) if other.isascii() and other.isdecimal() and len(other) < 20 else None
    try:
        number = float(amount)
    except ValueError:
        other = ""
    if not other or (seed is not None and seed > MAX_SEED):
        raise ZoetropeError(
            f"{text[:40]!r} is not a morph.",
            code="bad_option",
            remedy="Write creature and amount, as fox:0.4, or another body's seed, as 12:0.4.",
        )
    return MorphRequest(other if seed is None else seed, number)
