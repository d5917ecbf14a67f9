"""The add-on's names and ranges of proportions are the backend's; sliders are float32."""

import json

import numpy as np
import pytest
from zoetrope.bodies.maps import body_shape as backend

from blender_addon.core.body import proportions


def sliders(**values):
    return {name: float(np.float32(values.get(name, 1.0))) for name in proportions.RANGES}


def test_the_sliders_are_the_backends():
    assert proportions.RANGES == backend.RANGES
    assert tuple(proportions.RANGES) == backend.PROPORTIONS
    assert proportions.ABSENT == backend.ABSENT
    assert list(proportions.TEXTS) == list(proportions.RANGES)


@pytest.mark.parametrize("category", [*backend.ABSENT, "other"])
def test_a_slider_acts_on_a_category_where_the_backend_lets_it(category):
    low = backend.BodyShape(**{name: low for name, (low, _) in backend.RANGES.items()})
    acting = [n for n, v in low.acting_on(category).as_mapping().items() if v != 1.0]
    assert proportions.of_category(category) == acting


def test_what_differs_and_acts_is_sent_as_it_is_shown():
    found = proportions.slider_factors(sliders(legs=1.1, arms=1.3, head=1.0), "quadruped")
    assert found == {"legs": 1.1}, "a quadruped has no arms, and 1.1 is not 1.10000002384"
    assert proportions.slider_factors(sliders(legs=1.1, arms=1.3), "fish") == {"arms": 1.3}


def test_an_unchanged_slider_gives_a_creatures_factor_bit_for_bit():
    factors = {"legs": 1.123456789012345, "tail": 0.9}
    assert proportions.slider_factors(sliders(**factors), "quadruped", factors) == factors
    moved = proportions.slider_factors(sliders(**{**factors, "tail": 0.95}), "quadruped", factors)
    assert moved == {"legs": factors["legs"], "tail": 0.95}
    back = proportions.slider_factors(sliders(legs=factors["legs"]), "quadruped", factors)
    assert back == {"legs": factors["legs"]}, "1 leaves the tail unchanged"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"proportion_strengths": [1]}', '{"categories": []}'])
def test_weights_that_say_no_strengths_have_none(tmp_path, content):
    (tmp_path / "model.json").write_text(content)
    assert proportions.shipped_strengths(tmp_path) == {}
    assert proportions.shipped_strengths(tmp_path / "none") == {}
    assert proportions.shipped_strengths(None) == {}


def test_strengths_are_read_from_the_weights(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps({"proportion_strengths": {"fish": 0.5}}))
    assert proportions.shipped_strengths(tmp_path) == {"fish": 0.5}
