"""Hue variants: creatures with colours are trained in several hues where few of their category have any."""

import colorsys
import dataclasses

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.training.data.hue_variants import HueVariants, rotate_hue


def five_creatures(coloured):
    """One body each: three blobs, two unlabelled; `coloured` says which have colours."""
    data = tiny_run.prepared()
    body, clip = data.bodies[0], data.clips[0]
    categories = ["blob", "blob", "blob", "other", "other"]
    return dataclasses.replace(
        data,
        creatures=list("abcde"),
        categories=["blob"],
        bodies=[dataclasses.replace(body, creature=i) for i in range(5)],
        clips=[dataclasses.replace(clip, creature=i, category=name) for i, name in enumerate(categories)],
        coloured=torch.tensor(coloured, dtype=torch.bool),
    )


def test_category_with_few_colours_is_trained_in_several_hues():
    variants = HueVariants.of(five_creatures([0, 1, 0, 1, 0]), 4)
    assert variants.creature.tolist() == [0, 1, 1, 1, 1, 2, 3, 4]
    assert variants.hue.tolist() == pytest.approx([0, 0, 0.25, 0.5, 0.75, 0, 0, 0])
    share = torch.tensor([0.0, 0.3, 0.99, 0.5])
    assert variants.at(torch.tensor([1, 1, 1, 3]), share).tolist() == [1, 2, 4, 6]


@pytest.mark.parametrize(("coloured", "hues"), [([1, 1, 0, 1, 1], 4), ([0, 1, 0, 1, 0], 1)])
def test_other_creatures_keep_their_hue(coloured, hues):
    variants = HueVariants.of(five_creatures(coloured), hues)
    assert len(variants) == 5
    assert not variants.hue.any()


def test_hue_is_rotated_as_in_hsv():
    rng = np.random.default_rng(0)
    colours = np.concatenate([rng.random((3, 20, 3)), np.full((3, 1, 3), 0.4), np.zeros((3, 1, 3))], axis=1)
    hues = np.array([0.0, 0.3, 0.9])
    rotated = rotate_hue(torch.from_numpy(colours), torch.from_numpy(hues)).numpy()
    for row, hue, rotated_row in zip(colours, hues, rotated, strict=True):
        for colour, found in zip(row, rotated_row, strict=True):
            h, s, v = colorsys.rgb_to_hsv(*colour)
            assert found == pytest.approx(colorsys.hsv_to_rgb((h + hue) % 1, s, v), abs=1e-5)
