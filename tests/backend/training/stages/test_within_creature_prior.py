"""Codes of one creature's bodies and clips come together where a recipe asks for it."""

import dataclasses

import pytest
import tiny_run
import torch
from zoetrope.training.stages import motion_field as motion_stages
from zoetrope.training.stages import shape_field as shape_stages
from zoetrope.training.stages.within_creature_prior import apart, means

GROUPS = torch.tensor([0, 0, 1, 1])


def spread(codes):
    """How far codes (4, D) are from the mean of their creature, in distances between the two creatures."""
    middle = means(codes, GROUPS, 2)
    return float(apart(codes, middle[GROUPS]) / (middle[0] - middle[1]).square().sum())


def test_means_are_those_of_creatures():
    codes = torch.tensor([[0.0, 2.0], [2.0, 4.0], [5.0, 5.0], [5.0, 5.0]])
    assert means(codes, GROUPS, 2).tolist() == [[1.0, 3.0], [5.0, 5.0]]
    assert apart(codes[:2, :, None], means(codes, GROUPS, 2)[[0, 0]]) == pytest.approx(2.0)
    assert means(codes, GROUPS, 3)[2].tolist() == [0.0, 0.0], "a creature without rows"


def spreads(plain, stage, folder, codes_of):
    """The spread without kinship and with much of it, of what a stage of a recipe learns in a folder."""
    found = []
    for kinship in (0.0, 100.0):
        recipe = dataclasses.replace(
            plain, **{stage: dataclasses.replace(getattr(plain, stage), kinship=kinship)}
        )
        own = folder / str(kinship)
        own.mkdir()
        found.append(spread(codes_of(recipe, own).flatten(1)))
    return found


def test_codes_of_a_creatures_bodies_come_together(tmp_path):
    data = tiny_run.prepared()
    plain = tiny_run.recipe(60)
    field, latents = shape_stages.pretrain(plain, data, tmp_path, None)

    def codes_of(recipe, folder):
        return shape_stages.finetune(recipe, data, folder, field, latents, None)[1](torch.arange(4))

    without, with_it = spreads(plain, "shape_finetuning", tmp_path, codes_of)
    assert with_it < 0.5 * without


def test_codes_of_a_creatures_clips_come_together(tmp_path):
    data = tiny_run.prepared()
    data = dataclasses.replace(
        data,
        clips=[data.clips[i // 2] for i in range(4)],
        offsets=torch.cat([row * scale for row in data.offsets[:, None] for scale in (1.0, 0.3)]),
        rigid=data.rigid[:1].repeat(4, 1, 1, 1),
        first_row=2 * torch.arange(4),
    )
    plain = dataclasses.replace(tiny_run.recipe(60), clip_codes=True)
    _, shapes = shape_stages.pretrain(plain, data, tmp_path, None)
    field, latents = motion_stages.pretrain(plain, data, tmp_path, shapes, None)

    def codes_of(recipe, folder):
        codes = motion_stages.finetune(recipe, data, folder, shapes, field, latents, None)[1]
        return codes.table(torch.arange(4))

    without, with_it = spreads(plain, "motion_finetuning", tmp_path, codes_of)
    assert with_it < 0.5 * without
