"""Fit of the training creatures: which creatures and clips are measured, and what the tables say."""

from pathlib import Path

import numpy as np
import pytest
import torch
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.training_tokens import TrainingTokens

from studies.training_fit.gates import labels_of, sample_pairs, token_structure, within_between_ratio
from studies.training_fit.measure import TRAINED_COLUMNS, tables
from studies.training_fit.trained_creatures import by_category, trained_creatures

CLIPS = tuple(ClipEntry(name, name, name == "walk", True, 1.0, True) for name in ("eat", "run", "walk"))


@pytest.fixture
def library():
    library = Library.empty()
    for file, category in {"cat": "quadruped", "dog": "quadruped", "eel": "fish"}.items():
        library.entries[file] = CreatureEntry(file, category, 1.0, file, file != "eel", CLIPS)
    return library


@pytest.fixture
def tokens():
    creatures = np.array(["cat", "dog", "eel", "mine"])
    numbers = np.arange(4, dtype=np.float32)
    clips = np.array([clip.name for clip in CLIPS])
    return TrainingTokens(
        shape=numbers[:, None].repeat(5, axis=1),
        shape_category=np.array(["quadruped", "quadruped", "fish", "mine"]),
        motion=np.arange(12, dtype=np.float32)[:, None, None] * np.ones((12, 2, 6), np.float32),
        motion_category=np.array(["quadruped"] * 12),
        motion_action=np.tile(clips, 4),
        shape_creature=creatures,
        motion_creature=creatures.repeat(3),
        motion_clip=np.tile(clips, 4),
    )


def test_creatures_come_with_their_own_tokens(tokens, library):
    found = list(trained_creatures(tokens, library))
    assert [creature.entry.file for creature in found] == ["cat", "dog", "eel"]
    assert torch.equal(found[1].shape, torch.full((1, 5), 1.0))
    assert torch.equal(found[1].motion["walk"], torch.full((2, 6), 5.0))
    assert [creature.has_open_mesh for creature in found] == [False, False, True]
    assert len(list(trained_creatures(tokens, library, 2))) == 2


def test_other_creatures_are_refused_with_a_remedy(tokens):
    with pytest.raises(ZoetropeError, match="--shared"):
        next(trained_creatures(tokens, Library.empty()))


def test_the_same_clips_are_chosen_again(tokens, library):
    first, again = (next(trained_creatures(tokens, library)) for _ in range(2))
    assert first.choose_clips(0) == [("eat", False), ("run", False), ("walk", True)]
    assert first.choose_clips(2) == again.choose_clips(2)
    assert len(set(first.choose_clips(2))) == 2


def test_ratio_is_small_for_clusters_and_one_for_noise():
    groups = torch.arange(200) % 4
    noise = torch.randn(200, 6, generator=torch.Generator().manual_seed(0))
    assert within_between_ratio(noise, groups) == pytest.approx(1, abs=0.05)
    assert within_between_ratio(noise + 20 * groups[:, None], groups) < 0.15


def test_pairs_are_of_one_category_and_two_bodies():
    categories = labels_of(np.array(["fish", "blob", "fish", "blob", "winged"]))
    pairs = list(sample_pairs(categories, 20))
    assert all(a != b and categories[a] == categories[b] for a, b in pairs)
    assert 4 not in np.unique(pairs)


def test_shipped_tokens_have_structure(bundle):
    from zoetrope.training.data.training_tokens import load_tokens, tokens_path

    tokens = load_tokens(tokens_path(Path(__file__).resolve().parents[2] / "weights"))
    ratios = token_structure(bundle, tokens, tokens.shape_category != "other")
    assert ratios["motion codes, by creature"] < 0.7
    assert all(0 < ratio < 1 for ratio in ratios.values())


def test_tables_have_a_row_for_every_group_and_name_lost_legs(library):
    shape = dict.fromkeys(("completeness", "accuracy", "worst", "normals", "iou", "f_small", "f_large"), 0.5)
    shape |= dict.fromkeys(("normals_limit", *TRAINED_COLUMNS), 0.9)
    clips = {"walk": {"mean": 0.004, "p95": 0.01, "between": 0.004, "interpolation": 0.0}}
    legs = {"cat": [4, 3], "dog": [3, 3], "eel": [0, 0]}
    fits = {file: {"shape": shape, "legs": found, "clips": clips} for file, found in legs.items()}
    groups = {name: {f: fits[f] for f in files} for name, files in by_category(list(fits), library).items()}
    text = "\n".join(tables(groups, ["cat", "dog"]))
    assert "| quadruped | 2 | 0.5000 ± 0.0000 |" in text
    assert "| all | 3 | 0.0040 ± 0.0000 | 0.0100 ± 0.0000 |" in text
    assert "1 of 2 four-legged creatures; not: cat." in text
