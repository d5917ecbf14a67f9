"""Rows of an earlier table of engines are checked whole; a failing run replaces no file."""

import copy
import json
from types import SimpleNamespace

import numpy as np
import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report import engines_report
from zoetrope.evaluation.report.engines_report import engines_page, kept_rows, save_engines

SESSION = SimpleNamespace(
    categories=("quadruped",),
    sets=1,
    detail=64,
    limit=0,
    label_digest="12345678",
    cache=SimpleNamespace(command="zoetrope evaluate engines"),
    engines={"voxels": None},
    on_progress=lambda *_: None,
)
METRICS = ("mmd", "cov", "one_nna")
SCORE = {
    **{metric: {"value": 0.5, "se": 0.1} for metric in METRICS},
    "sets": 1,
    "references": 3,
    "per_set": {metric: [0.5] for metric in METRICS},
    "leave_one_out": {metric: [0.4, 0.5, 0.6] for metric in METRICS},
    "sizes": [1, 1, 1],
    "own_set": {"quadruped": {"references": 3, "references_share": 0.5}},
}
SCORES = {"by_clip": {"centred": SCORE, "as_is": SCORE}}
HALF = {name: SCORE[name] for name in (*METRICS, "sets", "references")}
ENGINE = {
    "generation": SCORES,
    "cost": {"parameters": 1000, "training_seconds": None, "seconds": 1.0, "peak_mib": 300.0},
    "cost_provenance": {"machine": "a machine"},
    "rejected": 0.1,
    "weights": "0123456789abcdef0123",
    "leaks": {"leaked": [], "references": 3, "creatures": 3},
    "provenance": {},
}
REPORT = {
    **{"split": "by_clip", "categories": ["quadruped"], "sets": 1, "detail": 64, "limit": 0},
    "labels": "12345678",
    "engines": {
        "voxels": ENGINE,
        "training clips": {"generation": SCORES},
        "other half": {"generation": {"by_clip": {"centred": HALF, "as_is": HALF}}},
    },
    "printed": {"commit": "", "machine": "", "command": "zoetrope evaluate engines"},
}


def changed(path, value=None):
    """Return the report with another value at a path, or without what is there."""
    report = copy.deepcopy(REPORT)
    *folders, last = path
    inner = report
    for name in folders:
        inner = inner[name]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return report


def nested(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


GENERATION = ("engines", "voxels", "generation", "by_clip")
DAMAGED = {
    "other split": changed(("engines", "voxels", "generation"), {"by_creature": SCORES["by_clip"]}),
    "no normalisation": changed((*GENERATION, "as_is")),
    "no metric": changed((*GENERATION, "as_is", "cov")),
    "value is text": changed((*GENERATION, "centred", "mmd"), {"value": "much", "se": 0.1}),
    "metric is a number": changed((*GENERATION, "centred", "mmd"), 0.5),
    "no references": changed((*GENERATION, "centred", "references")),
    "no errors of sets": changed((*GENERATION, "centred", "per_set")),
    "no errors of creatures": changed((*GENERATION, "centred", "leave_one_out", "one_nna")),
    "errors of other creatures": changed((*GENERATION, "centred", "leave_one_out", "mmd"), [0.5, 0.5]),
    "no sizes of an engine": changed((*GENERATION, "centred", "sizes")),
    "damaged own set": changed((*GENERATION, "centred", "own_set"), {"quadruped": {"references": 1}}),
    "row of clips without sets": changed(
        ("engines", "training clips", "generation", "by_clip", "centred", "per_set")
    ),
    "damaged own set of clips": changed(
        ("engines", "training clips", "generation", "by_clip", "centred", "own_set"), 3
    ),
    "row is a list": changed(("engines", "other half"), [1]),
    "no cost": changed(("engines", "voxels", "cost")),
    "cost without seconds": changed(("engines", "voxels", "cost", "seconds")),
    "parameters are text": changed(("engines", "voxels", "cost", "parameters"), "many"),
    "no machine": changed(("engines", "voxels", "cost_provenance", "machine")),
    "no share of rejected": changed(("engines", "voxels", "rejected")),
    "weights are a number": changed(("engines", "voxels", "weights"), 5),
    "leaks are a list": changed(("engines", "voxels", "leaks"), [1]),
    "leaked is a number": changed(("engines", "voxels", "leaks", "leaked"), 1),
    "nested": changed(("engines", "voxels", "more"), nested(400)),
    "no engines": changed(("engines",)),
    "no report": [1],
}


def keep(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    return kept_rows(SESSION, "by_clip", path)


def test_whole_rows_are_kept(tmp_path):
    assert keep(tmp_path, json.dumps(REPORT)) == REPORT["engines"]


@pytest.mark.parametrize("report", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_rows_are_found_before_anything_is_computed(tmp_path, report):
    with pytest.raises(ZoetropeError, match="is no report whose rows could be kept"):
        keep(tmp_path, json.dumps(report))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000 + "]" * 100_000])
def test_what_is_no_json_is_one_sentence(tmp_path, text):
    with pytest.raises(ZoetropeError, match="is no report whose rows could be kept"):
        keep(tmp_path, text)


def test_rows_of_another_table_are_named(tmp_path):
    with pytest.raises(ZoetropeError, match="measured otherwise: split by_creature, now by_clip"):
        keep(tmp_path, json.dumps(changed(("split",), "by_creature")))


def test_peak_that_is_not_known_is_a_dash():
    assert "| 300 |" in engines_page(REPORT, "")
    without = copy.deepcopy(REPORT)
    without["engines"]["voxels"]["cost"]["peak_mib"] = None  # on Windows
    assert "| 1.0 | – | 10 |" in engines_page(without, "")


def failing(*_):
    raise ZoetropeError("No memory.", code="out_of_memory")


def test_a_failing_run_replaces_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(engines_report, "engine_sheet", lambda *_: np.zeros((4, 4, 3), np.uint8))
    save_engines(SESSION, REPORT, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert before.keys() == {"report.json", "README.md", "samples_voxels.png"}
    for report, sheet in ((REPORT, failing), (DAMAGED["no metric"], lambda *_: None)):
        monkeypatch.setattr(engines_report, "engine_sheet", sheet)
        with pytest.raises((ZoetropeError, KeyError)):
            save_engines(SESSION, {**report, "sets": 7}, tmp_path)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_page_has_the_command_of_each_engine_and_says_that_a_look_was_quick():
    provenance = {"command": "zoetrope evaluate engines --row voxels", "commit": "abc"}
    page = engines_page(changed(("engines", "voxels", "provenance"), provenance), "")
    assert "- voxels: `zoetrope evaluate engines --row voxels` (commit abc)" in page
    assert "quick look" not in page
    assert "at most 4 references (--limit), no result" in engines_page(changed(("limit",), 4), "")
