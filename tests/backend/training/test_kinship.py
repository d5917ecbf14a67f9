"""Codes of one creature's bodies and clips come together where a recipe asks for it."""

import dataclasses

import pytest
import tiny
import torch
from zoetrope.training import motion_stages, shape_stages
from zoetrope.training.kinship import apart, means

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


def test_codes_of_a_creatures_bodies_come_together(tmp_path):
    data = tiny.prepared()
    plain = tiny.recipe(60)
    field, latents = shape_stages.pretrain(plain, data, tmp_path, None)
    found = []
    for kinship in (0.0, 100.0):
        stage = dataclasses.replace(plain.shape_finetuning, kinship=kinship)
        recipe = dataclasses.replace(plain, shape_finetuning=stage)
        folder = tmp_path / str(kinship)
        folder.mkdir()
        _, codes = shape_stages.finetune(recipe, data, folder, field, latents, None)
        found.append(spread(codes(torch.arange(4)).flatten(1)))
    assert found[1] < 0.5 * found[0]


def test_codes_of_a_creatures_clips_come_together(tmp_path):
    data = tiny.prepared()
    data = dataclasses.replace(
        data,
        clips=[data.clips[i // 2] for i in range(4)],
        offsets=torch.cat([row * scale for row in data.offsets[:, None] for scale in (1.0, 0.3)]),
        rigid=data.rigid[:1].repeat(4, 1, 1, 1),
        first_row=2 * torch.arange(4),
    )
    plain = dataclasses.replace(tiny.recipe(60), clip_codes=True)
    _, shapes = shape_stages.pretrain(plain, data, tmp_path, None)
    field, latents = motion_stages.pretrain(plain, data, tmp_path, shapes, None)
    found = []
    for kinship in (0.0, 100.0):
        stage = dataclasses.replace(plain.motion_finetuning, kinship=kinship)
        recipe = dataclasses.replace(plain, motion_finetuning=stage)
        folder = tmp_path / str(kinship)
        folder.mkdir()
        _, codes = motion_stages.finetune(recipe, data, folder, shapes, field, latents, None)
        found.append(spread(codes.table(torch.arange(4)).flatten(1)))
    assert found[1] < 0.5 * found[0]
