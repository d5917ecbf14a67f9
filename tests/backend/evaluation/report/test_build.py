"""The whole report on a few procedural creatures: resumable, complete, its pages printed from its numbers."""

from dataclasses import replace

import procedural_library
import pytest
from zoetrope.clips.library import Library
from zoetrope.engines import find_weights
from zoetrope.engines.base import CategoryInfo, GenerateRequest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.evaluation.protocols import session as session_module
from zoetrope.evaluation.protocols.session import Session
from zoetrope.evaluation.report import Fits, build, build_samples
from zoetrope.evaluation.report.generation_table import table
from zoetrope.evaluation.report.pages import html, markdown, samples_markdown
from zoetrope.evaluation.report.store import Store

TRAINING = {"split": "by_creature", "creatures": ["creature_0.glb", "creature_1.glb", "creature_2.glb"]}
FITS = Fits(creatures=1, clips=1, steps=3, detail=64)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A session over seven procedural creatures, and its report."""
    folder = tmp_path_factory.mktemp("evaluation")
    library = Library(procedural_library.make(folder / "shared"))
    session = Session(
        "procedural",
        {"procedural": ProceduralEngine()},
        find_weights(),
        library,
        Store(folder / "work", "zoetrope evaluate report"),
        sets=2,
        detail=64,
        training=TRAINING,
    )
    return session, build(session, {"training": TRAINING}, FITS, every=False)


def test_every_number_has_its_error(made):
    _, report = made
    own = report["engines"]["procedural"]
    for split in ("by_clip", "by_creature"):
        for kind in ("centred", "as_is"):
            for metric in ("mmd", "cov", "one_nna"):
                assert own["generation"][split][kind][metric].keys() == {"value", "se"}
    assert set(report["engines"]) == {
        "procedural", "training clips", "still", "shuffled frames", "other half", "noise"
    }  # fmt: skip
    assert own["clean"]["all"]["value"] == 1.0
    assert own["motion"]["drawn"]["sliding"]["value"] >= 0
    assert own["novelty"]["shape"]["test"]["count"] == 3
    assert own["reconstruction"]["unseen creatures"]["creatures"] == 1
    assert report["engines"]["noise"]["generation"]["by_clip"]["centred"]["one_nna"]["value"] > 0.8
    assert report["met"]["by_creature"]["met"] == []


def test_a_second_run_makes_nothing_again(made, monkeypatch):
    session, report = made

    def never(*args, **kwargs):
        raise AssertionError("drawn again")

    monkeypatch.setattr(session_module, "draw_samples", never)
    again = build(session, {"training": TRAINING}, FITS, every=False)
    assert again["engines"] == report["engines"]
    assert again["made"] == report["made"]


def test_the_pages_say_what_the_report_says(made):
    _, report = made
    page = markdown(report, "## Findings\n\nNone yet.")
    value = report["engines"]["procedural"]["generation"]["by_clip"]["centred"]["one_nna"]["value"]
    assert f"{100 * value:.1f} ±" in page
    assert page.index("None yet.") < page.index("## Generation")
    assert "3 references of 3 creatures" in page
    whole = html(page, "Evaluation")
    assert whole.count("<table>") == page.count("|---|")
    assert "<h2>Generation</h2>" in whole


def test_what_is_drawn_can_be_reported_alone(made, monkeypatch):
    session, report = made
    monkeypatch.setattr(session_module, "draw_samples", None)
    alone = build_samples(session, {"training": TRAINING})
    own = report["engines"]["procedural"]
    assert alone["engines"]["procedural"] == {part: own[part] for part in ("clean", "motion", "novelty")}
    assert alone["seeds"] == report["seeds"], "the same sets, taken from the store"
    page, whole = samples_markdown(alone), markdown(report)
    assert "## Generation" not in page
    first, last = whole.index("## Clean bodies"), whole.index("## What made each part")
    assert whole[first:last] in page


def test_a_folder_of_files_stands_in_for_the_splits(made, tmp_path):
    session, _ = made
    for name in ("creature_4.glb", "creature_5.glb"):
        (tmp_path / name).symlink_to(session.library.folder / name)
    given = replace(session, folder=tmp_path, store=Store(tmp_path / "work", "zoetrope"), _items={})
    report = build(given, {"training": TRAINING}, FITS)
    own = report["engines"]["procedural"]
    assert own["generation"].keys() == {"folder"}
    assert own["generation"]["folder"]["centred"]["references"] == 2
    assert own["reconstruction"][tmp_path.name]["creatures"] == 2
    assert own["novelty"]["shape"]["test"]["count"] == 2
    assert "The files that were given" in markdown(report)


def test_one_split_alone(made):
    session, _ = made
    report = build(replace(session, split="by_creature"), {"training": TRAINING}, FITS, every=False)
    assert report["engines"]["procedural"]["generation"].keys() == {"by_creature"}
    page = markdown(report)
    assert "### Split by creature" in page
    assert "### Split by clip" not in page


class Known:
    """Knows two of the three training clips, and says them by an engine."""

    asked: tuple[str, ...] = ()

    def has(self, item):
        return item.creature != "creature_1.glb"

    def checksum(self):
        return "0" * 64

    def shown(self, item, detail):
        self.asked = (*self.asked, item.creature)
        request = GenerateRequest("quadruped", "walk", len(self.asked), frames=12, detail=detail)
        return ProceduralEngine().generate(request, lambda *_: None)


def test_known_clips_are_those_of_the_training_that_have_tokens(made, tmp_path):
    session, _ = made
    clips, store = Known(), Store(tmp_path, "zoetrope")
    knowing = replace(session, known_clips=clips, store=store, sets=1, _items={})
    part = table(knowing, "by_creature", only=("training tokens",))["training tokens"]
    assert "creature_1.glb" not in clips.asked
    assert len(clips.asked) == 3, "as many as there are references"
    assert part["key"]["weights"] == clips.checksum()
    assert table(knowing, "by_creature", only=("training tokens",))["training tokens"] == part
    assert len(clips.asked) == 3, "kept"


class Wider(ProceduralEngine):
    """Says that it draws fish as well."""

    def info(self):
        own = super().info()
        return replace(own, categories=(*own.categories, CategoryInfo("fish", ("swim",), 1.0)))


def test_other_weights_have_a_row_of_what_both_draw(made, tmp_path):
    session, _ = made
    engines = {"wide": Wider(), "first": ProceduralEngine()}
    store = Store(tmp_path, "zoetrope")
    both = replace(session, name="wide", engines=engines, beside="first", store=store, sets=1, _items={})
    assert replace(both, beside="").categories == ("quadruped", "fish")
    assert both.categories == ("quadruped",)
    found = table(both, "by_creature", only=("wide", "first"))
    assert set(found) == {"wide", "first"}
    assert found["wide"]["result"] == found["first"]["result"], "the same seeds of the same engine"
    assert {path.parent.name for path in tmp_path.rglob("*.npz")} == {"quadruped"}, "not among whole sets"
