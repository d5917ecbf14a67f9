"""The whole report on a few procedural creatures: complete, resumable, its pages printed from its numbers."""

from dataclasses import replace

import numpy as np
import pytest
from zoetrope.clips.library import Library
from zoetrope.engines.base import CategoryInfo
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.weights.folders import find_weights
from zoetrope.evaluation.protocols import reconstruction, reconstruction_targets
from zoetrope.evaluation.protocols.references import FileFolder
from zoetrope.evaluation.report.contact_sheets import PICTURES, report_sheets
from zoetrope.evaluation.report.markdown_report import html, markdown
from zoetrope.evaluation.results import sample_results
from zoetrope.evaluation.results.build import build, build_samples
from zoetrope.evaluation.results.generation_results import score_rows
from zoetrope.evaluation.results.reconstruction_results import FitSettings
from zoetrope.evaluation.session import session as session_module
from zoetrope.evaluation.session.output_files import check_output, write_text
from zoetrope.evaluation.session.result_cache import ResultCache, write_json
from zoetrope.evaluation.session.session import Session

TRAINING = {"split": "by_creature", "creatures": ["creature_0.glb", "creature_1.glb", "creature_2.glb"]}
FITS = FitSettings(creatures=1, clips=1, steps=2, detail=64, legs_detail=64, samples=2000)


@pytest.fixture(scope="module", autouse=True)
def small_counts():
    """Measure on fewer bodies and points."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruction, "VOLUME_PROBES", 2000)
        patch.setattr(reconstruction_targets, "POINTS", 200)
        yield


@pytest.fixture(scope="module")
def session(tmp_path_factory, procedural_shared):
    """A session over seven procedural creatures."""
    return Session(
        "procedural",
        {"procedural": ProceduralEngine()},
        find_weights(),
        Library(procedural_shared),
        ResultCache(tmp_path_factory.mktemp("evaluation"), "zoetrope evaluate report"),
        sets=2,
        detail=64,
        points=256,
        training=TRAINING,
    )


@pytest.fixture(scope="module")
def report(session):
    return build(session, FITS)


def test_every_number_has_its_error(report):
    own = report["engines"]["procedural"]
    for split in ("by_clip", "by_creature"):
        for normalisation in ("centred", "as_is"):
            for metric in ("mmd", "cov", "one_nna"):
                assert own["generation"][split][normalisation][metric].keys() == {"value", "se"}
    rows = {"procedural", "training clips", "still", "shuffled frames", "other half", "noise"}
    assert set(report["engines"]) == rows
    assert own["checks"]["all"]["value"] == 1.0
    assert own["motion"]["sampled"]["sliding"]["value"] >= 0
    assert own["novelty"]["shape"]["test"]["count"] == 3
    assert own["reconstruction"]["unseen creatures"]["creatures"] == 1
    assert report["engines"]["noise"]["generation"]["by_clip"]["centred"]["one_nna"]["value"] > 0.8
    assert report["leaks"]["by_creature"]["leaked"] == []


def test_second_run_computes_nothing_again(session, report, monkeypatch):
    monkeypatch.setattr(session_module, "generate_samples", None)
    again = build(session, FITS)
    assert again["engines"] == report["engines"]
    assert again["provenance"] == report["provenance"]


def test_pages_show_the_numbers_of_the_report(report):
    page = markdown(report, "## Findings\n\nNone yet.")
    value = report["engines"]["procedural"]["generation"]["by_clip"]["centred"]["one_nna"]["value"]
    assert f"{100 * value:.1f} ±" in page
    assert page.index("None yet.") < page.index("## Generation")
    assert "3 references of 3 creatures; 0 of them were trained on, as it must be." in page
    whole = html(page, "Evaluation")
    assert whole.count("<table>") == page.count("|---|")
    assert "<h2>Generation</h2>" in whole


def test_pages_and_reports_are_known_as_those_of_this_tool(session, report, tmp_path):
    samples = build_samples(session)
    write_text(tmp_path / "README.md", markdown(samples))
    check_output(tmp_path / "README.md")
    for name, one in (("report.json", report), ("samples.json", samples)):
        write_json(tmp_path / name, one)
    page = markdown(report)
    write_text(tmp_path / "README.md", page)
    write_text(tmp_path / "report.html", html(page, "Evaluation of dnf"))
    check_output(*tmp_path.iterdir())


def test_samples_can_be_reported_alone(session, report, monkeypatch):
    monkeypatch.setattr(session_module, "generate_samples", None)
    alone = build_samples(session)
    own = report["engines"]["procedural"]
    assert alone["engines"]["procedural"] == {part: own[part] for part in ("checks", "motion", "novelty")}
    assert alone["seeds"] == report["seeds"], "the same sets, from the cache"
    page, whole = markdown(alone), markdown(report)
    assert page.startswith("# Samples of procedural")
    assert "## Generation" not in page
    first, last = whole.index("## Quality checks"), whole.index("## Provenance of each part")
    assert whole[first:last] in page


def test_check_that_applies_to_no_sample_has_no_share(session, report, monkeypatch):
    fish = [
        replace(one, sequence=replace(one.sequence, category="fish"))
        for one in session.samples("procedural", 2)[0]
    ]
    monkeypatch.setattr(sample_results, "all_samples", lambda session: fish)
    found = sample_results.checks_section(session)
    assert np.isnan(found["legs"]["value"])
    assert found["all"]["value"] == 1.0


def test_pictures_of_the_page(session, report):
    sheets = report_sheets(session, report["engines"]["procedural"]["novelty"]["nearest"][:1])
    assert tuple(sheets) == PICTURES
    for name, image in sheets.items():
        assert image.min() < 200, "not blank"
        assert f"({name})" in markdown(report)


def test_files_of_a_user_replace_the_splits(session, tmp_path):
    for name in ("creature_4.glb", "creature_5.glb"):
        (tmp_path / name).symlink_to(session.library.folder / name)
    cache = ResultCache(tmp_path / "work", "zoetrope")
    report = build(replace(session, files=FileFolder(tmp_path), cache=cache, sets=1), FITS)
    own = report["engines"]["procedural"]
    assert own["generation"].keys() == {"folder"}
    assert own["generation"]["folder"]["centred"]["references"] == 2
    assert own["reconstruction"][tmp_path.name]["creatures"] == 2
    assert own["novelty"]["shape"]["test"]["count"] == 2
    assert "The given files" in markdown(report)


def test_one_split_alone(session, report):
    alone = build(replace(session, split="by_creature"), FITS)
    assert alone["engines"]["procedural"]["generation"].keys() == {"by_creature"}
    page = markdown(alone)
    assert "### Split by creature" in page
    assert "### Split by clip" not in page


class Wider(ProceduralEngine):
    """The procedural engine with a second category."""

    def info(self):
        own = super().info()
        return replace(own, categories=(*own.categories, CategoryInfo("fish", ("swim",), 1.0)))


def test_other_weights_have_a_row_and_restrict_the_categories(session, tmp_path):
    engines = {"wide": Wider(), "first": ProceduralEngine()}
    cache = ResultCache(tmp_path, "zoetrope")
    both = replace(session, name="wide", engines=engines, beside=("first",), cache=cache, sets=1)
    assert replace(both, beside=()).categories == ("quadruped", "fish")
    assert both.categories == ("quadruped",)
    found = score_rows(both, "by_creature", only=("wide", "first"))
    assert set(found) == {"wide", "first"}
    assert found["wide"]["result"] == found["first"]["result"], "the same seeds of the same engine"
    assert {path.parent.name for path in tmp_path.rglob("*.npz")} == {"quadruped"}, "apart from full sets"


def test_smaller_set_is_the_beginning_of_a_larger_one(session, report, monkeypatch):
    monkeypatch.setattr(session_module, "generate_samples", None)
    small, large = session.samples("procedural", 2)[0], session.samples("procedural", 3)[0]
    for one, other in zip(small, large[:2], strict=True):
        np.testing.assert_array_equal(one.rest, other.rest)
