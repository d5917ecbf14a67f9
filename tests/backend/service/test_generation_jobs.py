"""`generate` over the wire: a list of actions, a single one, or neither."""

import io
import json
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
        {"output": "armature", "action": "walk", "actions": None},
    ],
    ids=["both", "one action on an armature"],
)
def test_wrong_actions_are_one_sentence_with_a_remedy(client, tmp_path, change):
    client.send(1, "generate", {**several(tmp_path), **change})
    error = client.answer(1)[0]["error"]
    assert error["data"]["kind"] in ("bad_request", "bad_option")
    assert error["data"]["remedy"]
    assert not (tmp_path / "result.npz").exists()


@pytest.mark.parametrize("change", [{}, {"actions": None, "action": None}], ids=["left out", "null"])
def test_without_actions_the_list_has_the_usual_one(client, tmp_path, change):
    params = several(tmp_path, **change)
    if not change:
        del params["actions"]
    client.send(1, "generate", params)
    answer = client.answer(1)[0]["result"]
    with np.load(answer["file"], allow_pickle=False) as data:
        actions = json.loads(str(data["meta"]))["actions"]
    assert [action["name"] for action in actions] == ["walk"]


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


@pytest.mark.parametrize("single", [True, False])
def test_levels_of_detail_are_part_of_the_result(client, tmp_path, single):
    params = job(tmp_path, frames=4) if single else several(tmp_path)
    client.send(1, "generate", {**params, "faces": 1000, "texture": 512, "levels_of_detail": 1})
    answer = client.answer(1)[0]["result"]
    with np.load(answer["file"], allow_pickle=False) as data:
        vertices, faces = data["lod1_vertices"], data["lod1_faces"]
        assert data["lod1_uvs"].shape == (len(faces), 3, 2)
        assert "lod2_faces" not in data.files
        assert (np.diff(vertices) > 0).all()
        assert vertices.max() < len(data["rest"])
    assert len(faces) < 0.7 * answer["faces"]


@pytest.mark.parametrize(
    "change", [{"faces": 10}, {"faces": 300_000}, {"texture": 1000}, {"levels_of_detail": 3}]
)
def test_impossible_faces_and_textures_are_refused_on_arrival(client, tmp_path, change):
    client.send(1, "generate", {**several(tmp_path), **change})
    assert client.answer(1)[0]["error"]["code"] == -32602


def test_proportions_and_morphs_are_part_of_the_result(client, tmp_path):
    changes = {"proportions": {"legs": 1.4}, "morph": {"other": 8, "amount": 0.2}, "faces": 1000}
    client.send(1, "generate", several(tmp_path, output="shape_keys", texture=None, **changes))
    answer, progress = client.answer(1)
    with np.load(answer["result"]["file"], allow_pickle=False) as data:
        meta = json.loads(str(data["meta"]))
    assert meta["proportions"]["legs"] == 1.4
    assert meta["morph"] == {"other": 8, "amount": 0.2}
    stages = list(dict.fromkeys(one["params"]["stage"] for one in progress))
    assert stages[stages.index("shape") :][:3] == ["shape", "morph", "motion"]
    fractions = [one["params"]["fraction"] for one in progress]
    assert fractions == sorted(fractions)


@pytest.mark.parametrize("proportions", [{"legs": 9.0}, {"ears": 1.0}])
def test_wrong_proportions_are_one_sentence_with_a_remedy(client, tmp_path, proportions):
    for ident, method in enumerate(("generate", "preview")):
        params = several(tmp_path) if method == "generate" else preview(tmp_path)
        client.send(ident, method, {**params, "proportions": proportions})
        error = client.answer(ident)[0]["error"]
        assert error["data"]["kind"] == "bad_option"
        assert error["data"]["remedy"]


def preview(folder, **changes):
    return {"job_folder": str(folder), "category": "quadruped", "seed": 1, **changes}


def test_preview_is_a_body_at_rest(client, tmp_path):
    client.send(1, "preview", preview(tmp_path))
    plain = client.answer(1)[0]["result"]
    with np.load(plain["file"], allow_pickle=False) as data:
        rest = data["rest"]
        assert rest.shape == data["colours"].shape == (plain["vertices"], 3)
        assert data["faces"].shape == (plain["faces"], 3)
    client.send(2, "preview", preview(tmp_path, proportions={"legs": 1.5}, proportions_seed=4, height=2.0))
    changed = client.answer(2)[0]["result"]
    with np.load(changed["file"], allow_pickle=False) as data:
        assert np.ptp(data["rest"][:, 2]) == pytest.approx(2.0, abs=1e-4)
    assert changed["vertices"] == plain["vertices"]
    assert changed["seconds"] < 5


@pytest.mark.parametrize(
    "morph", [{"other": "fox", "amount": 2}, {"other": "", "amount": 0.2}, {"other": "fox"}, 3]
)
def test_what_is_no_morph_is_a_wrong_parameter(client, tmp_path, morph):
    client.send(1, "preview", preview(tmp_path, morph=morph))
    assert client.answer(1)[0]["error"]["code"] == -32602
