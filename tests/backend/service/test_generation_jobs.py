"""`generate` over the wire: a list of actions or a single one, and what is neither."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from service_client import job
from zoetrope.geometry.mesh_sequence import MeshSequence


def several(folder, **changes):
    """Parameters with a list of actions."""
    params = {**job(folder, frames=4), "actions": ["walk"], **changes}
    del params["action"]
    return params


def test_a_single_action_is_a_mesh_sequence_as_before(client, tmp_path):
    client.send(1, "generate", job(tmp_path, frames=4))
    answer = client.answer(1)[0]["result"]
    assert len(MeshSequence.load_npz(Path(answer["file"])).vertices) == answer["frames"] == 4
    assert (answer["donor"], answer["fits"], answer["notes"]) == ("", [], [])


@pytest.mark.parametrize("output", ["armature", "shape_keys"])
def test_a_list_of_actions_is_a_creature(client, tmp_path, output):
    client.send(1, "generate", several(tmp_path, output=output))
    answer = client.answer(1)[0]["result"]
    with np.load(answer["file"], allow_pickle=False) as data:
        assert data["action_0_vertices"].shape == (4, answer["vertices"], 3)
        assert data["action_0_boxes"].shape == (4, 2, 3)
    # This engine has no donors.
    wanted = ["This creature has shape keys instead of an armature."] if output == "armature" else []
    assert [note.split(" This")[0].partition(".")[0] + "." for note in answer["notes"]] == wanted


@pytest.mark.parametrize(
    "change",
    [
        {"actions": ["walk"], "action": "walk"},
        {"actions": None, "action": None},
        {"output": "armature", "action": "walk", "actions": None},
    ],
    ids=["both", "neither", "one action on an armature"],
)
def test_wrong_actions_are_one_sentence_with_a_remedy(client, tmp_path, change):
    client.send(1, "generate", {**several(tmp_path), **change})
    error = client.answer(1)[0]["error"]
    assert error["data"]["kind"] in ("bad_request", "bad_option")
    assert error["data"]["remedy"]
    assert not (tmp_path / "result.npz").exists()


@pytest.mark.parametrize("actions", [[], ["walk"] * 33, "walk", [3]])
def test_what_is_no_list_of_names_is_a_wrong_parameter(client, tmp_path, actions):
    client.send(1, "generate", several(tmp_path, actions=actions))
    assert client.answer(1)[0]["error"]["code"] == -32602


@pytest.mark.parametrize("single", [True, False], ids=["action", "actions"])
def test_an_asset_has_the_requested_faces_coordinates_and_textures(client, tmp_path, single):
    params = job(tmp_path, frames=4) if single else several(tmp_path)
    client.send(1, "generate", {**params, "faces": 1000, "texture": 512})
    answer, notified = client.answer(1)
    answer = answer["result"]
    assert answer["faces"] == pytest.approx(1000, rel=0.05)
    assert {"low_poly", "texture"} <= answer["stages"].keys()
    fractions = [one["params"]["fraction"] for one in notified]
    assert fractions == sorted(fractions)
    with np.load(answer["file"], allow_pickle=False) as data:
        assert data["uvs"].shape == (answer["faces"], 3, 2)
        assert data["colours"].shape == data["rest"].shape
        for name in ("base_colour", "normal_map"):
            image = Image.open(io.BytesIO(data[f"texture_{name}"].tobytes()))
            assert (image.format, image.size) == ("PNG", (512, 512))


def test_the_full_surface_with_vertex_colours_is_what_an_older_client_gets(client, tmp_path):
    client.send(1, "generate", several(tmp_path))
    answer = client.answer(1)[0]["result"]
    assert not {"low_poly", "texture"} & answer["stages"].keys()
    with np.load(answer["file"], allow_pickle=False) as data:
        assert not [name for name in data.files if name == "uvs" or name.startswith("texture_")]
        assert len(data["faces"]) > 5000


@pytest.mark.parametrize("change", [{"faces": 10}, {"faces": 300_000}, {"texture": 1000}])
def test_impossible_faces_and_textures_are_refused_on_arrival(client, tmp_path, change):
    client.send(1, "generate", {**several(tmp_path), **change})
    assert client.answer(1)[0]["error"]["code"] == -32602
