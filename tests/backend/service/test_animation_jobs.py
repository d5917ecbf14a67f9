"""The mesh file of `analyse_mesh` and `animate`, and both methods over the wire."""

import os
from pathlib import Path

import numpy as np
import pytest
from service_client import Client
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.donors.library import load_donors
from zoetrope.service.animation_jobs import read_mesh, read_rig

DONOR = "q_uaa2021__Fox"


@pytest.fixture(scope="module")
def donor():
    from zoetrope.engines.weights.folders import find_weights

    return load_donors(find_weights())[DONOR]


def save(folder, **arrays):
    np.savez(folder / "mesh.npz", **arrays)
    return folder


TRIANGLE = {"vertices": np.zeros((3, 3), np.float32), "faces": np.array([[0, 1, 2]], np.int32)}
BAD_MESHES = {
    "no faces": {"vertices": TRIANGLE["vertices"]},
    "text for vertices": {**TRIANGLE, "vertices": np.array(["a"])},
    "faces as floats": {**TRIANGLE, "faces": np.zeros((1, 3))},
    "pickled": {**TRIANGLE, "vertices": np.array([{}], dtype=object)},
}


@pytest.mark.parametrize("arrays", BAD_MESHES.values(), ids=BAD_MESHES)
def test_a_damaged_mesh_file_is_refused(tmp_path, arrays):
    with pytest.raises(ZoetropeError, match="holds no mesh") as caught:
        read_mesh(save(tmp_path, **arrays))
    assert caught.value.code == "bad_request"
    assert caught.value.remedy


@pytest.mark.parametrize("make", [Path.exists, Path.mkdir, os.mkfifo], ids=["missing", "folder", "pipe"])
def test_a_missing_mesh_file_is_one_sentence(tmp_path, make):
    make(tmp_path / "mesh.npz")
    with pytest.raises(ZoetropeError) as caught:
        read_mesh(tmp_path)
    assert caught.value.message == f"There is no mesh.npz in {tmp_path}."
    assert caught.value.code == "bad_request"
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"not a zip"])
def test_a_file_that_is_cut_off_is_refused(tmp_path, content):
    (tmp_path / "mesh.npz").write_bytes(content)
    with pytest.raises(ZoetropeError, match="holds no mesh"):
        read_mesh(tmp_path)


RIG = {
    "bone_parents": np.array([-1, 0]),
    "bone_heads": np.zeros((2, 3)),
    "bone_tails": np.ones((2, 3)),
    "bone_z_axes": np.ones((2, 3)),
    "bone_weights_vertex": np.array([0, 1]),
    "bone_weights_bone": np.array([0, 1]),
    "bone_weights_value": np.array([1.0, 0.5]),
}
BAD_RIGS = {
    "a bone before its parent": {"bone_parents": np.array([1, -1])},
    "a weight on no bone": {"bone_weights_bone": np.array([0, 2])},
    "a weight of no vertex": {"bone_weights_vertex": np.array([0, 3])},
    "fewer heads": {"bone_heads": np.zeros((1, 3))},
    "not finite": {"bone_weights_value": np.array([1.0, np.nan])},
    "lengths that differ": {"bone_weights_value": np.array([1.0])},
}


def test_a_rig_is_read():
    rig = read_rig(RIG, ["a", "b"], 3)
    assert rig.names == ("a", "b")
    assert rig.parents.tolist() == [-1, 0]


@pytest.mark.parametrize("change", BAD_RIGS.values(), ids=BAD_RIGS)
def test_a_rig_that_does_not_fit_together_is_refused(change):
    with pytest.raises(ZoetropeError) as caught:
        read_rig({**RIG, **change}, ["a", "b"], 3)
    assert caught.value.code == "bad_request"


def test_a_rig_without_weights_is_refused():
    empty = {name: RIG[name][:0] for name in RIG if "weights" in name}
    with pytest.raises(ZoetropeError, match="moves none") as caught:
        read_rig({**RIG, **empty}, ["a", "b"], 3)
    assert caught.value.code == "bad_mesh"


@pytest.fixture(scope="module")
def client():
    client = Client("--device", "cpu")
    yield client
    client.close()


@pytest.fixture(scope="module")
def mesh(donor, tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    return save(folder, vertices=donor.rest.astype(np.float32), faces=donor.faces.astype(np.int32))


def animate_params(folder, **more):
    params = {"job_folder": str(folder), "actions": ["walk"], "seed": 1, "fps": 24.0}
    return {**params, "donor": DONOR, "facing": 0.0, **more}


def test_a_mesh_is_analysed(client, mesh, donor):
    client.send(1, "analyse_mesh", {"job_folder": str(mesh), "category": "quadruped", "facing": 0.0})
    answer, progress = client.answer(1)
    result = answer["result"]
    assert result["donors"][0]["name"] == DONOR
    assert result["category"] == "quadruped"
    assert result["ask"] is False
    assert result["vertices"] == len(donor.rest)
    stages = [message["params"]["stage"] for message in progress]
    assert stages.index("intake") < stages.index("recognise")
    fractions = [message["params"]["fraction"] for message in progress]
    assert fractions == sorted(fractions)


def test_a_mesh_is_animated(client, mesh, donor):
    client.send(2, "animate", animate_params(mesh))
    answer, progress = client.answer(2)
    result = answer["result"]
    assert result["donor"] == DONOR
    (action,) = result["actions"]
    assert action["name"] == "walk"
    assert 0 < action["residual_mean"] < 0.01
    with np.load(result["file"], allow_pickle=False) as data:
        joints, frames = len(data["joint_heads"]), action["frames"]
        assert data["action_0_rotations"].shape == (frames, joints, 4)
        assert data["action_0_translation"].shape == (frames, 3)
        assert data["weight_joints"].shape == (len(donor.rest), 4)
        assert data["joint_parents"][0] == -1
    seen = [message["params"]["stage"] for message in progress]
    assert list(dict.fromkeys(seen)) == [
        "load",
        "intake",
        "register",
        "motion",
        "skeleton",
        "retarget",
        "write",
    ]


def test_a_flat_mesh_is_refused_over_the_wire(client, tmp_path):
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), -1).reshape(-1, 2)
    corners = np.arange(72).reshape(8, 9)[:, :8].ravel()
    faces = np.stack([corners, corners + 1, corners + 9], 1)
    vertices = np.column_stack([grid, np.zeros(81)]).astype(np.float32)
    client.send(3, "animate", animate_params(save(tmp_path, vertices=vertices, faces=faces)))
    error = client.answer(3)[0]["error"]
    assert (error["code"], error["data"]["kind"]) == (-32008, "bad_mesh")
    assert error["data"]["remedy"]
    assert not (tmp_path / "result.npz").exists()


def test_an_animation_can_be_cancelled(client, mesh):
    (mesh / "result.npz").unlink(missing_ok=True)
    client.send(4, "animate", animate_params(mesh))
    client.send(5, "cancel", {"id": 4})
    answers = {}
    while len(answers) < 2:
        message = client.read()
        if "id" in message:
            answers[message["id"]] = message
    assert answers[5]["result"]["cancelled"] is True
    assert answers[4]["error"]["data"]["kind"] == "cancelled"
    assert not (mesh / "result.npz").exists()
