"""Embeddings: only rows of the batch move; clips are functions of time."""

import pytest
import torch
from zoetrope.diffusion.time_basis import time_basis
from zoetrope.training.optimisation.embeddings import ClipEmbedding, Embedding


def test_rows_outside_the_batch_do_not_move():
    embedding = Embedding(5, 3, deviation=1.0)
    optimiser = torch.optim.SparseAdam(list(embedding.parameters()), lr=0.1)
    for rows in ([0, 1], [2, 3]):
        before = embedding.rows.weight.detach().clone()
        optimiser.zero_grad()
        embedding(torch.tensor(rows)).square().sum().backward()
        optimiser.step()
        moved = (embedding.rows.weight.detach() != before).any(1)
        assert moved.nonzero().flatten().tolist() == rows


def test_time_basis_is_orthonormal_and_loops_close():
    for cyclic in (False, True):
        basis = time_basis(8, cyclic)
        assert torch.allclose(basis.T @ basis, torch.eye(8), atol=1e-5)
    embedding = ClipEmbedding([True], 32, 4)
    torch.nn.init.normal_(embedding.table.rows.weight)
    frames = embedding(torch.tensor([0]), torch.arange(32)[None])[0]
    steps = (frames - frames.roll(-1, 0)).norm(dim=1)
    assert steps[-1] < 3 * steps.median()


def test_constant_embedding_is_the_same_in_all_frames_of_a_clip():
    embedding = ClipEmbedding([True, False], 8, 4, constant=True)
    torch.nn.init.normal_(embedding.table.rows.weight)
    frames = embedding(torch.tensor([0, 1]), torch.arange(8).expand(2, 8))
    assert torch.allclose(frames, frames[:, :1].expand_as(frames), atol=1e-6)
    assert not torch.allclose(frames[0], frames[1])


@pytest.mark.parametrize("constant", [False, True])
def test_clip_embedding_is_filled_with_values_of_frames(constant):
    values = torch.randn(2, 8, 3, 4, generator=torch.Generator().manual_seed(0))
    embedding = ClipEmbedding([True, False], 8, 3, 4, constant=constant)
    embedding.fill(values)
    found = embedding(torch.arange(2), torch.arange(8).expand(2, -1))
    expected = values.mean(1, keepdim=True).expand_as(values) if constant else values
    assert torch.allclose(found, expected, atol=1e-4)
