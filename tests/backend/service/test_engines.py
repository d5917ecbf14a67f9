"""The service with a second engine: offered, named in requests, refused where it is not installed."""

import shutil

import numpy as np
import pytest
from service_client import Client, job
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.mesh_frames import MeshFrames


@pytest.fixture
def client(hyper_weights, tmp_path):
    """A service on the shipped weights with a tiny HyperDiffusion in their folder."""
    weights = tmp_path / "weights"
    left_out = shutil.ignore_patterns("donor_thumbnails", "*.npz", "hyperdiffusion")
    shutil.copytree(find_weights(), weights, ignore=left_out)
    shutil.copytree(hyper_weights, weights / "hyperdiffusion")
    found = Client("--weights", str(weights), "--device", "cpu")
    yield found
    found.close()


def generated(client, folder, **more):
    folder.mkdir(exist_ok=True)
    client.send(2, "generate", job(folder, **{"action": None, "actions": ["walk"], **more}))
    return client.answer(2)


def test_it_is_offered_and_gives_frames_or_a_tracked_mesh(client, tmp_path):
    client.send(1, "hello", {"protocol": 1, "client": "test"})
    assert client.answer(1)[0]["result"]["engines"] == ["dnf", "hyperdiffusion"]
    answer, progress = generated(client, tmp_path / "a", engine="hyperdiffusion", output="mesh_frames")
    made = MeshFrames.load_npz(tmp_path / "a" / "result.npz")
    assert answer["result"]["frames"] == len(made.frames) == 5
    assert made.meta["engine"] == "hyperdiffusion"
    fractions = [one["params"]["fraction"] for one in progress]
    assert fractions == sorted(fractions)
    assert max(np.diff(fractions)) < 0.3
    answer, progress = generated(client, tmp_path / "b", engine="hyperdiffusion", output="shape_keys")
    assert "of the sampled frames" in answer["result"]["notes"][0]
    fractions = [one["params"]["fraction"] for one in progress]
    assert fractions == sorted(fractions)


def test_served_alone_it_fills_the_progress_bar_evenly(hyper_weights, tmp_path):
    client = Client("--engine", "hyperdiffusion", "--weights", str(hyper_weights), "--device", "cpu")
    try:
        client.send(1, "hello", {"protocol": 1, "client": "test"})
        assert client.answer(1)[0]["result"]["engine"] == "hyperdiffusion"
        (tmp_path / "preview").mkdir()
        seed = {"job_folder": str(tmp_path / "preview"), "category": "quadruped", "seed": 1}
        client.send(2, "preview", seed)
        previewed = client.answer(2)
        made = generated(client, tmp_path / "a", output="shape_keys")
    finally:
        client.close()
    for answer, progress in (previewed, made):
        assert "result" in answer
        fractions = [one["params"]["fraction"] for one in progress]
        assert fractions == sorted(fractions)
        assert fractions[-1] > 0.99
        assert max(np.diff(fractions)) < 0.3
        assert {one["params"]["stage"] for one in progress} >= {"weights", "surface", "write"}


def test_what_cannot_be_is_one_sentence_with_a_remedy(client, tmp_path):
    second = {"engine": "hyperdiffusion", "actions": ["walk", "fly"]}
    impossible = [
        ({"engine": "magic"}, "The engine 'magic' is not installed"),
        (second, "body and motion together"),
        ({"engine": "dnf", "output": "mesh_frames"}, "has no mesh frames"),
        ({"engine": "hyperdiffusion", "palette": 3}, "it cannot take a palette"),
        ({"engine": "hyperdiffusion", "category": "fish"}, "There is no category 'fish'"),
    ]
    for number, (more, text) in enumerate(impossible):
        answer, _ = generated(client, tmp_path / str(number), **more)
        error = answer["error"]
        assert text in error["message"]
        assert error["data"]["kind"] == "bad_option"
        assert error["data"]["remedy"]
