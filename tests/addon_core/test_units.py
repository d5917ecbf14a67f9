"""Metres and Blender units."""

import pytest

from blender_addon.core.units import metres_per_unit


def test_the_unit_scale_counts_only_with_a_unit_system():
    assert metres_per_unit("METRIC", 0.01) == pytest.approx(0.01)
    assert metres_per_unit("IMPERIAL", 100.0) == 100.0
    assert metres_per_unit("NONE", 0.01) == 1.0
