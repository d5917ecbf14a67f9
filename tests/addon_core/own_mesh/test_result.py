"""Results of the method animate: read whole, or refused before they reach Blender."""

import json

import numpy as np
import pytest

from blender_addon.core.own_mesh.result import AnimatedResult
from blender_addon.core.result import ResultError

VERTICES, JOINTS, FRAMES = 5, 3, 4


def content():
    rotations = np.zeros((FRAMES, JOINTS, 4), np.float32)
    rotations[..., 0] = 1
    values = np.zeros((VERTICES, 4), np.float32)
    values[:, 0] = 1
    return {
        "joint_parents": np.array([-1, 0, 1], np.int32),
        "joint_heads": np.zeros((JOINTS, 3), np.float32),
        "joint_tails": np.ones((JOINTS, 3), np.float32),
        "joint_z_axes": np.ones((JOINTS, 3), np.float32),
        "weight_joints": np.ones((VERTICES, 4), np.int32),
        "weight_values": values,
        "action_0_rotations": rotations,
        "action_0_translation": np.zeros((FRAMES, 3), np.float32),
    }


def written(tmp_path, arrays=None, drop=(), **header):
    meta = {"joint_names": ["root", "hips", "head"], "category": "fish", "warnings": ["Oh."]}
    meta["actions"] = [{"name": "swim", "cyclic": True}]
    arrays = {k: v for k, v in {**content(), **(arrays or {})}.items() if k not in drop}
    np.savez(tmp_path / "r.npz", **arrays, meta=np.array(json.dumps({**meta, **header})))
    return tmp_path / "r.npz"


def test_a_whole_result(tmp_path):
    result = AnimatedResult(written(tmp_path), VERTICES)
    (action,) = result.actions
    assert (action.name, action.cyclic, action.vertices) == ("swim", True, None)
    assert result.names == ["root", "hips", "head"]
    assert result.category == "fish"


def test_bones_of_the_artist_need_no_weights_but_a_place_each(tmp_path):
    arrays = {"action_0_translations": np.zeros((FRAMES, JOINTS, 3), np.float32)}
    path = written(tmp_path, arrays, drop=("weight_joints", "weight_values", "action_0_translation"))
    names = ["root", "hips", "head"]
    assert AnimatedResult(path, VERTICES, names).weight_joints is None
    with pytest.raises(ResultError, match="not the bones that were sent"):
        AnimatedResult(path, VERTICES, ["root", "head", "hips"])
    with pytest.raises(ResultError, match="no weights"):
        AnimatedResult(path, VERTICES)


def changed(name, value, index=(0, 0)):
    array = content()[name].copy()
    array[index] = value
    return {name: array}


@pytest.mark.parametrize(
    "arrays",
    [
        changed("joint_parents", 2, 1),
        changed("joint_parents", -2, 1),
        changed("joint_heads", np.nan),
        changed("weight_joints", 3),
        changed("weight_joints", -1),
        changed("weight_values", 0.5),
        changed("weight_values", np.nan),
        changed("action_0_rotations", 0.5, (0, 0, 0)),
        changed("action_0_rotations", np.nan, (0, 0, 0)),
        changed("action_0_translation", np.inf),
        {"action_0_translation": np.zeros((FRAMES - 1, 3), np.float32)},
        {"action_0_rotations": np.zeros((0, JOINTS, 4), np.float32)},
        {"action_0_vertices": np.zeros((FRAMES, VERTICES - 1, 3), np.float32)},
        {"action_0_vertices": np.full((FRAMES, VERTICES, 3), np.nan, np.float32)},
        {"weight_values": np.zeros((VERTICES + 1, 4), np.float32)},
        {"joint_tails": np.zeros((JOINTS + 1, 3), np.float32)},
    ],
)
def test_what_would_harm_blender_is_refused(tmp_path, arrays):
    with pytest.raises(ResultError):
        AnimatedResult(written(tmp_path, arrays), VERTICES)


@pytest.mark.parametrize(
    "header", [{"actions": []}, {"joint_names": ["a", "a", "b"]}, {"joint_names": []}, {"actions": [{}]}]
)
def test_a_header_that_says_too_little_is_refused(tmp_path, header):
    with pytest.raises(ResultError):
        AnimatedResult(written(tmp_path, **header), VERTICES)


@pytest.mark.parametrize("name", [*content(), "meta"])
def test_a_missing_array_is_refused(tmp_path, name):
    path = written(tmp_path, drop=(name,))
    if name == "meta":
        np.savez(path, **content())
    with pytest.raises(ResultError):
        AnimatedResult(path, VERTICES)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "r.npz").write_bytes(written(tmp_path).read_bytes()[:-200])
    with pytest.raises(ResultError):
        AnimatedResult(tmp_path / "r.npz", VERTICES)
