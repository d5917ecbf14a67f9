"""The gallery shows every seed, which checks fail, and what a person rejected."""

import dataclasses

import pytest
from zoetrope.engines import create_engine
from zoetrope.engines.base import CategoryInfo
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report.gallery import exhibits, labels_of_seeds, page, read_rejections, sheet
from zoetrope.evaluation.session.output_files import check_output, tool_command


class HalfFailing:
    """The procedural engine with a second category that always fails."""

    def __init__(self):
        self.inner = create_engine("procedural", None, "cpu")

    def info(self):
        info = self.inner.info()
        return dataclasses.replace(
            info, categories=(*info.categories[:1], CategoryInfo("ghost", ("fly", "hide"), 1.0))
        )

    def generate(self, request, on_progress):
        if request.category == "ghost":
            raise ZoetropeError("There are no ghosts.", code="bad_option")
        return self.inner.generate(request, on_progress)


@pytest.fixture(scope="module")
def shown():
    return exhibits(HalfFailing(), 64, lambda *_: None, count=6)


def test_categories_and_actions_take_turns():
    labels = labels_of_seeds(HalfFailing(), 12)
    assert [category for category, _ in labels[:4]] == [labels[0][0], "ghost"] * 2
    assert {action for category, action in labels if category == "ghost"} == {"fly", "hide"}


def test_seed_without_a_creature_fails(shown):
    assert [one.seed for one in shown] == list(range(6))
    assert all(one.failed == ["generated"] for one in shown if one.category == "ghost")
    assert any(not one.failed for one in shown if one.category != "ghost")


def test_picture_and_page_show_every_seed(shown, tmp_path):
    picture = sheet(shown, size=40)
    assert picture.shape == (40, 8 * 80, 3)
    assert picture[:, : 6 * 80].min() < 255
    text = page(shown, HalfFailing(), 64, "a command", "gallery.png", None)
    passed = sum(not one.failed for one in shown)
    assert f"**{passed} of 6** pass" in text
    assert "Nobody has judged" in text
    (tmp_path / "gallery.md").write_text(text.replace("a command", tool_command()))
    check_output(tmp_path / "gallery.md")
    (tmp_path / "judged.txt").write_text("# a comment\n0: a leg ends above the ground\n")
    rejections = read_rejections(tmp_path / "judged.txt")
    text = page(shown, HalfFailing(), 64, "a command", "gallery.png", rejections)
    assert "**5 of 6** would be kept" in text
    assert "a leg ends above the ground" in text
    (tmp_path / "judged.txt").write_text("nonsense\n")
    with pytest.raises(ZoetropeError, match="cannot be read"):
        read_rejections(tmp_path / "judged.txt")
