"""Rows of the generation table: known answers, and errors of the right size."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from random_sequences import labelled_sequences
from zoetrope.evaluation.protocols.generation import References, difference, score
from zoetrope.evaluation.report.markdown_tables import own_set_tables


def test_copy_of_the_references_scores_best():
    same = labelled_sequences(12, 0, 3)
    row = score([same, same], References(same, "centred"))
    assert (row.mmd.value, row.cov.value, row.one_nna.value) == (0.0, 1.0, 0.0)
    assert row.mmd.se == 0.0
    assert (row.sets, row.references) == (2, 12)


def test_error_matches_the_spread_over_other_references():
    sets = [labelled_sequences(20, seed) for seed in (1, 2)]
    rows = [score(sets, References(labelled_sequences(20, 100 + i), "centred")) for i in range(6)]
    spread = np.std([row.one_nna.value for row in rows], ddof=1)
    predicted = np.mean([row.one_nna.se for row in rows])
    assert 0.3 < predicted / spread < 3


def test_translation_counts_only_for_frames_as_they_stand():
    moving = [
        replace(i, clouds=i.clouds + np.arange(2)[:, None, None].astype(np.float32))
        for i in labelled_sequences(10, 3)
    ]
    sets = [labelled_sequences(10, 4), labelled_sequences(10, 5)]
    rows = {kind: score(sets, References(moving, kind)) for kind in ("as_is", "centred")}
    assert rows["as_is"].mmd.value > 3 * rows["centred"].mmd.value
    assert asdict(rows["centred"])["one_nna"].keys() == {"value", "se"}


def test_set_of_another_size_is_refused():
    with pytest.raises(ValueError, match="9 generated"):
        score([labelled_sequences(9, 0)], References(labelled_sequences(10, 1), "centred"))


def test_paired_difference_has_a_smaller_error_than_two_rows():
    """For two equal generators the creatures' part of the error cancels in their difference."""
    references = References(labelled_sequences(16, 0, 2), "centred")
    samples = [labelled_sequences(16, seed) for seed in (1, 2)]
    row = asdict(score(samples, references))
    same = difference(row, row, "mmd")
    assert same.value == 0
    assert same.se < 0.9 * 2**0.5 * row["mmd"]["se"]
    other = asdict(score([labelled_sequences(16, seed) for seed in (3, 4)], references))
    found = difference(row, other, "one_nna")
    assert found.value == pytest.approx(row["one_nna"]["value"] - other["one_nna"]["value"])
    assert found.se > 0
    with pytest.raises(ValueError, match="other references"):
        difference(row, asdict(score(samples, References(labelled_sequences(16, 0, 3), "centred"))), "mmd")


def test_what_the_sets_of_two_rows_have_in_common_is_no_error_of_their_difference():
    """Set n of both rows is better or worse by the same: the difference is known better than either."""

    def row(per_set):
        return {
            "sizes": [1, 1, 1],
            "mmd": {"value": float(np.mean(per_set))},
            "leave_one_out": {"mmd": [float(np.mean(per_set))] * 3},
            "per_set": {"mmd": per_set},
        }

    first, second = row([1.0, 2.0, 6.0]), row([0.5, 1.6, 5.4])
    assert difference(first, second, "mmd").value == pytest.approx(0.5)
    assert difference(first, second, "mmd").se == pytest.approx(0.1 / 3**0.5)
    fewer = row([1.0, 2.0])
    independent = (np.var([1, 2, 6], ddof=1) / 3 + 0.5 / 2) ** 0.5
    assert difference(first, fewer, "mmd").se == pytest.approx(independent)


def test_separable_categories_are_reported():
    """Samples of category x are copies; of category far the references are plates and the samples needles."""
    near = labelled_sequences(8, 0, 2)
    plates = np.array([1, 1, 0.01], np.float32)
    needles = np.array([0.01, 0.01, 1], np.float32)
    far = [replace(i, category="far", clouds=i.clouds * plates) for i in labelled_sequences(8, 1, 2)]
    other = [replace(i, category="far", clouds=i.clouds * needles) for i in labelled_sequences(8, 2, 2)]
    row = asdict(score([near + other], References(near + far, "as_is")))
    assert row["own_set"]["x"] == {
        "references": 8,
        "references_share": 0.0,
        "generated": 8,
        "generated_share": 0.0,
    }
    assert row["own_set"]["far"]["generated_share"] == row["own_set"]["far"]["references_share"] == 1.0
    both = [
        one
        for shares in row["own_set"].values()
        for one in (shares["references_share"], shares["generated_share"])
    ]
    assert row["one_nna"]["value"] == pytest.approx(np.mean(both))
    table = "\n".join(own_set_tables({"ours": {"centred": row}, "before": {"centred": {}}}))
    assert "| generator | far | x |" in table
    assert "| ours | 100 (8) | 0 (8) |" in table
    assert "before" not in table
