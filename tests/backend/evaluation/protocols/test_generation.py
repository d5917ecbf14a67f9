"""Rows of the generation table: known answers, and errors that are as large as they should be."""

from dataclasses import replace

import numpy as np
import pytest
from test_generation_metrics import clouds
from zoetrope.evaluation.protocols.generation import References, difference, score
from zoetrope.evaluation.protocols.references import Item
from zoetrope.evaluation.report.tables import told_tables


def items(count, seed, a_creature=1):
    """Random sequences, `a_creature` clips of each creature."""
    made = clouds(count, seed, frames=3, points=48)
    return [Item(f"c{i // a_creature}", f"{i}", "x", "y", c.astype(np.float32)) for i, c in enumerate(made)]


def test_a_copy_of_the_references():
    same = items(12, 0, 3)
    row = score([same, same], References(same, "centred"))
    assert (row.mmd.value, row.cov.value, row.one_nna.value) == (0.0, 1.0, 0.0)
    assert row.mmd.se == 0.0
    assert (row.sets, row.references) == (2, 12)


def test_the_error_holds_what_another_draw_of_references_gives():
    sets = [items(30, seed) for seed in (1, 2)]
    rows = [score(sets, References(items(30, 100 + i), "centred")) for i in range(8)]
    spread = np.std([row.one_nna.value for row in rows], ddof=1)
    said = np.mean([row.one_nna.se for row in rows])
    assert 0.3 < said / spread < 3


def test_both_normalisations_and_their_difference():
    wandering = [
        Item(i.creature, i.clip, "x", "y", i.clouds + np.arange(3)[:, None, None].astype(np.float32))
        for i in items(10, 3)
    ]
    sets = [items(10, 4), items(10, 5)]
    rows = {kind: score(sets, References(wandering, kind)) for kind in ("as_is", "centred")}
    assert rows["as_is"].mmd.value > 3 * rows["centred"].mmd.value
    assert rows["centred"].to_dict()["one_nna"].keys() == {"value", "se"}


def test_a_set_of_another_size_is_refused():
    with pytest.raises(ValueError, match="9 generated"):
        score([items(9, 0)], References(items(10, 1), "centred"))


def test_a_paired_difference_is_surer_than_two_rows_apart():
    """Two generators alike: the creatures' part of the error falls out of their difference."""
    references = References(items(24, 0, 2), "centred")
    drawn = [items(24, seed) for seed in (1, 2)]
    row = score(drawn, references).to_dict()
    same = difference(row, row, "mmd")
    assert same.value == 0
    assert same.se < 0.9 * 2**0.5 * row["mmd"]["se"]
    other = score([items(24, seed) for seed in (3, 4)], references).to_dict()
    found = difference(row, other, "one_nna")
    assert found.value == pytest.approx(row["one_nna"]["value"] - other["one_nna"]["value"])
    assert found.se > 0
    with pytest.raises(ValueError, match="other references"):
        difference(row, score(drawn, References(items(24, 0, 3), "centred")).to_dict(), "mmd")


def test_which_categories_are_told_apart():
    """Copies of one category are met; of another the references are plates, what is drawn needles."""
    near = items(8, 0, 2)
    plates = np.array([1, 1, 0.01], np.float32)
    needles = np.array([0.01, 0.01, 1], np.float32)
    far = [replace(i, category="far", clouds=i.clouds * plates) for i in items(8, 1, 2)]
    other = [replace(i, category="far", clouds=i.clouds * needles) for i in items(8, 2, 2)]
    row = score([near + other], References(near + far, "as_is")).to_dict()
    assert row["told"]["x"] == {
        "references": 8,
        "references_told": 0.0,
        "generated": 8,
        "generated_told": 0.0,
    }
    assert row["told"]["far"]["generated_told"] == row["told"]["far"]["references_told"] == 1.0
    both = [one for told in row["told"].values() for one in (told["references_told"], told["generated_told"])]
    assert row["one_nna"]["value"] == pytest.approx(np.mean(both))
    table = "\n".join(told_tables({"ours": {"centred": row}, "before": {"centred": row | {"told": {}}}}))
    assert "| generator | far | x |" in table
    assert "| ours | 100 (8) | 0 (8) |" in table
    assert "before" not in table
