"""How much true clips move: the same from samples and from files, kept, and what the filter aims at."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from test_live_run import run  # noqa: F401 - the fixture that trains
from zoetrope.clips.gltf import read_gltf
from zoetrope.diffusion.time_basis import time_basis
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.bundle import load_bundle
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.writers import write_sequence
from zoetrope.training.data.power_spectrum import of_files, of_frames, of_samples
from zoetrope.training.data.preparation import prepare
from zoetrope.training.data.prepared import load_prepared
from zoetrope.training.data.sources import FolderSource
from zoetrope.training.data.training_tokens import load_tokens, power_of_same_run, save_tokens
from zoetrope.training.recipe import DataRecipe
from zoetrope.training.run.temporal_filter import measured

FRAMES = 8


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder of two creatures, their samples, and their tokens without power."""
    folder = tmp_path_factory.mktemp("power")
    for seed in range(2):
        request = GenerateRequest("quadruped", "walk", seed, frames=FRAMES, detail=64)
        write_sequence(
            ProceduralEngine().generate(request, lambda *_: None), folder / "files" / f"{seed}.glb"
        )
    recipe = DataRecipe(categories=(), bodies=1, frames=FRAMES, sdf_samples=500, flow_points=2000)
    source = FolderSource(folder / "files")
    prepare(source, folder / "data", recipe, processes=1)
    data = load_prepared(folder / "data")
    tokens = torch.zeros(len(data.bodies), 4), torch.zeros(len(data.clips), FRAMES, 5)
    save_tokens(folder / "tokens.npz", data, *tokens)
    entries = {entry.file: entry for entry in source.creatures(recipe)}
    library = SimpleNamespace(entries=entries, read=lambda e: read_gltf(folder / "files" / e.file))
    return data, load_tokens(folder / "tokens.npz"), library


def test_one_function_of_time_is_one_harmonic():
    wave = time_basis(FRAMES, True).numpy()[:, 3][:, None, None] * np.array([0.0, 0.0, 3.0])
    one_way, loop = of_frames(wave)
    assert loop[2] == pytest.approx(9 / 3 / 2, rel=1e-4), "mean over coordinates, sine and cosine"
    assert np.abs(np.delete(loop, 2)).max() < 1e-6
    assert one_way.sum() == pytest.approx(9 / 3, rel=1e-4)


def test_files_and_samples_say_the_same(prepared):
    data, known, library = prepared
    samples, files = of_samples(data), of_files(known, library)
    assert samples.shape == files.shape == (2, 2, FRAMES)
    moving = samples[:, 1, 1:3]
    assert (moving > 1e-5).all()
    assert np.allclose(files[:, 1, 1:3], moving, rtol=0.35)
    assert np.allclose(files[:, :, 0], samples[:, :, 0], rtol=0.2)


def test_tokens_of_other_creatures_are_refused(prepared):
    _, known, library = prepared
    with pytest.raises(ZoetropeError, match=r"of 0\.glb, which is not in this library"):
        of_files(known, SimpleNamespace(entries={}, read=library.read))
    nameless = dataclasses.replace(known, motion_creature=np.empty(0, dtype=str))
    with pytest.raises(ZoetropeError, match="not in this library"):
        of_files(nameless, library)


def test_where_no_motion_is_prepared_the_run_before_knows_it(prepared):
    data, known, _ = prepared
    power = of_samples(data)
    none = dataclasses.replace(data, offsets=torch.zeros(len(data.bodies), 0, 0, 3))
    assert of_samples(none) is None
    assert power_of_same_run(known, none) is None, "tokens from before it was kept"
    kept = dataclasses.replace(known, motion_power=power)
    assert np.array_equal(power_of_same_run(kept, none), power)
    others = dataclasses.replace(none, creatures=["new.glb", *data.creatures[1:]])
    assert power_of_same_run(kept, others) is None


def test_draws_are_brought_down_to_true_clips(run):  # noqa: F811 - the fixture
    bundle, known = load_bundle(run / "weights"), load_tokens(run / "run" / "tokens.npz")
    assert known.motion_power.shape == (len(known.motion), 2, known.motion.shape[1])
    still = dataclasses.replace(known, motion_power=np.zeros_like(known.motion_power))
    wild = dataclasses.replace(known, motion_power=np.full_like(known.motion_power, 1e3))
    assert set(measured(bundle, wild, 2, 2).cyclic) == {1.0}
    assert max(measured(bundle, still, 2, 2).cyclic[3:]) < 0.01
