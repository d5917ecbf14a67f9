"""References that were trained on are found, near-copies included."""

from copy import copy
from types import SimpleNamespace

import numpy as np
import pytest
from zoetrope.clips.library import CreatureEntry
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.leak_check import find_leaks, training_creatures
from zoetrope.evaluation.protocols.references import LabelledSequence

BY_CREATURE = {"split": "by_creature", "creatures": ["a1"]}


def small_library(*files):
    entries = {f: CreatureEntry(f, "x", 1.0, f[0], True, ()) for f in files}  # near-copies share a letter
    return SimpleNamespace(entries=entries, splits={"by_clip": {"train": [["a1", "walk"]]}})


def reference(creature, clip="walk"):
    return LabelledSequence(creature, clip, "x", "y", np.zeros((1, 1, 3)))


def test_other_creatures_are_no_leak():
    found = find_leaks(small_library("a1", "b1"), "by_creature", [reference("b1")], BY_CREATURE)
    assert found == {"leaked": [], "references": 1, "creatures": 1}


@pytest.mark.parametrize("creature", ["a1", "a2"])
def test_training_creature_or_its_near_copy_is_refused(creature):
    references = [reference("b1"), reference(creature)]
    with pytest.raises(ZoetropeError, match="1 of 2 test clips"):
        find_leaks(small_library("a1", "a2", "b1"), "by_creature", references, BY_CREATURE)


def test_leaks_of_the_other_split_are_reported():
    references = [reference("a1", "run"), reference("b1")]
    found = find_leaks(small_library("a1", "b1"), "by_clip", references, BY_CREATURE)
    assert found["leaked"] == [("a1", "run")]


def test_by_creature_any_clip_of_a_training_creature_leaks():
    """Weights trained by clip have seen the creature, whichever of its clips they were trained on."""
    training = {"split": "by_clip", "creatures": ["a1"]}
    references = [reference("a1", "run"), reference("a2", "walk"), reference("b1")]
    found = find_leaks(small_library("a1", "a2", "b1"), "by_creature", references, training)
    assert found["leaked"] == [("a1", "run"), ("a2", "walk")]


def test_training_clip_of_the_split_by_clip_is_refused():
    training = {"split": "by_clip", "creatures": ["a1"]}
    assert find_leaks(small_library("a1"), "by_clip", [reference("a1", "run")], training)["leaked"] == []
    with pytest.raises(ZoetropeError, match="trained on"):
        find_leaks(small_library("a1"), "by_clip", [reference("a1", "walk")], training)


@pytest.mark.parametrize(("taken", "leaks"), [("all", True), ("shape", False)])
def test_what_weights_started_from_counts(taken, leaks):
    library = small_library("a1", "b1")
    training = {"split": "by_clip", "creatures": ["b1"], "start": {"taken": taken, **BY_CREATURE}}
    references = [reference("a1", "run"), reference("b1", "run")]
    if leaks:
        with pytest.raises(ZoetropeError, match="1 of 2 test clips of by_clip were trained on, the first a1"):
            find_leaks(library, "by_clip", references, training)
    else:
        assert find_leaks(library, "by_clip", references, training)["leaked"] == []
    held_out = {"split": "by_creature", "creatures": ["b1"], "start": {"taken": taken, **BY_CREATURE}}
    with pytest.raises(ZoetropeError, match="the first a1"):
        find_leaks(library, "by_creature", [reference("a1")], held_out)


def test_training_creatures_outside_the_splits_have_the_clips_that_were_used(library):
    inside = library.creatures("train")[0]
    outside = next(
        entry for entry in library.entries.values() if not entry.recommended and entry.category == "fish"
    )
    two = copy(library)
    two.entries = {entry.file: entry for entry in (inside, outside)}
    two.splits = {"by_creature": {"train": [inside.file]}}
    files = [inside.file, outside.file, "mine.glb"]
    found = training_creatures(two, {"split": "by_creature", "creatures": files})
    assert [entry.file for entry in found] == [inside.file, outside.file]
    assert found[0].usable_clips == inside.usable_clips
    assert found[1].usable_clips
    assert not outside.usable_clips, "the labels exclude them"


def test_training_creatures_of_the_split_by_clip_have_its_training_clips(library):
    clips = [(entry.file, clip.name) for entry, clip in library.clips("train")]
    file = library.clips("test")[0][0].file
    (found,) = training_creatures(library, {"split": "by_clip", "creatures": [file]})
    assert [(file, clip.name) for clip in found.clips] == [pair for pair in clips if pair[0] == file]
