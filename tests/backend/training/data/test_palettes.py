"""Coats: where a kind shows too few colours, those it shows are learned in other hues as well."""

import colorsys
import dataclasses

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.training.data.palettes import Coats, turned


def five(coloured):
    """Five creatures of one body each: three of one kind, two of no kind; which of them have colours."""
    data = tiny_run.prepared()
    body, clip = data.bodies[0], data.clips[0]
    kinds = ["blob", "blob", "blob", "other", "other"]
    return dataclasses.replace(
        data,
        creatures=list("abcde"),
        categories=["blob"],
        bodies=[dataclasses.replace(body, creature=i) for i in range(5)],
        clips=[dataclasses.replace(clip, creature=i, category=kind) for i, kind in enumerate(kinds)],
        coloured=torch.tensor(coloured, dtype=torch.bool),
    )


def test_a_kind_that_shows_few_colours_is_learned_in_all_hues():
    coats = Coats.of(five([0, 1, 0, 1, 0]), 4)
    assert coats.creature.tolist() == [0, 1, 1, 1, 1, 2, 3, 4]
    assert coats.hue.tolist() == pytest.approx([0, 0, 0.25, 0.5, 0.75, 0, 0, 0])
    share = torch.tensor([0.0, 0.3, 0.99, 0.5])
    assert coats.chosen(torch.tensor([1, 1, 1, 3]), share).tolist() == [1, 2, 4, 6]


@pytest.mark.parametrize(("coloured", "hues"), [([1, 1, 0, 1, 1], 4), ([0, 1, 0, 1, 0], 1)])
def test_kinds_that_show_theirs_keep_them(coloured, hues):
    coats = Coats.of(five(coloured), hues)
    assert len(coats) == 5
    assert not coats.hue.any()


def test_turned_colours_are_those_of_hsv():
    rng = np.random.default_rng(0)
    colours = np.concatenate([rng.random((3, 20, 3)), np.full((3, 1, 3), 0.4), np.zeros((3, 1, 3))], axis=1)
    hues = np.array([0.0, 0.3, 0.9])
    found = turned(torch.from_numpy(colours), torch.from_numpy(hues)).numpy()
    for row, hue, got in zip(colours, hues, found, strict=True):
        for colour, other in zip(row, got, strict=True):
            h, s, v = colorsys.rgb_to_hsv(*colour)
            assert other == pytest.approx(colorsys.hsv_to_rgb((h + hue) % 1, s, v), abs=1e-5)
