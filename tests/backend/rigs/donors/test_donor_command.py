"""`zoetrope donors` on a shared folder of procedural creatures."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.rigs.donors.library import load_donors


def run(*options):
    """Run the command; returns its exit status and output."""
    result = CliRunner().invoke(app, ["donors", *map(str, options), "--quiet"])
    return result.exit_code, result.output


@pytest.fixture
def weights(tmp_path):
    """A folder of weights that knows two creatures."""
    (tmp_path / "checksums").write_text(f"{'0' * 64}  model.json\n")
    shape = np.arange(6, dtype=np.float16).reshape(2, 3)
    write_tokens(tmp_path, ["creature_0.glb", "creature_1.glb"], shape)
    return tmp_path


def write_tokens(folder, creatures, shape):
    """Write shape tokens of creatures."""
    motion = np.zeros((1, 2, 3), np.float16)
    np.savez(
        folder / "training_tokens.npz",
        shape=shape,
        shape_category=np.array(["quadruped"] * len(creatures)),
        shape_creature=np.array(creatures),
        motion=motion,
        motion_category=np.array(["quadruped"]),
        motion_action=np.array(["walk"]),
        motion_creature=np.array(creatures[:1]),
        motion_clip=np.array(["walk"]),
    )


@pytest.fixture
def shared(procedural_shared):
    """The procedural creatures with a manifest."""
    files = [{"file": f"creature_{seed}.glb", "author": "Nobody", "licence": "CC0-1.0"} for seed in range(7)]
    (procedural_shared / "data" / "creatures" / "manifest.json").write_text(json.dumps({"files": files}))
    return procedural_shared


def test_it_builds_the_creatures_of_the_tokens_with_their_own_bodies(weights, shared):
    status, output = run("--weights", weights, "--shared", shared, "--json")
    assert status == 0, output
    assert json.loads(output)["donors"] == 2
    library = load_donors(weights)
    assert library.names == ("creature_0", "creature_1")
    assert (weights / "donor_thumbnails/creature_1.png").is_file()
    assert library["creature_0"].shape_tokens.tolist() == [[0.0, 1.0, 2.0]]
    assert library["creature_1"].shape_tokens.tolist() == [[3.0, 4.0, 5.0]]
    assert library["creature_1"].author == "Nobody"


def test_it_lists_what_it_built(weights, shared):
    run("--weights", weights, "--shared", shared)
    status, output = run("--weights", weights, "--list", "--json")
    assert status == 0
    assert [item["name"] for item in json.loads(output)] == ["creature_0", "creature_1"]
    assert "creature_1" in run("--weights", weights, "--list")[1]


def test_it_names_creatures_that_the_folder_lacks(weights, shared):
    write_tokens(weights, ["creature_0.glb", "dodo.glb"], np.zeros((2, 3), np.float16))
    status, output = run("--weights", weights, "--shared", shared)
    assert status == 1
    assert "dodo.glb" in output
    assert not (weights / "donors.json").exists()


def test_it_needs_donors_to_list(weights):
    status, output = run("--weights", weights, "--list")
    assert status == 1
    assert "zoetrope donors" in output
