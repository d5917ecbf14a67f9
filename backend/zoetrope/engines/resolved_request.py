"""A request with everything filled in: labels as the diffusions take them, height and palette seed."""

from collections.abc import Sequence
from dataclasses import dataclass

from zoetrope.engines.request import GenerateRequest, check_request
from zoetrope.engines.weights.bundle import ActionLabel, CategoryLabel, Description

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
        Metres: as requested, else typical of the category; of the first one if none is requested.
    palette_seed : int
    """

    request: GenerateRequest
    category_index: int
    action_index: int
    action_label: ActionLabel
    height: float
    palette_seed: int


def resolve_request(description: Description, request: GenerateRequest) -> ResolvedRequest:
    """Resolve a request of the engine dnf, see `resolve_labels`."""
    return resolve_labels(description.categories, description.action_order, request)


def resolve_labels(
    offered: Sequence[CategoryLabel], action_order: Sequence[str], request: GenerateRequest
) -> ResolvedRequest:
    """Check a request against the labels of weights and fill in the defaults.

    Parameters
    ----------
    offered : sequence of CategoryLabel
    action_order : sequence of str
        Names of the actions in the order of their labels.

    Raises
    ------
    ZoetropeError
        Code "bad_option": unknown detail, category or action.
    """
    categories = {category.name: category for category in offered}
    check_request(
        request, {name: [action.name for action in one.actions] for name, one in categories.items()}
    )
    category_index, action_index, action_label = 0, 0, UNCONDITIONAL_ACTION
    category = offered[0]
    if request.category:
        category_index = list(categories).index(request.category) + 1
        category = categories[request.category]
        if request.action:
            (action_label,) = (action for action in category.actions if action.name == request.action)
            action_index = list(action_order).index(action_label.name) + 1
    return ResolvedRequest(
        request,
        category_index,
        action_index,
        action_label,
        request.height or category.height,
        request.seed if request.palette is None else request.palette,
    )
