"""The training part of the description of weights, checked: leaks, labels and novelty depend on it."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from zoetrope.engines.weights.engine_name import training_of_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.session.stored_json import check_nesting


class _Training(msgspec.Struct):
    split: Literal["by_clip", "by_creature"]
    creatures: Annotated[list[str], msgspec.Meta(min_length=1)]
    start: "_Start | None" = None


class _Start(_Training, kw_only=True):
    """Of the weights that a training started from."""

    taken: Literal["all", "shape"]


def checked_training(weights: Path) -> dict[str, Any]:
    """Return what weights were trained on: "split", "creatures", perhaps "start".

    Parameters
    ----------
    weights : Path
        Their folder.

    Raises
    ------
    ZoetropeError
        Code "weights_damaged": their description lacks it, or has it in another form; otherwise as
        `training_of_weights`.
    """
    training = training_of_weights(weights)
    try:
        check_nesting(training)
        msgspec.convert(training, _Training)
    except (ValueError, msgspec.ValidationError) as error:
        raise ZoetropeError(
            f"The weights in {weights} do not say what they were trained on: {error}.",
            code="weights_damaged",
            remedy="Give weights as zoetrope train has written them.",
        ) from error
    return training
