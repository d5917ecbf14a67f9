"""A test that meets its training fails, whatever way the creature came in."""

from types import SimpleNamespace

import numpy as np
import pytest
from zoetrope.clips.library import CreatureEntry
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.leak_check import met_in_training
from zoetrope.evaluation.protocols.references import Item


def library(*files):
    entries = {f: CreatureEntry(f, "x", 1.0, f[0], True, ()) for f in files}  # near-copies share a letter
    return SimpleNamespace(entries=entries, splits={"by_clip": {"train": [["a1", "walk"]]}})


def item(creature, clip="walk"):
    return Item(creature, clip, "x", "y", np.zeros((1, 1, 3)))


BY_CREATURE = {"split": "by_creature", "creatures": ["a1"]}


def test_strangers_pass():
    assert met_in_training(library("a1", "b1"), "by_creature", [item("b1")], BY_CREATURE) == []


@pytest.mark.parametrize("creature", ["a1", "a2"])
def test_a_training_creature_or_its_near_copy_fails(creature):
    with pytest.raises(ZoetropeError, match="1 of 2 test clips"):
        met_in_training(library("a1", "a2", "b1"), "by_creature", [item("b1"), item(creature)], BY_CREATURE)


def test_the_other_split_says_what_was_met():
    items = [item("a1", "run"), item("b1")]
    assert met_in_training(library("a1", "b1"), "by_clip", items, BY_CREATURE) == [("a1", "run")]


def test_a_training_clip_of_the_split_by_clip_fails():
    training = {"split": "by_clip", "creatures": ["a1"]}
    assert met_in_training(library("a1"), "by_clip", [item("a1", "run")], training) == []
    with pytest.raises(ZoetropeError, match="trained on"):
        met_in_training(library("a1"), "by_clip", [item("a1", "walk")], training)
