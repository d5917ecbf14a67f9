"""What a diffusion leaves of noise: nothing where it knows the body, all where it takes none off."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.evaluation.denoising import TIMES, left_in_bodies, left_in_motions, table
from zoetrope.training.known import KnownTokens

LATENT, SIZE = 6, 10


class Knows:
    """Velocity of a model that always says the same body, or (None) that nothing in x is noise."""

    config = SimpleNamespace(latent=LATENT)
    size = SIZE

    def __init__(self, body):
        self.body, self.labels = body, None

    def standardiser(self, tokens):
        return tokens

    def __call__(self, x, t, category):
        self.labels = category
        return (x - self.body) / t[:, None] if self.body is not None else torch.zeros_like(x)


@pytest.fixture
def known():
    shape = np.full((3, SIZE), 2.0, np.float32)
    none = np.empty(0, dtype=str)
    return KnownTokens(
        shape, np.array(["ant", "bee", "odd"]), np.zeros((0, 1, 1), np.float32), none, none, none, none, none
    )


def bundle(body):
    kinds = (SimpleNamespace(name="ant"), SimpleNamespace(name="bee"))
    return SimpleNamespace(shape_model=Knows(body), description=SimpleNamespace(categories=kinds))


def test_who_knows_the_body_leaves_nothing(known):
    weights = bundle(torch.full((SIZE,), 2.0))
    found = left_in_bodies(weights, known)
    assert set(weights.shape_model.labels.tolist()) == {0, 1, 2}, "a kind that has no label has none"
    assert len(table(["ours"], ["latent", "codes"], [found])) == len(TIMES) + 3
    for latent, codes in found:
        assert latent == pytest.approx(0, abs=1e-5)
        assert codes == pytest.approx(0, abs=1e-5)


def test_an_error_of_one_part_is_told_apart(known):
    body = torch.full((SIZE,), 2.0)
    body[LATENT:] += 0.5
    for latent, codes in left_in_bodies(bundle(body), known, times=(0.2, 0.7)):
        assert latent == pytest.approx(0, abs=1e-5)
        assert codes == pytest.approx(0.5, abs=1e-4)


def test_who_takes_nothing_off_leaves_the_noise(known):
    ((latent, codes),) = left_in_bodies(bundle(None), known, times=(0.1,))
    # x less the body is 0.1 of the noise and of the body, which is 2 everywhere
    assert latent == pytest.approx((0.1**2 + 0.2**2) ** 0.5, rel=0.05)
    assert codes == pytest.approx(latent, rel=0.1)


@pytest.mark.parametrize("says_clean", [False, True])
def test_clips_are_looked_at_part_by_part(says_clean):
    config = MotionModelConfig(
        frames=8, latent=6, layers=2, code=2, extra=8, shape=4, width=32, depth=1, says_clean=says_clean
    )
    model = MotionModel(config).eval()
    walk = SimpleNamespace(name="walk", cyclic=True, returns_to_start=True)
    described = SimpleNamespace(
        categories=(SimpleNamespace(name="ant", actions=(walk,)),), action_order=("walk", "rest")
    )
    known = KnownTokens(
        np.zeros((1, 10), np.float32), np.array(["ant"]),
        np.concatenate([np.full((1, 8, 18), 2.0), np.full((1, 8, 18), 9.0)]).astype(np.float32),
        np.array(["ant", "ant"]), np.array(["walk", "rest"]), np.array(["a"]), np.array(["a", "a"]),
        np.array(["Walk", "Rest"]),
    )  # fmt: skip
    weights = SimpleNamespace(motion_model=model, description=described)
    with torch.no_grad():
        model.frame_out.bias.copy_(torch.cat([torch.full((6,), 2.5), torch.full((12,), 2.0)]))
    ((latents, codes, rigid),) = left_in_motions(weights, known, times=(0.5,))
    if says_clean:
        assert latents == pytest.approx(0.5, abs=1e-3)
        assert codes == pytest.approx(0, abs=1e-3)
        assert rigid == pytest.approx(0, abs=1e-3)
    else:
        assert min(latents, codes, rigid) > 0.5, "a velocity of 2 everywhere takes no noise off"
