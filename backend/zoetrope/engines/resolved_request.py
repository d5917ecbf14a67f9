"""A request with everything filled in: labels as the diffusions take them, height and palette seed."""

from dataclasses import dataclass

from zoetrope.engines.base import DETAILS, GenerateRequest
from zoetrope.engines.weights.bundle import ActionLabel, Description
from zoetrope.errors import ZoetropeError

UNCONDITIONAL_ACTION = ActionLabel("", True, True, 0)
"""Without an action, loops are sampled."""


@dataclass(frozen=True)
class ResolvedRequest:
    """A valid request and what follows from it.

    Parameters
    ----------
    request : GenerateRequest
    category_index, action_index : int
        Labels of the diffusions, 1-based; 0: unconditional.
    action_label : ActionLabel
        The action, with its flags.
    height : float
        Metres: as requested, or typical of the category.
    palette_seed : int
    """

    request: GenerateRequest
    category_index: int
    action_index: int
    action_label: ActionLabel
    height: float
    palette_seed: int


def resolve_request(description: Description, request: GenerateRequest) -> ResolvedRequest:
    """Check a request against the labels of the weights and fill in the defaults.

    Raises
    ------
    ZoetropeError
        Code "bad_option": unknown detail, category or action.
    """
    if request.detail not in DETAILS:
        raise ZoetropeError(
            f"There is no detail {request.detail}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(map(str, DETAILS))}.",
        )
    category_index, action_index, action_label = 0, 0, UNCONDITIONAL_ACTION
    category = description.categories[0]
    if request.category:
        names = [c.name for c in description.categories]
        if request.category not in names:
            raise ZoetropeError(
                f"There is no category {request.category!r}.",
                code="bad_option",
                remedy=f"Choose one of {', '.join(names)}.",
            )
        category_index = names.index(request.category) + 1
        category = description.categories[category_index - 1]
        if request.action:
            actions = {action.name: action for action in category.actions}
            if request.action not in actions:
                raise ZoetropeError(
                    f"There is no action {request.action!r} of category {request.category!r}.",
                    code="bad_option",
                    remedy=f"Choose one of {', '.join(actions)}.",
                )
            action_label = actions[request.action]
            action_index = description.action_order.index(action_label.name) + 1
    return ResolvedRequest(
        request,
        category_index,
        action_index,
        action_label,
        request.height or category.height,
        request.seed if request.palette is None else request.palette,
    )
