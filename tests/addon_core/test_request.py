"""The request made from settings, and the next lower detail."""

import types

import pytest

from blender_addon.client import protocol
from blender_addon.core.request import DETAILS, lower_detail, make_request

SETTINGS = {
    "category": "fish",
    "action": "swim",
    "seed": 3,
    "scene_fps": True,
    "fps": 12.0,
    "detail": "96",
    "own_length": True,
    "frames": 48,
    "own_height": True,
    "height": 2.0,
    "own_coat": True,
    "coat": 5,
}


def request(**changes):
    return make_request(types.SimpleNamespace(**{**SETTINGS, **changes}), 30.0)


def test_the_backend_chooses_what_is_left_natural():
    made = request()
    assert (made["frames"], made["height"], made["palette"]) == (None, None, None)
    assert (made["fps"], made["detail"], made["seed"]) == (30.0, 96, 3)


def test_chosen_values_are_requested():
    made = request(scene_fps=False, own_length=False, own_height=False, own_coat=False)
    assert (made["fps"], made["frames"], made["height"], made["palette"]) == (12.0, 48, 2.0, 5)


def test_it_fits_the_protocol():
    params = protocol.generate("/tmp/job", **request())
    assert params == {"job_folder": "/tmp/job", **request()}


@pytest.mark.parametrize(("detail", "lower"), list(zip(DETAILS, (None, *DETAILS[:-1]), strict=True)))
def test_the_next_lower_detail(detail, lower):
    assert lower_detail(detail) == lower
