"""Class-balanced sampling."""

import pytest
from zoetrope.training.data.class_balance import sampling_weights


@pytest.mark.parametrize(("balance", "share"), [(0.0, 0.1), (0.5, 0.25), (1.0, 0.5)])
def test_rare_label_is_sampled_more_often(balance, share):
    weights = sampling_weights(["fish"] * 9 + ["dinosaur"], balance)
    assert float(weights[-1]) == pytest.approx(share)
    assert float(weights.sum()) == pytest.approx(1.0)
