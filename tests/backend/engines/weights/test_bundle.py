"""Weights on disk: a round trip, and damage that is found before use."""

import hashlib
import json
import shutil

import pytest
import torch
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.rejection_sampling import sample_body_candidate
from zoetrope.engines.weights import bundle as bundles
from zoetrope.engines.weights.bundle import bundle_checksum, load_bundle, read_description, save_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.labels import UNLABELLED


@pytest.fixture
def weights(engine, tmp_path):
    """A copy of the shipped weights."""
    return shutil.copytree(engine.weights, tmp_path / "weights")


def test_saved_weights_are_loaded_as_they_were(bundle, engine, tmp_path):
    (tmp_path / "saved").mkdir()
    save_bundle(tmp_path / "saved", bundle)
    saved = load_bundle(tmp_path / "saved")
    assert saved.description == read_description(engine.weights)
    assert saved.checksum == bundle_checksum(tmp_path / "saved")
    resolved = engine.resolve(GenerateRequest("quadruped", "walk", 1))
    assert torch.equal(*(sample_body_candidate(one, resolved, 0, 2) for one in (bundle, saved)))


def describe(weights, part, key, value):
    """Write one value into the description of weights, and its new checksum."""
    path, checksums = weights / "model.json", weights / "checksums"
    description, before = json.loads(path.read_text()), hashlib.sha256(path.read_bytes()).hexdigest()
    description[part][key] = value
    path.write_text(json.dumps(description))
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    checksums.write_text(checksums.read_text().replace(before, after))


def test_weights_of_an_earlier_version_are_read_unless_their_shape_field_has_colours(weights, bundle):
    describe(weights, "shape_field", "colour", False)
    assert load_bundle(weights).description == bundle.description
    describe(weights, "shape_field", "colour", True)
    with pytest.raises(ZoetropeError, match="its shape field has colours") as caught:
        load_bundle(weights)
    assert caught.value.code == "weights_damaged"


def test_limits_of_unlabelled_bodies_which_earlier_versions_measured_are_read(weights):
    describe(weights, "eikonal_limits", UNLABELLED, 0.15)
    assert load_bundle(weights).description.eikonal_limits[UNLABELLED] == 0.15


@pytest.mark.parametrize("name", ["model.json", "shape_diffusion.safetensors"])
def test_changed_file_is_refused(weights, name):
    data = bytearray((weights / name).read_bytes())
    data[-10] ^= 1
    (weights / name).write_bytes(data)
    with pytest.raises(ZoetropeError) as caught:
        load_bundle(weights)
    assert caught.value.code == "weights_damaged"


@pytest.mark.parametrize("name", ["field.mlp.biases.0", "dictionary.layers.0.s"])
def test_missing_tensor_is_refused_even_if_headers_are_not_checked(bundle, tmp_path, monkeypatch, name):
    stored = bundles.stored_tensors
    assert name in stored(bundle.modules()["shape_field"])
    monkeypatch.setattr(bundles, "check_headers", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr(bundles, "stored_tensors", lambda m: {k: v for k, v in stored(m).items() if k != name})
        save_bundle(tmp_path, bundle)
    with pytest.raises(ZoetropeError, match="missing") as caught:
        load_bundle(tmp_path)
    assert caught.value.code == "weights_damaged"


@pytest.mark.parametrize("name", ["model.json", "motion_field.safetensors", "checksums"])
def test_missing_file_is_named(weights, name):
    (weights / name).unlink()
    with pytest.raises(ZoetropeError, match=name) as caught:
        load_bundle(weights)
    assert caught.value.code == "weights_missing"
