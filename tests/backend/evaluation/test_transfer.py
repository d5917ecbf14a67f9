"""Motion of a training creature on an unseen body: who gives it, and what it costs."""

import numpy as np
import pytest
import torch
from zoetrope.evaluation.transfer import Carried, nearest_donor, table
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
