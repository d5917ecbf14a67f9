"""The perceptron with composed weights, positional encoding, evaluation in chunks."""

import pytest
import torch
from zoetrope.errors import ZoetropeError
from zoetrope.fields.chunked import evaluate_in_chunks
from zoetrope.fields.encoding import encode, encoded_size
from zoetrope.fields.mlp import FieldMLP


def test_encoding_is_that_of_nerf():
    x = torch.tensor([[0.5, -0.25, 1.0]])
    out = encode(x, 3)
    assert out.shape == (1, encoded_size(3))
    assert torch.equal(out[:, :3], x)
    expected = torch.sin(torch.pi * 4 * x[0, 1])
    assert torch.isclose(out, expected).any()


def test_latent_is_equivalent_to_concatenation_with_every_point():
    torch.manual_seed(0)
    mlp = FieldMLP(9, 5, 16, 4, 2)
    encoded, latent = torch.randn(3, 7, 9), torch.randn(3, 5)
    hidden = encoded
    wide = latent[:, None].expand(-1, 7, -1)
    for i, (weight, bias) in enumerate(zip(mlp.weights, mlp.biases, strict=True)):
        if i == mlp.skip:
            hidden = torch.cat([hidden, encoded], -1)
        if i in (0, mlp.skip):
            hidden = torch.cat([hidden, wide], -1)
        hidden = hidden @ weight.T + bias
        if i < 4:
            hidden = hidden.relu()
    assert torch.allclose(mlp(encoded, latent), hidden, atol=1e-5)


def test_weights_per_instance_give_the_same_function():
    torch.manual_seed(1)
    mlp = FieldMLP(9, 5, 16, 4, 2)
    encoded, latent = torch.randn(3, 7, 9), torch.randn(3, 5)
    each = [weight.expand(3, -1, -1) for weight in mlp.weights]
    assert torch.allclose(mlp(encoded, latent, each), mlp(encoded, latent), atol=1e-5)


def test_one_composed_weight_serves_several_instances():
    torch.manual_seed(0)
    mlp = FieldMLP(9, 4, 16, 4, 3)
    encoded, latent = torch.randn(6, 11, 9), torch.randn(6, 4)
    weights = [w.detach() + 0.1 * torch.randn(2, *w.shape) for w in mlp.weights]
    each = [w.repeat_interleave(3, dim=0) for w in weights]
    torch.testing.assert_close(mlp(encoded, latent, weights), mlp(encoded, latent, each))


CPU_OUT_OF_MEMORY = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes."


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(), MemoryError(), RuntimeError(CPU_OUT_OF_MEMORY)])
def test_chunks_are_halved_when_memory_runs_out(error):
    calls = []

    def function(x):
        calls.append(len(x))
        if len(x) > 3000:
            raise error
        return 2 * x

    points = torch.rand(10_000, 3)
    done = []
    assert torch.equal(
        evaluate_in_chunks(function, points, 8000, lambda i, n: done.append((i, n))), 2 * points
    )
    assert calls[:3] == [8000, 4000, 2000]
    assert done[-1] == (10_000, 10_000)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError(CPU_OUT_OF_MEMORY)])
def test_out_of_memory_at_the_smallest_chunk_is_an_error(error):
    def function(x):
        raise error

    with pytest.raises(ZoetropeError) as caught:
        evaluate_in_chunks(function, torch.rand(5000, 3))
    assert caught.value.code == "out_of_memory"


def test_other_errors_of_a_field_are_not_taken_for_it():
    def function(x):
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        evaluate_in_chunks(function, torch.rand(5000, 3))


def test_progress_callback_can_cancel_between_chunks():
    def stop(i, n):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_in_chunks(lambda x: x, torch.rand(10, 3), 5, stop)
