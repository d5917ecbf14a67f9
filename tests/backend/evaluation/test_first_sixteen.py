"""The report of seeds 0 to 15: none skipped, failures shown."""

import numpy as np
import pytest
from bodies import body, sequence, walking
from zoetrope.clips.library import find_shared
from zoetrope.engines.base import CategoryInfo, EngineInfo
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation import first_sixteen
from zoetrope.evaluation.distances import KnownShapes


class Stub:
    """Walks; seed 3 comes out empty, seed 5 does not move."""

    def __init__(self):
        self.requests = []
        self.walk = walking(6)

    def info(self):
        category = CategoryInfo("quadruped", ("idle", "dance", "walk"), 1.0)
        return EngineInfo("stub", "cpu", "CPU", "stub", "0123456789abcdef0", 1, (category,))

    def generate(self, request, on_progress):
        self.requests.append(request)
        if request.seed == 3:
            raise ZoetropeError("The shape is empty.", code="empty_surface")
        if request.seed == 5:
            vertices, faces = body()
            return sequence(vertices, faces, [vertices] * 4)
        return self.walk


def test_rows_and_page():
    engine = Stub()
    known = KnownShapes({"model": body()})
    rows = first_sixteen.draw(engine, 64, known)
    assert [row.seed for row in rows] == list(range(16))
    assert [r.action for r in engine.requests[:4]] == ["walk", "idle", "walk", "idle"]
    assert not rows[3].clean
    assert not rows[5].clean
    assert sum(row.clean for row in rows) == 14
    page = first_sixteen.report(rows, engine, 64, "the command", "images/sheet.png")
    assert "**14 of 16 pass**" in page
    assert page.count("\n| ") == 17, "a head and sixteen rows"
    assert "fails: The shape is empty." in page
    assert "**0.0 %**" in page, "what misses its bar is bold"
    assert "| model |" in page
    assert "0123456789abcdef" in page
    assert max(len(line) for line in page.splitlines() if not line.startswith("|")) < 130


def test_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(first_sixteen, "create_engine", lambda *_: Stub())
    monkeypatch.setattr(first_sixteen, "find_shared", lambda: None)
    options = ["--out", str(tmp_path), "--detail", "64", "--size", "32"]
    assert first_sixteen.main(options) == 0
    assert "14 of 16 pass." in capsys.readouterr().out
    page = (tmp_path / "first_weights.md").read_text()
    assert "images/first_weights.png" in page
    assert "training creature is" not in page, "no data, no distance"
    assert (tmp_path / "images" / "first_weights.png").stat().st_size > 1000


def test_weights_without_quadrupeds(tmp_path, monkeypatch):
    stub = Stub()
    monkeypatch.setattr(stub, "info", lambda: EngineInfo("stub", "cpu", "CPU", "fish", "", 1, ()))
    with pytest.raises(ZoetropeError, match="quadruped"):
        first_sixteen.draw(stub, 64, None)
    monkeypatch.setattr(first_sixteen, "create_engine", lambda *_: stub)
    monkeypatch.setattr(first_sixteen, "find_shared", lambda: None)
    assert first_sixteen.main(["--out", str(tmp_path)]) == 1


def test_actions_are_taken_in_turn():
    engine = Stub()
    first_sixteen.draw(engine, 64, None, ("dance", "fly", "walk"))
    assert [request.action for request in engine.requests] == ["dance", "walk"] * 8
    with pytest.raises(ZoetropeError, match="actions"):
        first_sixteen.draw(engine, 64, None, ("fly",))


def test_distance_is_blank_without_data():
    rows = first_sixteen.draw(Stub(), 64, None)
    assert all(row.nearest is None for row in rows)
    assert np.isfinite(rows[0].seconds)


def test_training_creatures():
    shared = find_shared()
    if shared is None:
        pytest.skip("no training data beside the repository")
    known = first_sixteen.training_creatures(shared, ("quadruped",))
    assert 10 < len(known.trees) < 30
    nearest = known.nearest(*body())
    assert nearest.name in known.trees
    assert 0.02 < nearest.distance < 0.5
