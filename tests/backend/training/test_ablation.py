"""The ablation runs every variant on held-out samples, and its parts are what they say."""

import pytest
import tiny
import torch
from zoetrope.dictionary.dictionary import Dictionary, DictionaryConfig
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.ablation import VARIANTS, ablate, chosen, divided
from zoetrope.evaluation.published_dictionary import PublishedDictionary


def test_held_out_samples_are_in_no_batch():
    data = tiny.prepared()
    rest, points, sdf = divided(data)
    assert rest.sdf.shape[1] + sdf.shape[1] == data.sdf.shape[1]
    trained = {tuple(p) for p in rest.sdf_points[0].tolist()}
    assert not trained & {tuple(p) for p in points[0].tolist()}
    inside = data.sdf[0][(data.sdf_points[0][:, None] == points[0][:5]).all(-1).any(1)]
    assert set(inside.tolist()) == set(sdf[0][:5].tolist())


def test_every_variant_has_a_row():
    rows = ablate(tiny.recipe(), tiny.prepared(), 1.0, 0)
    assert set(rows) == {"pre-training alone", *(v.name for v in VARIANTS)}
    assert all(0 < row["error"] < 1 and row["steps"] > 0 for row in rows.values())
    assert rows["latent only"]["numbers"] == rows["all of it"]["numbers"]


def test_what_is_compared_with_is_always_there():
    assert chosen(()) == VARIANTS
    variants = chosen(["all of it"])
    assert [variant.name for variant in variants] == ["latent only", "all of it"]
    rows = ablate(tiny.recipe(), tiny.prepared(), 0.5, 0, variants)
    assert set(rows) == {"pre-training alone", "latent only", "all of it"}
    with pytest.raises(ZoetropeError, match="no variant 'magic'"):
        chosen(["magic"])


def test_the_published_dictionary_starts_away_from_the_network_and_ours_does_not():
    torch.manual_seed(0)
    weights = [torch.randn(32, 32), torch.randn(32, 32)]
    ours = Dictionary(weights, DictionaryConfig(kept=32, residual=0, code=4))
    composed = ours.compose(torch.zeros(1, 2, 4))
    torch.testing.assert_close(composed[0][0], weights[0], atol=1e-4, rtol=1e-4)
    published = PublishedDictionary(weights, 32, 8)
    made = published.compose(torch.zeros(1, *published.code_shape()))
    assert 0 < (made[0][0] - weights[0]).abs().max() < 1e-3
    with torch.no_grad():
        published._typed()[0].residual_u += torch.eye(32, 8)
        published._typed()[0].residual_v += torch.eye(32, 8)
        moved = published.compose(torch.full((1, *published.code_shape()), -1.0))
    expected = (float(weights[0][0, 0]) + 1.0) / 2.71828
    assert float(moved[0][0][0, 0]) == pytest.approx(expected, abs=0.01), "exp(b) stays above 0"
