"""The dictionary: exact where nothing is dropped, orthonormal, signed coefficients."""

import pytest
import torch
from zoetrope.dictionary.dictionary import Dictionary, DictionaryConfig
from zoetrope.dictionary.svd import truncated_svd


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return [torch.randn(24, 40), torch.randn(24, 24), torch.randn(3, 24)]


def test_factors_are_the_singular_value_decomposition(weights):
    f = truncated_svd(weights[1], 18, 6)
    both = (
        torch.cat([f.u, f.residual_u], 1),
        torch.cat([f.s, f.residual_s]),
        torch.cat([f.v, f.residual_v], 1),
    )
    assert torch.allclose((both[0] * both[1]) @ both[2].T, weights[1], atol=1e-4)
    assert torch.allclose(both[0].T @ both[0], torch.eye(24), atol=1e-5)
    assert (f.s[:-1] >= f.s[1:]).all()


def test_zero_codes_reproduce_the_network_if_no_singular_value_is_dropped(weights):
    dictionary = Dictionary(weights, DictionaryConfig(kept=16, residual=8, code=4))
    for composed, weight in zip(dictionary.compose(torch.zeros(2, 3, 4)), weights, strict=True):
        assert torch.allclose(composed, weight.expand_as(composed), atol=1e-4)


def test_compression_keeps_the_largest_singular_values(weights):
    dictionary = Dictionary(weights, DictionaryConfig(kept=10, residual=4, code=4))
    composed = dictionary.compose(torch.zeros(1, 3, 4))[1][0]
    u, s, vh = torch.linalg.svd(weights[1])
    assert torch.allclose(composed, (u[:, :14] * s[:14]) @ vh[:14], atol=1e-4)
    assert dictionary.dictionary_layers()[2].s.numel() == 3  # output layers keep all


def test_orthogonality_loss_is_zero_at_first_and_grows_off_orthonormal(weights):
    dictionary = Dictionary(weights, DictionaryConfig(kept=16, residual=8, code=4))
    assert float(dictionary.orthogonality_loss().detach()) < 1e-6
    with torch.no_grad():
        dictionary.dictionary_layers()[0].residual_u.add_(0.1)
    assert float(dictionary.orthogonality_loss().detach()) > 0.01


def test_coefficients_are_signed_and_codes_get_gradients(weights):
    dictionary = Dictionary(weights, DictionaryConfig(kept=16, residual=8, code=4))
    codes = torch.zeros(2, 3, 4, requires_grad=True)
    loss = sum(w.sin().sum() for w in dictionary.compose(codes))
    loss.backward()
    assert float(codes.grad.abs().min()) > 0
    layer = dictionary.dictionary_layers()[0]
    a, _ = layer.coefficients(5 * torch.randn(8, 4))
    assert (a < 0).any()
    assert (a > 0).any()


def test_live_dictionary_starts_as_the_whole_network_and_learns_it_on(weights):
    frozen = DictionaryConfig(kept=10, residual=4, code=4)
    live = Dictionary(weights, DictionaryConfig(kept=10, residual=4, code=4, live=True))
    codes = torch.zeros(2, 3, 4)
    for composed, weight in zip(live.compose(codes), weights, strict=True):
        torch.testing.assert_close(composed, weight.expand_as(composed), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(Dictionary(weights, frozen).compose(codes)[1][0], weights[1], atol=1e-3)
    with torch.no_grad():
        live.dictionary_layers()[1].shared += 1.0
    torch.testing.assert_close(live.compose(codes)[1][0], weights[1] + 1.0, atol=1e-5, rtol=1e-5)
    assert any(m is live.dictionary_layers()[1].shared for m in live.matrix_parameters())
    assert not any(m is live.dictionary_layers()[2].shared for m in live.matrix_parameters()), (
        "output layers are optimised by Adam"
    )
