"""Mapped assets are on the ground, and move as the original does."""

import numpy as np
import pytest
from gltf_builder import moving, skinned_document
from mapped_asset import apply_body_map
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines import create_engine
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.writers import write_sequence


@pytest.mark.parametrize("document", [moving(), skinned_document(np.full((4, 4), 0.25, np.float32))])
def test_identity_map_keeps_rest_and_motion(tmp_path, document):
    asset = read_gltf(document.glb(tmp_path / "a.glb"))
    same = apply_body_map(asset, lambda p: p)
    times = np.array([0.0, 0.4, 1.0])
    assert np.abs(same.rest - asset.rest).max() < 1e-6
    assert np.abs(same.evaluate("clip0", times) - asset.evaluate("clip0", times)).max() < 1e-5


def test_identity_map_keeps_the_motion_of_real_creatures(library):
    for file in ("q_farm2018__Horse.glb", "q_uaa2021__Fox.glb", "q_vol2_2017__Dog.glb"):
        asset = library.read(library.entries[file])
        same = apply_body_map(asset, lambda p: p)
        name = asset.clip_names[0]
        times = np.linspace(*asset.span(name), 5)
        size = np.ptp(asset.rest, axis=0).max()
        assert np.abs(same.rest - asset.rest).max() < 1e-4 * size
        assert np.abs(same.evaluate(name, times) - asset.evaluate(name, times)).max() < 1e-4 * size


def test_mapped_bodies_keep_bone_lengths_and_feet_on_the_ground(library):
    asset = library.read(library.entries["q_farm2018__Horse.glb"])
    rng = np.random.default_rng(5)
    for _ in range(4):
        body = apply_body_map(asset, BodyShape.sample(rng, 2.0, "quadruped").map_for(asset.rest, "quadruped"))
        first, last = body.span("Walk")
        frames = body.evaluate("Walk", np.linspace(first, last, 8))
        height = np.ptp(body.rest[:, 2])
        assert np.abs(body.rest - asset.rest).max() > 0.02 * height
        assert np.abs(frames[..., 2].min(axis=1) - body.rest[:, 2].min()).max() < 0.08 * height
        edges = body.faces[:, [0, 1]]
        rest_length = np.linalg.norm(np.diff(body.rest[edges], axis=1)[:, 0], axis=1)
        moved = np.linalg.norm(np.diff(frames[:, edges], axis=2)[:, :, 0], axis=2)
        keep = rest_length > 0.02 * height
        assert np.quantile(moved[:, keep] / rest_length[keep], 0.99) < 2.5


def test_morph_targets_are_mapped_with_the_body(tmp_path):
    sequence = create_engine("procedural", None, "cpu").generate(
        GenerateRequest("quadruped", "walk", 0, frames=6, detail=64, faces=None, texture=None),
        lambda *_: None,
    )
    write_sequence(sequence, tmp_path / "a.glb")
    asset = read_gltf(tmp_path / "a.glb")
    name = asset.clip_names[0]
    times = np.linspace(*asset.span(name), 6)
    frames = asset.evaluate(name, times)
    assert np.abs(frames - asset.rest).max() > 0.05
    assert np.abs(apply_body_map(asset, lambda p: p).evaluate(name, times) - frames).max() < 1e-5
    taller = apply_body_map(asset, lambda p: p * [1, 1, 1.5])
    assert np.abs(taller.rest - asset.rest * [1, 1, 1.5]).max() < 1e-5
    assert np.abs(taller.evaluate(name, times) - frames * [1, 1, 1.5]).max() < 1e-4
