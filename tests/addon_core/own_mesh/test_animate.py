"""Animate Selected without Blender: analyse, ask or go on, animate."""

import math

import numpy as np
import pytest

from blender_addon.core.errors import GenerationError
from blender_addon.core.own_mesh import guess as guesses
from blender_addon.core.own_mesh.animate import Animate
from blender_addon.core.own_mesh.arrow import arrow_triangles
from blender_addon.core.own_mesh.mesh_input import MeshInput, Rig
from blender_addon.core.own_mesh.request import Choices, actions_for, default_actions

from ..fake_backend import HELLO
from .test_result import VERTICES, written

MESH = MeshInput(
    np.zeros((VERTICES, 3), np.float32), np.zeros((1, 3), np.int32), np.zeros(VERTICES), np.zeros(3)
)
BONES = np.zeros((1, 3), np.float32)
ONE = np.zeros(1, np.int32)
RIG = Rig(["Bone"], BONES, BONES, BONES, ONE - 1, ONE, ONE, np.ones(1, np.float32))
CHOICES = {
    "category": None,
    "direction": None,
    "donor": None,
    "actions": ("walk", "swim"),
    "seed": 3,
    "fps": 24.0,
    "rig": "own",
    "output": "both",
}
ANSWER = {
    "category": "fish",
    "facing": 90.0,
    "confidence": 0.8,
    "ask": False,
    "donors": [{"name": "koi", "title": "Koi", "cost": 0.01, "distortion": 0.1}],
    "warnings": [],
}
ACTIONS = {"fish": ["swim", "attack"], "quadruped": ["walk", "run"]}


@pytest.fixture
def press(session, backend):
    """A function that presses the button with choices; the backend has said hello."""

    def pressed(rig=None, **choices):
        made = Animate(session, MESH, rig, Choices(**{**CHOICES, **choices}), ACTIONS.__getitem__)
        made.start()
        backend.answer("hello", HELLO)
        made.step(None)
        return made

    return pressed


def never(*_):
    raise AssertionError("nothing may be built")


def test_what_is_not_known_is_analysed_first_and_then_animated(press, backend, folder, tmp_path):
    pressed = press()
    method, params = backend.sent[-1]
    assert method == "analyse_mesh"
    assert params == {"job_folder": str(folder), "category": None, "facing": None}
    assert (folder / "mesh.npz").is_file()
    backend.answer("analyse_mesh", ANSWER)
    assert pressed.step(never) is None
    method, params = backend.sent[-1]
    assert method == "animate"
    assert {**params, "job_folder": ""} == {
        "job_folder": "",
        "category": "fish",
        "actions": ["swim"],
        "seed": 3,
        "facing": pytest.approx(90.0),
        "donor": None,
        "fps": 24.0,
        "frames": None,
        "rig": "donor",
        "output": "both",
        "fallback": True,
    }
    assert (folder / "mesh.npz").is_file()
    backend.answer("animate", {"file": str(written(tmp_path))})
    built = []
    assert pressed.step(lambda *arguments: built.append(arguments)) == "built"
    (((result, request, weights)),) = built
    assert result.names[1] == "hips"
    assert request["actions"] == ["swim"]
    assert weights == HELLO["weights"]
    assert not folder.exists()


def test_an_unsure_guess_ends_the_press(press, backend, session, folder):
    pressed = press()
    backend.answer("analyse_mesh", {**ANSWER, "ask": True})
    assert pressed.step(never) == "ask"
    assert pressed.guess.direction == pytest.approx(-math.pi / 2)
    assert backend.methods()[-1] == "analyse_mesh"
    assert session.job is None
    assert not folder.exists()


def test_what_the_artist_says_stands(press, backend):
    press(category="quadruped", direction=math.pi / 2)
    method, params = backend.sent[-1]
    assert method == "animate"
    assert params["category"] == "quadruped"
    assert params["facing"] == pytest.approx(-90.0)
    assert params["actions"] == ["walk"]


def test_half_of_what_the_artist_says_goes_into_the_analysis(press, backend):
    press(direction=0.0)
    assert backend.sent[-1][1]["facing"] == 0.0
    assert backend.sent[-1][1]["category"] is None


def test_own_bones_are_sent_where_they_are_wanted(press, backend, folder):
    press(rig=RIG, category="fish", direction=0.0)
    params = backend.sent[-1][1]
    assert (params["rig"], params["output"], params["bone_names"]) == ("own", "armature", ["Bone"])
    with np.load(folder / "mesh.npz") as data:
        assert "bone_heads" in data.files


def test_without_own_bones_none_are_sent(press, backend, folder):
    press(category="fish", direction=0.0)
    assert "bone_names" not in backend.sent[-1][1]
    with np.load(folder / "mesh.npz") as data:
        assert "bone_heads" not in data.files


@pytest.mark.parametrize("answer", [{}, {**ANSWER, "facing": "x"}, {**ANSWER, "donors": [{}]}])
def test_a_senseless_answer_is_one_sentence(press, backend, session, answer):
    pressed = press()
    backend.answer("analyse_mesh", answer)
    with pytest.raises(GenerationError, match="could not say what the mesh is"):
        pressed.step(never)
    assert session.error.kind == "bad_result"


def test_a_bad_mesh_is_the_backends_sentence(press, backend, session, folder):
    pressed = press()
    backend.fail("analyse_mesh", "bad_mesh", "It is a plane.", "Select a creature.")
    with pytest.raises(GenerationError):
        pressed.step(never)
    assert session.error.text == "It is a plane. Select a creature."
    assert not folder.exists()


def test_a_cancel_between_the_two_jobs_is_no_error(press, backend, session):
    pressed = press()
    session.cancel()
    backend.answer("analyse_mesh", ANSWER)
    with pytest.raises(GenerationError) as caught:
        pressed.step(never)
    assert caught.value.cancelled
    assert session.error is None
    assert "animate" not in backend.methods()


def test_no_action_is_refused_before_anything_is_started(session, backend):
    pressed = Animate(session, MESH, None, Choices(**{**CHOICES, "actions": ()}), ACTIONS.__getitem__)
    with pytest.raises(GenerationError, match="No action is ticked"):
        pressed.start()
    assert backend.starts == 0
    assert session.error.kind == "bad_option"


def test_chosen_actions_that_a_kind_lacks_are_left_out_and_none_means_its_usual_ones():
    assert actions_for(("walk", "attack"), ["swim", "attack"]) == ["attack"]
    assert actions_for(("walk",), ["swim", "attack"]) == ["swim"]
    assert default_actions(["roll", "jump"]) == ["roll"]


@pytest.mark.parametrize("facing", [0.0, 90.0, -90.0, 179.0, -179.0, 33.3])
def test_direction_and_facing_are_each_others_inverse(facing):
    assert guesses.facing_of(guesses.direction_of(facing)) == pytest.approx(facing)


@pytest.mark.parametrize("facing", [0.0, 90.0, -90.0, 180.0, 30.0])
def test_the_arrow_turned_by_the_facing_points_to_minus_y(facing):
    low, high = np.array([-1.0, -2.0, 0.5]), np.array([1.0, 2.0, 3.0])
    points = arrow_triangles(low, high, guesses.direction_of(facing))
    tip = points[-1] - [0.0, 0.0, 0.5]
    angle = math.radians(facing)
    turned = [
        tip[0] * math.cos(angle) - tip[1] * math.sin(angle),
        tip[0] * math.sin(angle) + tip[1] * math.cos(angle),
    ]
    assert turned[0] == pytest.approx(0.0, abs=1e-9)
    assert turned[1] < 0.0
    assert np.abs(points[:, 2] - 0.5).max() == 0.0
    assert (np.abs(tip[:2]) > [1.0, 2.0]).any(), "it reaches out of the box"


def test_turning_stays_within_half_a_turn():
    assert guesses.turned(math.pi / 2, math.pi) == pytest.approx(-math.pi / 2)
    assert guesses.turned(math.pi / 2, math.pi / 2) == pytest.approx(math.pi)
