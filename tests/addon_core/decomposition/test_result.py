"""The result of `decompose` is checked before Blender sees it."""

import json

import numpy as np
import pytest

from blender_addon.core.animation_file import ResultError
from blender_addon.core.decomposition.result import DecompositionResult

COUNT, TIMES = 5, 3


def arrays(**changes):
    identity = np.zeros((TIMES, 2, 4), np.float32)
    identity[..., 0] = 1.0
    joints, values = np.zeros((COUNT, 4), np.int32), np.zeros((COUNT, 4), np.float32)
    joints[:, 0], values[:, 0] = 1, 1.0
    return {
        "joint_parents": np.array([-1, 0]),
        "joint_heads": np.zeros((2, 3), np.float32),
        "joint_tails": np.ones((2, 3), np.float32),
        "joint_z_axes": np.ones((2, 3), np.float32),
        "weight_joints": joints,
        "weight_values": values,
        "action_0_rotations": identity,
        "action_0_translations": np.zeros((TIMES, 2, 3), np.float32),
        **changes,
    }


def header(**changes):
    action = {"name": "swing", "cyclic": False, "fps": 24.0}
    error = {"mean": 0.001, "p99": 0.002, "largest": 0.004}
    return {
        "joint_names": ["root", "bone_001"],
        "error": error,
        "diagonal": 2.0,
        "reached": True,
        "actions": [action],
        **changes,
    }


def result(tmp_path, content=None, **head):
    path = tmp_path / "result.npz"
    np.savez(path, meta=np.array(json.dumps(header(**head))), **(content or arrays()))
    return DecompositionResult(path, COUNT)


def test_a_result_says_how_far_it_is_from_the_original(tmp_path):
    (note,) = result(tmp_path).sentences(0.005)
    assert note == (
        "1 bone. Distance from the original in mm (% of the diagonal): mean 1.00 (0.05), "
        "99 % of the vertices 2.00 (0.10), largest 4.00 (0.20)."
    )


def test_a_tolerance_that_is_not_met_is_a_second_note(tmp_path):
    found = result(tmp_path, reached=False)
    assert len(found.sentences()) == 1
    assert "2.5 mm is not met by 1 bone" in found.sentences(0.0025)[1]


BAD = {
    "translations of one joint": arrays(action_0_translations=np.zeros((TIMES, 3), np.float32)),
    "no weights": {name: value for name, value in arrays().items() if "weight" not in name},
    "a quaternion of no length": arrays(action_0_rotations=np.zeros((TIMES, 2, 4), np.float32)),
    "other vertices": arrays(weight_values=np.ones((COUNT + 1, 4), np.float32)),
    "not a number": arrays(joint_heads=np.full((2, 3), np.nan, np.float32)),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_what_would_harm_blender_is_refused(tmp_path, content):
    with pytest.raises(ResultError):
        result(tmp_path, content)


@pytest.mark.parametrize("head", [{"error": {}}, {"diagonal": 0.0}, {"actions": []}])
def test_a_header_without_the_error_is_refused(tmp_path, head):
    with pytest.raises(ResultError):
        result(tmp_path, **head)
