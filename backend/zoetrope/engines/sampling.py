"""Drawing tokens: noise from one seeded generator, guidance, a few steps of the sampler."""

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import guided
from zoetrope.diffusion.motion_model import MotionModel
from zoetrope.diffusion.palette_model import PaletteModel
from zoetrope.diffusion.samplers import OnStep, adams_bashforth
from zoetrope.diffusion.shape_model import ShapeModel

STEPS = 20


def sample_shape(
    model: ShapeModel,
    generator: torch.Generator,
    category: int,
    guidance: float,
    steps: int = STEPS,
    on_step: OnStep | None = None,
) -> Tensor:
    """Draw one creature's shape tokens (1, size), raw.

    Conditional and unconditional halves run in one batch. The noise is drawn on the CPU: a seed means the
    same creature on every device.

    Parameters
    ----------
    category : int
        1-based; 0 draws without a label.
    """
    device = model.position.device
    noise = torch.randn(1, model.size, generator=generator).to(device)
    label = torch.tensor([category, 0], device=device)

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        both = model(x.expand(2, -1), t.to(device).expand(2), label)
        return guided(both[:1], both[1:], guidance)

    return model.standardiser.inverse(adams_bashforth(velocity, noise, steps, on_step))


def sample_palette(
    model: PaletteModel, generator: torch.Generator, shape: Tensor, category: int, steps: int = STEPS
) -> Tensor:
    """Draw a palette (1, P), raw, for raw shape tokens (1, S) and a 1-based category (0: not told).

    A category that came after the palettes were learned is not told.
    """
    device = shape.device
    noise = torch.randn(1, model.config.palette, generator=generator).to(device)
    standard = model.shape_standardiser(shape[:, : model.config.shape])
    label = torch.tensor([category if category <= model.config.categories else 0], device=device)

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        return model(x, t.to(device), standard, label)

    return model.standardiser.inverse(adams_bashforth(velocity, noise, steps))


def sample_motion(
    model: MotionModel,
    generator: torch.Generator,
    shape: Tensor,
    category: int,
    action: int,
    flags: tuple[bool, bool],
    guidance: float,
    steps: int = STEPS,
    on_step: OnStep | None = None,
    known: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Draw one window of raw motion tokens (T, size) for raw shape tokens (1, S): it reads their latent.

    Parameters
    ----------
    flags : (cyclic, returns to its start)
    known, mask : (T, size) and (T,), optional
        Raw tokens of frames that are given, and which they are.
    """
    device = shape.device
    frames = model.config.frames
    white = torch.randn(1, frames, model.size, generator=generator).to(device)
    category_of = torch.tensor([category, 0], device=device)
    action_of = torch.tensor([action, 0], device=device)
    flag_of = torch.tensor([flags, flags], device=device).float()
    noise = model.noise(white, flag_of[:1, 0])
    standard = model.shape_standardiser(shape[:, : model.config.shape]).expand(2, -1)
    given = torch.zeros(1, frames, model.size, device=device)
    where = torch.zeros(1, frames, device=device)
    if known is not None and mask is not None:
        where = mask[None].to(device)
        given = model.standardiser(known.to(device))[None] * where[..., None]

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        both = model(
            x.expand(2, -1, -1),
            t.to(device).expand(2),
            standard,
            category_of,
            action_of,
            flag_of,
            given.expand(2, -1, -1),
            where.expand(2, -1),
        )
        return guided(both[:1], both[1:], guidance)

    x = adams_bashforth(velocity, noise, steps, on_step)
    x = x * (1 - where[..., None]) + given
    return model.standardiser.inverse(model.with_clip_codes(x))[0]
