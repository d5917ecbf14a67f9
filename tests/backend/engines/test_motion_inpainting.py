"""Longer clips and in-betweens: what is given stays, what belongs to the clip stays the clip's."""

import dataclasses

import numpy as np
import pytest
import torch
from test_live_run import run  # noqa: F401 - the fixture that trains
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine, GivenPoses
from zoetrope.engines.motion_inpainting import Conditions, between, extend


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = MotionModelConfig(
        frames=16,
        latent=4,
        layers=2,
        code=3,
        shape=5,
        width=32,
        depth=1,
        heads=2,
        clip_codes=True,
        coloured=True,
    )
    made = MotionModel(config).eval().requires_grad_(False)
    for parameter in made.parameters():  # an untrained one's gates are shut: no frame sees another
        torch.nn.init.normal_(parameter, std=0.1)
    return made


ASKED = Conditions(
    torch.randn(1, 5, generator=torch.Generator().manual_seed(1)), 1, 2, (False, True), steps=4
)


def drawn(model, frames=16):
    tokens = torch.randn(frames, model.size, generator=torch.Generator().manual_seed(2))
    return model.average_clip_codes(tokens)


def test_a_clip_is_drawn_on(model):
    tokens = drawn(model)
    longer = extend(model, torch.Generator().manual_seed(3), tokens, 50, ASKED)
    assert longer.shape == (50, model.size)
    assert torch.equal(longer[:16], tokens)
    assert (longer[16:, 4:10] == tokens[-1, 4:10]).all(), "one clip, one code a layer"
    assert (longer[16:, -2:] == tokens[-1, -2:]).all()
    assert longer[16:, :4].std(0).min() > 0, "it moves on"
    again = extend(model, torch.Generator().manual_seed(3), tokens, 50, ASKED)
    assert torch.equal(longer, again)
    assert torch.equal(extend(model, torch.Generator(), tokens, 10, ASKED), tokens[:10])


def test_what_is_drawn_on_depends_on_what_is_given(model):
    one, other = drawn(model), drawn(model) + 1.0
    ends = [extend(model, torch.Generator().manual_seed(3), t, 24, ASKED)[16:, :4] for t in (one, other)]
    assert (ends[0] - ends[1]).abs().max() > 1e-3


@pytest.mark.parametrize("frames", [9, 16])
def test_given_poses_are_met(model, frames):
    first, last = drawn(model)[:2], drawn(model)[-3:] + 0.5
    whole = between(model, torch.Generator().manual_seed(3), first, last, frames, ASKED)
    assert whole.shape == (frames, model.size)
    assert torch.equal(whole[:2], first)
    assert torch.equal(whole[-3:], last)
    codes = whole[:, 4:10]
    steps = codes.diff(dim=0).norm(dim=1)
    assert steps.max() < 0.5 * (codes[-1] - codes[0]).norm(), "codes go over step by step"
    assert torch.isfinite(whole).all()


def test_poses_need_room(model):
    first, last = drawn(model)[:2], drawn(model)[-3:]
    for frames in (5, 17):
        with pytest.raises(ValueError, match="do not fit"):
            between(model, torch.Generator(), first, last, frames, ASKED)


def test_a_longer_clip_lasts_longer(run):  # noqa: F811 - the fixture
    engine = DnfEngine(run / "weights", "cpu")
    request = GenerateRequest("quadruped", "", 3, detail=64)
    made = engine.generate(request, lambda *_: None)
    bundle = engine.load()
    shape = torch.from_numpy(made.tokens["shape"])[None]
    motion = torch.from_numpy(made.tokens["motion"])
    asked = engine.asked(request)
    window = Conditions(shape, asked.category, asked.action, (False, False), steps=3)
    longer = extend(bundle.motion_model, torch.Generator().manual_seed(0), motion, 2 * len(motion), window)
    decoded = engine.decoded(bundle, shape, longer, asked, request, lambda *_: None)
    assert (decoded.rest == made.rest).all()
    ratio = decoded.seconds[-1] / made.seconds[-1]
    assert 1.8 < ratio < 2.2


def test_an_in_between_is_shown_through_the_poses_as_they_are_shown(run):  # noqa: F811 - the fixture
    engine = DnfEngine(run / "weights", "cpu")
    request = GenerateRequest("quadruped", "", 3, detail=64, frames=tiny_frames(engine))
    bundle, asked = engine.load(), engine.asked(request)
    asked = dataclasses.replace(asked, label=dataclasses.replace(asked.label, cyclic=False))
    made = engine.generate(request, lambda *_: None)
    shape, clip = (torch.from_numpy(made.tokens[name]) for name in ("shape", "motion"))
    shape, other = shape[None], clip.clone()
    other[:, -5:-2] += torch.linspace(0.5, 0.7, len(clip))[:, None]  # it stands elsewhere

    def shown(motion, given=()):
        return engine.decoded(bundle, shape, motion, asked, request, lambda *_: None, given).vertices

    last = len(clip) - 2
    given = (
        GivenPoses(clip, asked.label, slice(None, 2), 0),
        GivenPoses(clip, asked.label, slice(-2, None), last),
    )
    own, plain, through = shown(clip), shown(other), shown(other, given)
    assert np.abs(plain[:2] - own[:2]).max() > 1e-3
    np.testing.assert_allclose(through[:2], own[:2], atol=1e-4)
    np.testing.assert_allclose(through[last:], own[last:], atol=1e-4)


def tiny_frames(engine):
    return engine.description.motion_model.frames
