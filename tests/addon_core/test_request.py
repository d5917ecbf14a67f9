"""The request made from settings, and the next lower detail."""

import json
import math
import types

import pytest

from blender_addon.client import protocol
from blender_addon.core.errors import GenerationError
from blender_addon.core.request import (
    DETAILS,
    FPS,
    FRAMES,
    HEIGHT,
    MAX_LEVELS,
    MAX_SEED,
    lower_detail,
    make_request,
)

from .conftest import ROOT

SETTINGS = {
    "category": "fish",
    "seed": 3,
    "scene_fps": True,
    "fps": 12.0,
    "detail": "96",
    "natural_length": True,
    "frames": 48,
    "natural_height": True,
    "height_metres": 2.0,
    "natural_palette": True,
    "palette": 5,
    "output": "armature",
    "correctives": True,
    "full_surface": False,
    "faces": 5000,
    "texture": "1024",
    "levels_of_detail": 0,
    "engine": "dnf",
    "frame_output": "mesh_frames",
    "chosen_actions": lambda: ["swim", "attack"],
}


def request(**changes):
    return make_request(types.SimpleNamespace(**{**SETTINGS, **changes}), 30.0)


def test_the_backend_chooses_what_is_left_natural():
    made = request()
    assert (made["frames"], made["height"], made["palette"]) == (None, None, None)
    assert (made["fps"], made["detail"], made["seed"]) == (30.0, 96, 3)


def test_ticked_actions_are_requested_and_none_is_refused():
    assert request()["actions"] == ["swim", "attack"]
    with pytest.raises(GenerationError, match="No action is ticked"):
        request(chosen_actions=list)


@pytest.mark.parametrize(("output", "sent"), [("armature", True), ("both", True), ("shape_keys", False)])
def test_correctives_belong_to_an_armature(output, sent):
    made = request(output=output)
    assert (made["output"], made["correctives"]) == (output, sent)
    assert request(correctives=False)["correctives"] is False


def test_faces_and_textures_are_requested_or_left_out():
    made = request()
    assert (made["faces"], made["texture"]) == (5000, 1024)
    made = request(full_surface=True, texture="VERTEX")
    assert (made["faces"], made["texture"]) == (None, None)


def test_levels_of_detail_are_requested():
    assert request()["levels_of_detail"] == 0
    assert request(levels_of_detail=2)["levels_of_detail"] == 2


def test_an_engine_without_rest_pose_and_colours_is_asked_for_neither():
    made = request(engine="hyperdiffusion", chosen_actions=lambda: ["swim"])
    assert (made["engine"], made["output"]) == ("hyperdiffusion", "mesh_frames")
    assert not {"palette", "texture", "correctives", "proportions", "morph"} & set(made)
    params = protocol.generate("/tmp/job", **made)
    assert (params["palette"], params["texture"], params["correctives"]) == (None, None, False)


@pytest.mark.parametrize("chosen", [True, False])
def test_its_armature_has_correctives_too(chosen):
    options = {"engine": "hyperdiffusion", "chosen_actions": lambda: ["swim"], "correctives": chosen}
    assert request(**options, frame_output="armature")["correctives"] is chosen
    assert "correctives" not in request(**options, frame_output="shape_keys")


def test_it_takes_one_action():
    with pytest.raises(GenerationError, match="body and motion together") as caught:
        request(engine="hyperdiffusion")
    assert caught.value.remedy == "Tick one action."


def test_chosen_values_are_requested():
    made = request(scene_fps=False, natural_length=False, natural_height=False, natural_palette=False)
    assert (made["fps"], made["frames"], made["height"], made["palette"]) == (12.0, 48, 2.0, 5)


def test_it_fits_the_protocol():
    params = protocol.generate("/tmp/job", **request())
    body = {"proportions": None, "proportions_seed": None, "morph": None}
    assert params == {"job_folder": "/tmp/job", **request(), **body}


@pytest.mark.parametrize(("detail", "lower"), list(zip(DETAILS, (None, *DETAILS[:-1]), strict=True)))
def test_the_next_lower_detail(detail, lower):
    assert lower_detail(detail) == lower


@pytest.mark.parametrize(
    ("changes", "scene_fps", "text"),
    [
        (
            {},
            2000.0,
            r"Scene Rate is 2,000 frames per second; it must be at most 1,000\.",
        ),
        ({}, 0.5, r"Scene Rate is 0\.5 frames per second; it must be at least 1\."),
        ({"scene_fps": False, "fps": 1001.0}, 24.0, r"^Rate is 1,001 frames per second"),
        ({"natural_length": False, "frames": 10_001}, 24.0, r"Frames is 10,001; it must be at most 10,000\."),
        ({"natural_length": False, "frames": 1}, 24.0, r"Frames is 1; it must be at least 2\."),
        ({"natural_height": False, "height_metres": math.nan}, 24.0, r"^Height is not a number\."),
        ({"scene_fps": False, "fps": math.nan}, 24.0, r"^Rate is not a number\."),
        (
            {"natural_height": False, "height_metres": 0.0},
            24.0,
            r"Height is 0 m; it must be at least 0\.001\.",
        ),
        (
            {"natural_height": False, "height_metres": 1001.0},
            24.0,
            r"Height is 1,001 m; it must be at most 1,000\.",
        ),
    ],
)
def test_what_the_protocol_does_not_take_is_refused_with_the_fields_name(changes, scene_fps, text):
    with pytest.raises(GenerationError, match=text) as caught:
        make_request(types.SimpleNamespace(**{**SETTINGS, **changes}), scene_fps)
    assert caught.value.remedy


def test_values_that_are_not_used_are_not_checked():
    request(fps=5000.0, frames=1, height_metres=0.0)


def test_the_limits_are_the_protocols():
    schema = json.loads((ROOT / "docs/protocol.schema.json").read_text())["$defs"]["Generate"]["properties"]
    assert (schema["fps"]["minimum"], schema["fps"]["maximum"]) == FPS
    frames = schema["frames"]["anyOf"][0]
    assert (frames["minimum"], frames["maximum"]) == FRAMES
    height = schema["height"]["anyOf"][0]
    assert (height["minimum"], height["maximum"]) == HEIGHT
    assert schema["detail"]["enum"] == list(DETAILS)
    assert schema["levels_of_detail"]["maximum"] == MAX_LEVELS
    assert schema["seed"]["maximum"] == MAX_SEED
