"""The method `decompose` over the wire."""

import threading
import time

import numpy as np
import pytest
from moving_tube import moving_tube
from service_client import Client
from zoetrope.errors import ZoetropeError
from zoetrope.service.animation_jobs import read_mesh
from zoetrope.service.decomposition_jobs import read_frames


@pytest.fixture(scope="module")
def client():
    client = Client("--engine", "procedural")
    yield client
    client.close()


def write(folder, frames=24, copies=1):
    known = moving_tube(frames)
    count = len(known.rest)
    rest = np.vstack([known.rest + [3.0 * i, 0, 0] for i in range(copies)])
    moved = np.concatenate([known.frames + [3.0 * i, 0, 0] for i in range(copies)], axis=1)
    faces = np.vstack([known.faces + i * count for i in range(copies)])
    np.savez(folder / "mesh.npz", vertices=rest.astype(np.float32), faces=faces.astype(np.int32))
    np.save(folder / "frames.npy", moved.astype(np.float32))
    return {"job_folder": str(folder), "name": "swing", "fps": 24.0}


def test_bones_are_found(client, tmp_path):
    client.send(1, "decompose", {**write(tmp_path), "bones": 5})
    answer, progress = client.answer(1)
    result = answer["result"]
    assert result["bones"] == 5
    assert result["reached"] is True
    assert 0 < result["mean"] < 0.001 * result["diagonal"]
    assert result["mean"] < result["p99"] < result["largest"]
    assert (tmp_path / "result.npz").is_file()
    seen = dict.fromkeys(message["params"]["stage"] for message in progress)
    order = ["load", "intake", "decompose", "skeleton", "write"]
    assert [stage for stage in order if stage in seen] == list(seen)  # short ones may not be reported
    assert "decompose" in seen
    fractions = [message["params"]["fraction"] for message in progress]
    assert fractions == sorted(fractions)


def test_a_mesh_that_stands_still_is_refused(client, tmp_path):
    params = write(tmp_path)
    frames = np.load(tmp_path / "frames.npy")
    np.save(tmp_path / "frames.npy", np.repeat(frames[:1], 3, axis=0))
    client.send(2, "decompose", {**params, "tolerance": 0.01})
    error = client.answer(2)[0]["error"]
    assert error["data"]["kind"] == "bad_mesh"
    assert error["data"]["remedy"]
    assert not (tmp_path / "result.npz").exists()


@pytest.mark.parametrize("stage", ["decompose", "skeleton"])
def test_a_job_is_cancelled_in_time(client, tmp_path, stage):
    client.send(3, "decompose", {**write(tmp_path, 60, copies=40), "bones": 32})
    while client.read().get("params", {}).get("stage") != stage:
        pass
    began = time.monotonic()
    client.send(4, "cancel", {"id": 3})
    timer = threading.Timer(60.0, client.child.kill)
    timer.start()
    error = client.answer(3)[0]["error"]
    timer.cancel()
    assert error["data"]["kind"] == "cancelled"
    assert time.monotonic() - began < 2.0
    assert not (tmp_path / "result.npz").exists()


def test_frames_that_are_cut_off_meanwhile_are_an_error_and_not_the_end_of_the_backend(client, tmp_path):
    client.send(5, "decompose", {**write(tmp_path, 60, copies=40), "bones": 32})
    while client.read().get("params", {}).get("stage") != "decompose":
        pass
    with (tmp_path / "frames.npy").open("r+b") as stream:
        stream.truncate(1000)
    error = client.answer(5)[0]["error"]
    assert error["data"]["kind"] == "bad_request"
    assert "was cut off while it was read" in error["message"]


@pytest.mark.parametrize(
    "arrays",
    [
        {"vertices": np.zeros((6, 2), np.float32)},
        {"faces": np.zeros(6, np.int32)},
        {"faces": np.zeros((6, 4), np.int32)},
    ],
    ids=["2D", "a row", "quads"],
)
def test_arrays_of_another_shape_are_refused(tmp_path, arrays):
    good = {"vertices": np.zeros((6, 3), np.float32), "faces": np.zeros((2, 3), np.int32)}
    np.savez(tmp_path / "mesh.npz", **{**good, **arrays})
    with pytest.raises(ZoetropeError, match="are of shape") as caught:
        read_mesh(tmp_path)
    assert caught.value.code == "bad_request"
    assert caught.value.remedy


def test_frames_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / "frames.npy", np.zeros((4, 6, 2), np.float32))
    with pytest.raises(ZoetropeError, match="holds no frames") as caught:
        read_frames(tmp_path)
    assert caught.value.code == "bad_request"


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY cut off"])
def test_frames_that_are_missing_or_damaged_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "frames.npy").write_bytes(content)
    with pytest.raises(ZoetropeError, match="could not be read") as caught:
        read_frames(tmp_path)
    assert caught.value.code == "bad_request"
    assert caught.value.remedy
