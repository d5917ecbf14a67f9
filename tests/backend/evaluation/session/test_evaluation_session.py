"""Stored samples belong to the weights, and to the donors beside them; damaged ones are generated anew."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.clips.library import Library
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.session import loading
from zoetrope.evaluation.session import session as session_module
from zoetrope.evaluation.session.loading import open_session
from zoetrope.evaluation.session.result_cache import ResultCache
from zoetrope.evaluation.session.row_names import check_row_names
from zoetrope.evaluation.session.session import Session
from zoetrope.training.data.training_tokens import load_tokens, tokens_path, write_tokens

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


def test_parts_that_are_of_training_tokens_depend_on_them(procedural_shared, tmp_path):
    """The same weights with the tokens of one clip less."""
    other = tmp_path / "weights"
    shutil.copytree(WEIGHTS, other, ignore=shutil.ignore_patterns("hyperdiffusion"))
    tokens = load_tokens(tokens_path(other))
    names = ("motion", "motion_category", "motion_action", "motion_creature", "motion_clip")
    fewer = {name: getattr(tokens, name)[1:] for name in names}
    write_tokens(tokens_path(other), replace(tokens, **fewer, motion_power=None))
    first, second = (open_session(folder, procedural_shared, tmp_path, sets=1) for folder in (WEIGHTS, other))
    for name in ("gaussian", "mean shape"):
        assert first.key(engine=name) != second.key(engine=name)
    assert first.key(engine="dnf", tokens=True) != second.key(engine="dnf", tokens=True)
    assert first.key(engine="dnf") == second.key(engine="dnf")


def test_a_damaged_set_is_generated_anew_and_another_begun_one_continued(
    procedural_shared, tmp_path, monkeypatch
):
    training = {"split": "by_creature", "creatures": ["creature_0.glb"]}
    engine = ProceduralEngine()
    session = Session(
        *("procedural", {"procedural": engine}, tmp_path, Library(procedural_shared)),
        ResultCache(tmp_path, "x"),
        sets=1,
        detail=64,
        points=50,
        training=training,
    )
    ((first,),) = session.samples("procedural", 1)
    ((_, second),) = session.samples("procedural", 2)
    (path,) = (tmp_path / "samples").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    ((again, next_one),) = session.samples("procedural", 2)
    np.testing.assert_array_equal(again.sequence.clouds, first.sequence.clouds)
    np.testing.assert_array_equal(next_one.sequence.clouds, second.sequence.clouds)
    monkeypatch.setattr(session_module, "generate_samples", None)
    assert len(session.samples("procedural", 2)[0]) == 2, "stored again"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["tiny", "tiny"], "rows of one name"),
        (["tiny", "dnf"], "rows of one name"),
        (["training_clips"], "rows of one name"),  # one file
        (["../tiny"], "cannot be part of the name of a file"),
    ],
)
def test_rows_have_names_and_files_of_their_own(names, message):
    check_row_names(["tiny", "other"], ("dnf", "training clips"))
    with pytest.raises(ZoetropeError, match=message) as raised:
        check_row_names(names, ("dnf", "training clips"))
    assert raised.value.code == "bad_option"


@pytest.mark.parametrize("name", ["noise", "training clips", "gaussian", "dnf"])
def test_weights_named_like_another_row_are_refused(procedural_shared, tmp_path, monkeypatch, name):
    monkeypatch.setattr(loading, "_row_name", lambda folder: name)
    with pytest.raises(ZoetropeError, match=r"Two of the weights would have rows of one name\."):
        open_session(WEIGHTS, procedural_shared, tmp_path, beside=[WEIGHTS])


def test_a_folder_of_parts_that_takes_no_files_is_refused_first(procedural_shared, tmp_path):
    (tmp_path / "work").write_text("")
    with pytest.raises(ZoetropeError, match="work could not be written") as raised:
        open_session(WEIGHTS, procedural_shared, tmp_path / "work")
    assert raised.value.code == "cannot_write"
