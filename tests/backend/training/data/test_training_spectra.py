"""Power of the training clips by harmonic: measured on samples, stored with the tokens."""

import dataclasses

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.diffusion.time_basis import time_basis
from zoetrope.training.data.training_spectra import clip_spectra, spectra
from zoetrope.training.data.training_tokens import load_tokens, power_of_same_run, save_tokens

FRAMES = 8


def test_one_basis_function_is_one_harmonic():
    wave = time_basis(FRAMES, True).numpy()[:, 3][:, None, None] * np.array([0.0, 0.0, 3.0])
    one_way, loop = spectra(wave)
    assert loop[2] == pytest.approx(9 / 3 / 2, rel=1e-4), "mean over coordinates, and over sine and cosine"
    assert np.abs(np.delete(loop, 2)).max() < 1e-6
    assert one_way.sum() == pytest.approx(9 / 3, rel=1e-4)


def test_spectra_of_clips_are_those_of_their_moved_points():
    data = tiny_run.prepared(FRAMES)
    power = clip_spectra(data)
    assert power.shape == (2, 2, FRAMES)
    points = data.flow_points[1, :200] + data.offsets[1, :, :200].float()
    assert np.allclose(power[1], spectra(points.numpy()), rtol=1e-4)
    assert (power[:, 1, 1] > 1e-6).all()


def test_power_of_an_earlier_run_is_used_without_samples(tmp_path):
    data = tiny_run.prepared(FRAMES)
    tokens_of = torch.zeros(len(data.bodies), 4), torch.zeros(len(data.clips), FRAMES, 5)
    save_tokens(tmp_path / "tokens.npz", data, *tokens_of)
    tokens = load_tokens(tmp_path / "tokens.npz")
    unsampled = dataclasses.replace(data, offsets=torch.zeros(len(data.bodies), 0, 0, 3))
    assert clip_spectra(unsampled) is None
    assert power_of_same_run(tokens, unsampled) is None, "an older file, without power"
    power = clip_spectra(data)
    tokens = dataclasses.replace(tokens, motion_power=power)
    assert np.array_equal(power_of_same_run(tokens, unsampled), power)
    other = dataclasses.replace(unsampled, creatures=["new.glb", *data.creatures[1:]])
    assert power_of_same_run(tokens, other) is None
