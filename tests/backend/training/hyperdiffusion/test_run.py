"""Whole runs of HyperDiffusion on procedural creatures: what is shared, resumed, and refused."""

import json

import numpy as np
import pytest
import tiny_frames_run
import torch
from zoetrope.engines.hyperdiffusion.weights import load_hyper_weights
from zoetrope.engines.weights.bundle import CHECKSUMS, DESCRIPTION
from zoetrope.engines.weights.network_folder import NETWORKS
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.sources import SharedSource
from zoetrope.training.hyperdiffusion.fit_clips import START_FILE, load_fit
from zoetrope.training.run.start import run_recipe


def test_mlps_fit_their_clips(hyper_weights):
    run = hyper_weights.parents[1]
    fits = [load_fit(path) for path in (run / "mlps").glob("*.npz")]
    assert len(fits) == 3
    assert min(one.iou for one in fits) > 0.85
    start = np.load(run / "mlps" / START_FILE)
    assert all(one.weights.shape == start.shape for one in fits)


def test_the_projection_keeps_what_the_mlps_hold(hyper_weights):
    """Two components span three clips exactly."""
    run = hyper_weights.parents[1]
    fits = {path.stem: load_fit(path) for path in (run / "mlps").glob("*.npz")}
    from safetensors.torch import load_file

    projected = load_file(run / "tiny" / "projected.safetensors")
    assert projected["components"].shape == (3, 2)
    assert projected["iou"].mean() > np.mean([one.iou for one in fits.values()]) - 0.05


def test_a_finished_run_is_not_trained_again(procedural_shared, hyper_weights):
    run = hyper_weights.parents[1]
    before = {path: path.stat().st_mtime_ns for path in (run / "mlps").glob("*.npz")}
    again = run_recipe(str(run.parent / "recipe.toml"), SharedSource(procedural_shared), run)
    assert again == hyper_weights
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_the_published_form_diffuses_raw_weights(procedural_shared, tmp_path):
    folder = tiny_frames_run.train(tiny_frames_run.PAPER, procedural_shared, tmp_path)
    weights = load_hyper_weights(folder)
    description = weights.description
    assert weights.projection is None
    assert description.model.token_sizes == (*description.field.tensor_sizes, 1)
    numbers = torch.randn(2, weights.model.size)
    assert torch.equal(weights.mlps(numbers), numbers[:, :-1])
    assert torch.equal(weights.model.standardiser(numbers), numbers)


def test_other_settings_in_the_same_folder_are_refused(procedural_shared, hyper_weights, tmp_path):
    run = hyper_weights.parents[1]
    other = tmp_path / "other.toml"
    text = tiny_frames_run.HYPERDIFFUSION.replace("width = 48", "width = 40")
    other.write_text(text + tiny_frames_run.SAMPLES)
    with pytest.raises(ZoetropeError, match="MLPs of other settings") as error:
        run_recipe(str(other), SharedSource(procedural_shared), run)
    assert error.value.remedy


@pytest.mark.parametrize("option", ["source", "minutes"])
def test_options_of_dnf_are_refused(procedural_shared, hyper_weights, tmp_path, option):
    value = hyper_weights if option == "source" else 1.0
    with pytest.raises(ZoetropeError, match="is trained without --") as error:
        run_recipe("hyperdiffusion", SharedSource(procedural_shared), tmp_path, **{option: value})
    assert error.value.code == "bad_option"


def copied(folder, to):
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (NETWORKS, lambda data: data[:-8] + bytes(8), "its checksum does not match"),
        (DESCRIPTION, lambda data: data[:50], "is damaged"),
        (CHECKSUMS, lambda data: b"nothing", "is damaged"),
    ],
)
def test_damaged_files_are_refused(hyper_weights, tmp_path, name, change, message):
    folder = copied(hyper_weights, tmp_path / "weights")
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    with pytest.raises(ZoetropeError, match=message) as error:
        load_hyper_weights(folder)
    assert error.value.code == "weights_damaged"


@pytest.mark.parametrize("name", [NETWORKS, DESCRIPTION, CHECKSUMS])
def test_missing_files_are_named(hyper_weights, tmp_path, name):
    folder = copied(hyper_weights, tmp_path / "weights")
    (folder / name).unlink()
    with pytest.raises(ZoetropeError, match=name) as error:
        load_hyper_weights(folder)
    assert error.value.code == "weights_missing"


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    [
        ("model", "width", 10**6, "model.width is"),
        ("model", "heads", 3, "no multiple of its heads"),
        ("model", "token_sizes", [2], "numbers instead of"),
        ("field", "width", 0, "field.width is"),
        (None, "components", 10**9, "components is"),
        (None, "action_order", [], "do not fit"),
        (None, "categories", [], "do not fit"),
    ],
)
def test_impossible_descriptions_are_refused(hyper_weights, tmp_path, part, key, value, message):
    folder = copied(hyper_weights, tmp_path / "weights")
    description = json.loads((folder / DESCRIPTION).read_text())
    (description[part] if part else description)[key] = value
    (folder / DESCRIPTION).write_text(json.dumps(description))
    with pytest.raises(ZoetropeError, match=message) as error:
        load_hyper_weights(folder)
    assert error.value.code == "weights_damaged"
