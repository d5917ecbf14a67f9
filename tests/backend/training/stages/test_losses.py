"""Shares of a token's parts in the loss; the within-creature prior of codes."""

from dataclasses import replace

import pytest
import tiny_run
import torch
from zoetrope.training.stages.context import StageContext
from zoetrope.training.stages.losses import creature_means, part_weights, within_creature_loss
from zoetrope.training.stages.motion_finetuning import finetune_motion
from zoetrope.training.stages.motion_pretraining import pretrain_motion
from zoetrope.training.stages.shape_pretraining import pretrain_shape

GROUPS = torch.tensor([0, 0, 1, 1])


def test_parts_have_their_shares_of_the_loss():
    weights = part_weights((96, 108), (0.85, 0.15))
    assert weights.shape == (204,)
    assert float(weights.mean()) == pytest.approx(1.0, abs=1e-5)
    assert float(weights[:96].sum() / weights.sum()) == pytest.approx(0.85, abs=1e-5)


def test_empty_part_leaves_its_share_to_the_others():
    weights = part_weights((10, 0, 30), (0.5, 0.3, 0.2))
    assert float(weights[:10].sum() / weights.sum()) == pytest.approx(5 / 7, abs=1e-5)


def test_creature_means():
    codes = torch.tensor([[0.0, 2.0], [2.0, 4.0], [5.0, 5.0], [5.0, 5.0]])
    means = creature_means(codes, GROUPS, 2)
    assert means.tolist() == [[1.0, 3.0], [5.0, 5.0]]
    assert within_creature_loss(codes[:2, :, None], means[[0, 0]]) == pytest.approx(2.0)
    assert creature_means(codes, GROUPS, 3)[2].tolist() == [0.0, 0.0], "a creature without codes"


def spread(codes):
    """Squared distance of codes (4, D) from the mean of their creature, by that between the two creatures."""
    means = creature_means(codes, GROUPS, 2)
    return float(within_creature_loss(codes, means[GROUPS]) / (means[0] - means[1]).square().sum())


def spreads(recipe, stage, folder, codes_of):
    """Spread of the codes that a stage learns without and with a strong within-creature prior."""
    found = []
    for prior in (0.0, 100.0):
        changed = replace(getattr(recipe, stage), within_creature_prior=prior)
        out = folder / str(prior)
        out.mkdir()
        found.append(spread(codes_of(replace(recipe, **{stage: changed}), out).flatten(1)))
    return found


def test_within_creature_prior_draws_codes_of_clips_together(tmp_path):
    data = tiny_run.prepared()
    data = replace(
        data,
        clips=[data.clips[i // 2] for i in range(4)],
        offsets=torch.cat([row * scale for row in data.offsets[:, None] for scale in (1.0, 0.3)]),
        rigid=data.rigid[:1].repeat(4, 1, 1, 1),
    )
    plain = replace(tiny_run.recipe(30), clip_codes=True)
    _, shapes = pretrain_shape(plain, StageContext(data, tmp_path, 1))
    field, latents = pretrain_motion(plain, StageContext(data, tmp_path, 1), shapes)

    def codes_of(recipe, folder):
        codes = finetune_motion(recipe, StageContext(data, folder, 1), shapes, field, latents)[1]
        return codes.table(torch.arange(4))

    without, with_prior = spreads(plain, "motion_finetuning", tmp_path, codes_of)
    assert with_prior < 0.5 * without
