"""A request's labels, checked, as the diffusions take them."""

from dataclasses import dataclass

from zoetrope.engines.base import DETAILS, GenerateRequest
from zoetrope.engines.bundle import ActionLabel, Description
from zoetrope.errors import ZoetropeError

ANY_ACTION = ActionLabel("", True, True, 0)


@dataclass(frozen=True)
class ResolvedRequest:
    """A request's labels as the diffusions take them.

    category, action : int
        From 1; 0 for one that was not given.
    kind : the category's name, "" where none was given.
    label : the action's flags; height : the category's, metres.
    """

    category: int
    action: int
    kind: str
    label: ActionLabel
    height: float


def resolve_request(description: Description, request: GenerateRequest) -> ResolvedRequest:
    """What a request asks of weights.

    Raises
    ------
    ZoetropeError
        Code "bad_option": a detail, category or action that there is not.
    """
    if request.detail not in DETAILS:
        raise ZoetropeError(
            f"There is no detail {request.detail}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(map(str, DETAILS))}.",
        )
    names = [c.name for c in description.categories]
    if not request.category:
        return ResolvedRequest(0, 0, "", ANY_ACTION, description.categories[0].height)
    if request.category not in names:
        raise ZoetropeError(
            f"There is no category {request.category!r}.",
            code="bad_option",
            remedy=f"Choose one of {', '.join(names)}.",
        )
    number = names.index(request.category)
    category = description.categories[number]
    if not request.action:
        return ResolvedRequest(number + 1, 0, category.name, ANY_ACTION, category.height)
    for action in category.actions:
        if action.name == request.action:
            which = description.action_order.index(action.name) + 1
            return ResolvedRequest(number + 1, which, category.name, action, category.height)
    raise ZoetropeError(
        f"The data hold no {request.category} that does {request.action!r}.",
        code="bad_option",
        remedy=f"Choose one of {', '.join(a.name for a in category.actions)}.",
    )
