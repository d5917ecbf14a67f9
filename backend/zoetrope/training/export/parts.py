"""The trained shape part and motion part: what a run hands to the export."""

from dataclasses import dataclass

from torch import Tensor

from zoetrope.dictionary.dictionary import Dictionary
from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.shape_model import ShapeModel
from zoetrope.engines.weights.bundle import Bundle, ColourNetworks
from zoetrope.fields.motion import MotionField
from zoetrope.fields.shape import ShapeField


@dataclass(frozen=True)
class ShapePart:
    """Networks that generate bodies and their colours, with the raw training tokens (N, S).

    gradient_bound : as in `Description`; None to measure it.
    """

    field: ShapeField
    dictionary: Dictionary
    tokens: Tensor
    model: ShapeModel
    colours: ColourNetworks | None = None
    gradient_bound: float | None = None

    def cpu(self) -> "ShapePart":
        """Return the part on the CPU."""
        colours = self.colours
        if colours:
            colours = ColourNetworks(colours.field.cpu(), colours.model.cpu())
        networks = self.field.cpu(), self.dictionary.cpu(), self.tokens.cpu(), self.model.cpu()
        return ShapePart(*networks, colours, self.gradient_bound)


@dataclass(frozen=True)
class MotionPart:
    """Networks that generate motion, with the raw training tokens (C, T, M)."""

    field: MotionField
    dictionary: Dictionary
    tokens: Tensor
    model: MotionModel

    def cpu(self) -> "MotionPart":
        """Return the part on the CPU."""
        return MotionPart(self.field.cpu(), self.dictionary.cpu(), self.tokens.cpu(), self.model.cpu())


def parts_of_bundle(
    bundle: Bundle, shape_tokens: Tensor, motion_tokens: Tensor
) -> tuple[ShapePart, MotionPart]:
    """Return the parts of loaded weights, with raw tokens of bodies (N, S) and clips (C, T, M)."""
    shape = ShapePart(
        bundle.shape_field,
        bundle.shape_dictionary,
        shape_tokens,
        bundle.shape_model,
        bundle.colours,
        bundle.description.gradient_bound,
    )
    motion = MotionPart(bundle.motion_field, bundle.motion_dictionary, motion_tokens, bundle.motion_model)
    return shape, motion
