"""What a diffusion leaves of noise: nothing where it knows the body, all where it takes none off."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from zoetrope.evaluation.denoising import categories_of, left_of_noise
from zoetrope.training.known import KnownTokens

LATENT, SIZE = 6, 10


class Knows:
    """Velocity of a model that always says the same body, or (None) that nothing in x is noise."""

    config = SimpleNamespace(latent=LATENT)

    def __init__(self, body):
        self.body = body

    def standardiser(self, tokens):
        return tokens

    def __call__(self, x, t, category):
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
    assert categories_of(bundle(None), known).tolist() == [1, 2, 0]
    for latent, codes in left_of_noise(bundle(torch.full((SIZE,), 2.0)), known):
        assert latent == pytest.approx(0, abs=1e-5)
        assert codes == pytest.approx(0, abs=1e-5)


def test_an_error_of_one_part_is_told_apart(known):
    body = torch.full((SIZE,), 2.0)
    body[LATENT:] += 0.5
    for latent, codes in left_of_noise(bundle(body), known, times=(0.2, 0.7)):
        assert latent == pytest.approx(0, abs=1e-5)
        assert codes == pytest.approx(0.5, abs=1e-4)


def test_who_takes_nothing_off_leaves_the_noise(known):
    ((latent, codes),) = left_of_noise(bundle(None), known, times=(0.1,))
    # x less the body is 0.1 of the noise and of the body, which is 2 everywhere
    assert latent == pytest.approx((0.1**2 + 0.2**2) ** 0.5, rel=0.05)
    assert codes == pytest.approx(latent, rel=0.1)
