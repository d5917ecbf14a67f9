"""Whole runs, from samples to weights that the engine generates with."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import tiny_run
import torch
from safetensors import safe_open
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.output import assembly
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import load_bundle, read_description
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.sample_sets import reference_frames
from zoetrope.training.data.training_tokens import load_tokens, tokens_path
from zoetrope.training.recipe import load_recipe
from zoetrope.training.run import train as run_module


def engine_of(weights):
    """An engine with a short sampler and no quality checks, which bodies of six steps would not pass."""
    return DnfEngine(weights, "cpu", steps=2, max_attempts=1)


def test_run_folder_has_a_checkpoint_of_every_stage(full_run):
    stages = [f"{part}_{stage}" for part in ("shape", "motion") for stage in ("pretraining", "finetuning")]
    stages += ["shape_diffusion", "motion_diffusion", "colour_field", "palette_diffusion"]
    run = full_run.parent / "run"
    assert {path.stem for path in run.glob("*.safetensors")} == set(stages)
    steps = []
    for stage in stages:
        with safe_open(run / f"{stage}.safetensors", framework="pt") as file:
            steps.append(int(file.get_tensor("step")))
    assert steps == [60] + 7 * [6]


def test_live_matrices_coloured_noise_and_clip_codes_reach_the_weights(full_run):
    bundle = load_bundle(full_run)
    layer = bundle.shape_dictionary.dictionary_layers()[0]
    u, s, v = (getattr(layer, name).float() for name in ("u", "s", "v"))
    assert not torch.allclose(layer.shared[:, : len(v)], (u * s) @ v.T, atol=1e-3), (
        "the matrices were trained"
    )
    assert bundle.motion_model.noise.amplitude.std() > 0
    codes = load_tokens(tokens_path(full_run)).motion[..., 8:-8]
    assert np.abs(codes - codes[:, :1]).max() < 1e-3, "one code a clip"
    assert read_description(full_run).smoothing is not None


def test_evaluation_takes_a_loop_from_the_start_of_its_window(plain_run, monkeypatch):
    engine, clips = engine_of(plain_run), []
    for start in (0, 3):
        monkeypatch.setattr(assembly, "find_loop_start", lambda frames, start=start: start)
        sequence = engine.generate(
            GenerateRequest(seed=3, detail=64, fps=240.0, faces=None, texture=None), ignore_progress
        )
        assert sequence.meta["begins"] == start / 8
        clips.append(sequence.vertices[reference_frames(sequence)])
    motion = np.abs(clips[0] - clips[0][0]).max()
    assert np.abs(clips[0] - clips[1]).max() < 0.05 * motion
    assert np.abs(clips[0] - np.roll(clips[1], 3, axis=0)).max() > 0.2 * motion


def test_palette_seed_changes_the_colours_alone(full_run):
    engine = engine_of(full_run)

    def generate(palette):
        request = GenerateRequest(
            "quadruped", "walk", 3, frames=4, detail=64, palette=palette, faces=None, texture=None
        )
        return engine.generate(request, ignore_progress)

    default, same, other = generate(None), generate(3), generate(4)
    assert (default.vertices == other.vertices).all()
    assert (default.colours == same.colours).all()
    assert np.abs(default.colours - other.colours).max() > 1e-4
    assert other.meta["palette"] == 4


def test_creatures_without_colours_are_grey(tmp_path):
    weights = tiny_run.train(tmp_path, tiny_run.full_recipe(2, pretraining=60), tiny_run.prepared())
    request = GenerateRequest("quadruped", "walk", 0, frames=4, detail=64, faces=None, texture=None)
    sequence = engine_of(weights).generate(request, ignore_progress)
    assert sequence.colours.shape == (len(sequence.rest), 3)
    assert np.ptp(sequence.colours) == 0


def test_shape_part_is_trained_in_a_child_process(tmp_path, monkeypatch):
    """The child's command is replaced: it must be waited for, and its failure reported."""
    recipe = replace(tiny_run.recipe(2), processes=2)
    monkeypatch.setattr(run_module.sys, "executable", shutil.which("false"))
    with pytest.raises(ZoetropeError, match="shape part failed") as caught:
        tiny_run.train(tmp_path, recipe, tiny_run.prepared())
    assert "shape.log" in caught.value.remedy
    monkeypatch.setattr(run_module.sys, "executable", shutil.which("true"))
    assert (tiny_run.train(tmp_path, recipe, tiny_run.prepared()) / "model.json").is_file()
    assert load_recipe("shipped").processes == 2
