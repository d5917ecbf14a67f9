"""Motion of a training creature on an unseen body: who gives it, and what it costs."""

from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from zoetrope.evaluation import transfer
from zoetrope.evaluation.store import Store
from zoetrope.evaluation.transfer import Carried, measure, nearest_donor, table
from zoetrope.training.known import KnownTokens


@pytest.fixture
def known():
    shape = np.array([[0.0, 0.0], [5.0, 5.0], [1.0, 1.0]], np.float32)
    creatures = np.array(["pack__a", "pack__b", "pack__c"])
    clips = np.array(["walk", "walk", "run", "walk"])
    owners = np.array(["pack__a", "pack__b", "pack__b", "pack__c"])
    motion = np.arange(4.0, dtype=np.float32)[:, None, None].repeat(2, 1)
    none = np.empty(0, dtype=str)
    return KnownTokens(shape, none, motion, none, none, creatures, owners, clips)


def test_the_nearest_body_of_the_rig_gives_the_clip(known):
    shape = torch.tensor([[0.4, 0.4]])
    family = ["pack__a", "pack__b", "pack__c"]
    assert nearest_donor(shape, known, "walk", family) == 0
    assert nearest_donor(shape, known, "walk", family[1:]) == 3
    assert nearest_donor(shape, known, "run", family) == 2
    assert nearest_donor(shape, known, "run", ["pack__a"]) is None
    assert nearest_donor(shape, known, "swim", family) is None


def test_a_row_a_pack_and_one_of_all():
    found = [
        Carried("fish__x", "swim", "fish__a", 0.02, 0.01, 0.10),
        Carried("fish__y", "swim", "fish__a", 0.04, 0.01, 0.20),
        Carried("farm__z", "walk", "farm__b", 0.06, 0.02, 0.30),
    ]
    rows = table(found)[2:5]
    assert [row.split(" | ")[0] for row in rows] == ["| farm", "| fish", "| all"]
    assert "| 1 | 1 | 0.0600 | 0.0200 | 0.3000 |" in rows[0], "one creature has no error"
    assert "0.0300 ± 0.0100" in rows[1]
    assert "0.0400 ± " in rows[2]


def test_errors_of_a_creature_are_found_once(known, tmp_path, monkeypatch):
    clips = (SimpleNamespace(name="walk", cyclic=True), SimpleNamespace(name="swim", cyclic=True))
    entries = [SimpleNamespace(file=f"pack__{name}.glb", usable_clips=clips) for name in "xy"]
    library = SimpleNamespace(entries=dict.fromkeys(known.motion_creature.tolist()))
    asked = []

    def found(bundle, library, known, entry, clips, family, steps):
        if entry.file in asked:
            raise AssertionError(f"{entry.file} is fitted again")
        if len(asked) == stop:
            raise KeyboardInterrupt
        asked.append(entry.file)
        assert clips == [("walk", True)], "nobody of the family swims"
        return {"clips": [asdict(Carried(entry.file, "walk", family[0], 0.1, 0.1, 0.1))]}

    monkeypatch.setattr(transfer, "rig_of", lambda library, entry: ("pack", 5))
    monkeypatch.setattr(transfer, "_creature", found)
    given = (None, library, known, entries, 300, Store(tmp_path, "test"), ["a"])
    stop = 1
    with pytest.raises(KeyboardInterrupt):
        measure(*given)
    stop = 2
    assert [one.creature for one in measure(*given)] == ["pack__x.glb", "pack__y.glb"]
    assert asked == ["pack__x.glb", "pack__y.glb"]
