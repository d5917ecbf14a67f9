"""Stored samples belong to the weights, and to the donors beside them."""

import shutil
from pathlib import Path

from zoetrope.evaluation.report.loading import open_session

WEIGHTS = Path(__file__).parents[4] / "weights"


def test_samples_near_donors_are_others(procedural_shared, tmp_path):
    alone = tmp_path / "weights"
    shutil.copytree(WEIGHTS, alone, ignore=shutil.ignore_patterns("donor*", "hyperdiffusion"))
    keys = [
        open_session(folder, procedural_shared, tmp_path, sets=1).key(engine="dnf")
        for folder in (WEIGHTS, alone)
    ]
    assert keys[0]["labels"] == keys[1]["labels"]
    assert keys[0] != keys[1]
