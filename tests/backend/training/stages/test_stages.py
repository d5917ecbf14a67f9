"""Stages learn, resume after a kill exactly, and move no row that is not in the batch."""

import dataclasses

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.diffusion.time_basis import time_basis
from zoetrope.engines import dnf
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.bundle import load_bundle
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.evaluation.protocols.sample_sets import moments_of
from zoetrope.training.run import train as run_module
from zoetrope.training.run.export import labels
from zoetrope.training.run.loop import run_stage
from zoetrope.training.stages import shape_field as shape_stages
from zoetrope.training.stages.embeddings import ClipEmbedding, Embedding


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A whole run, from samples to weights."""
    folder = tmp_path_factory.mktemp("run")
    patch = pytest.MonkeyPatch()
    patch.setattr(run_module, "load_recipe", lambda name: tiny_run.recipe())
    patch.setattr(run_module, "load_prepared", lambda path, **_: tiny_run.prepared())
    run_module.train("tiny", folder, folder / "run", folder / "weights")
    patch.undo()
    return folder / "weights"


def test_shape_pretraining_learns(tmp_path):
    losses = []
    shape_stages.pretrain(
        tiny_run.recipe(250), tiny_run.prepared(), tmp_path, lambda *said: losses.append(said[3])
    )
    assert losses[-1] < 0.5 * losses[5]


def test_a_killed_stage_goes_on_as_if_it_had_not_been(tmp_path):
    data = tiny_run.prepared()

    def trained(folder, stops):
        folder.mkdir()
        for stop in stops:

            def progress(stage, step, total, loss, stop=stop):
                if step == stop:
                    raise KeyboardInterrupt

            try:
                shape_stages.pretrain(tiny_run.recipe(12), data, folder, progress)
            except KeyboardInterrupt:
                continue
        field, latents = shape_stages.pretrain(tiny_run.recipe(12), data, folder, None)
        return torch.cat([p.flatten() for p in (*field.parameters(), *latents.parameters())])

    patch = pytest.MonkeyPatch()
    original = run_stage
    patch.setattr(shape_stages, "run_stage", lambda *a, **k: original(*a, **k, checkpoint_seconds=0.0))
    whole, broken = trained(tmp_path / "a", []), trained(tmp_path / "b", [4, 9])
    patch.undo()
    assert torch.equal(whole, broken)


def test_rows_outside_the_batch_do_not_move():
    table = Embedding(5, 3, deviation=1.0)
    optimiser = torch.optim.SparseAdam(list(table.parameters()), lr=0.1)
    for rows in ([0, 1], [2, 3]):
        before = table.rows.weight.detach().clone()
        optimiser.zero_grad()
        table(torch.tensor(rows)).square().sum().backward()
        optimiser.step()
        moved = (table.rows.weight.detach() != before).any(1)
        assert moved.nonzero().flatten().tolist() == rows


def test_time_basis_is_complete_and_loops_close():
    for cyclic in (False, True):
        basis = time_basis(8, cyclic)
        assert torch.allclose(basis.T @ basis, torch.eye(8), atol=1e-5)
    table = ClipEmbedding([True], 32, 4)
    torch.nn.init.normal_(table.table.rows.weight)
    frames = table(torch.tensor([0]), torch.arange(32)[None])[0]
    steps = (frames - frames.roll(-1, 0)).norm(dim=1)
    assert steps[-1] < 3 * steps.median()


def test_a_constant_table_has_one_vector_a_clip():
    table = ClipEmbedding([True, False], 8, 4, constant=True)
    torch.nn.init.normal_(table.table.rows.weight)
    frames = table(torch.tensor([0, 1]), torch.arange(8).expand(2, 8))
    assert torch.allclose(frames, frames[:, :1].expand_as(frames), atol=1e-6)
    assert not torch.allclose(frames[0], frames[1])


def test_weights_draw_a_sequence_and_the_same_one_again(weights):
    engine = DnfEngine(weights, "cpu")
    request = GenerateRequest(seed=3, detail=64, frames=10, height=2.0)
    first = engine.generate(request, lambda *_: None)
    second = engine.generate(request, lambda *_: None)
    assert first.vertices.shape[0] == 10
    assert (first.vertices == second.vertices).all()
    assert abs(float(first.rest[:, 2].max() - first.rest[:, 2].min()) - 2.0) < 1e-4
    assert abs(float(first.rest[:, 2].min())) < 1e-5


def test_evaluation_takes_a_loop_from_where_its_file_began(weights, monkeypatch):
    engine, taken = DnfEngine(weights, "cpu"), []
    for first in (0, 3):
        monkeypatch.setattr(dnf, "calmest", lambda frames, first=first: first)
        made = engine.generate(GenerateRequest(seed=3, detail=64, fps=240.0), lambda *_: None)
        assert made.meta["begins"] == first / 8
        taken.append(made.vertices[moments_of(made)])
    moves = np.abs(taken[0] - taken[0][0]).max()
    assert np.abs(taken[0] - taken[1]).max() < 0.05 * moves
    assert np.abs(taken[0] - np.roll(taken[1], 3, axis=0)).max() > 0.2 * moves


def test_cancel_is_honoured_in_every_stage(weights):
    engine = DnfEngine(weights, "cpu")
    for wanted in ("load", "shape", "motion", "surface"):

        def stop(stage, step, total, wanted=wanted):
            if stage == wanted:
                raise Cancelled

        with pytest.raises(Cancelled):
            engine.generate(GenerateRequest(detail=64), stop)


def test_wrong_labels_name_the_right_ones(weights):
    engine = DnfEngine(weights, "cpu")
    for request, match in (
        (GenerateRequest(category="unicorn"), "quadruped"),
        (GenerateRequest(action="sing"), "walk"),
        (GenerateRequest(detail=100), "128"),
    ):
        with pytest.raises(ZoetropeError, match=match) as caught:
            engine.generate(request, lambda *_: None)
        assert caught.value.code == "bad_option"


@pytest.mark.parametrize(
    ("damage", "code"),
    [("flip", "weights_damaged"), ("remove", "weights_missing"), ("description", "weights_damaged")],
)
def test_damaged_weights_are_refused(weights, tmp_path, damage, code):
    import shutil

    folder = tmp_path / "weights"
    shutil.copytree(weights, folder)
    path = folder / ("model.json" if damage == "description" else "motion_field.safetensors")
    if damage == "remove":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises(ZoetropeError) as caught:
        load_bundle(folder)
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_gait_is_offered_as_a_loop_where_one_clip_is():
    data = tiny_run.prepared()
    walk = data.clips[0]
    one_way = dataclasses.replace(walk, cyclic=False, returns_to_start=False)
    hits = [dataclasses.replace(clip, action="hit") for clip in (one_way, one_way, walk)]
    clips = [one_way, one_way, walk, *hits]
    mixed = dataclasses.replace(data, clips=clips, actions=["hit", "walk"])
    (category,) = labels(mixed)
    assert [(a.name, a.cyclic, a.returns_to_start, a.clips) for a in category.actions] == [
        ("hit", False, False, 3),
        ("walk", True, True, 3),
    ]


def test_held_out_creatures_are_refused(library):
    from zoetrope.training.data.sources import refuse_held_out

    train = library.creatures("train", ("quadruped", "dinosaur"))
    refuse_held_out(library, train, "by_creature")
    for part in ("validation", "test"):
        with pytest.raises(ZoetropeError, match="held out"):
            refuse_held_out(library, library.creatures(part)[:1], "by_creature")


def test_shipped_weights_saw_no_held_out_creature(library):
    from zoetrope.engines import find_weights
    from zoetrope.engines.bundle import read_description
    from zoetrope.training.data.sources import refuse_held_out

    folder = find_weights()
    assert folder is not None, "the weights ship with the code"
    seen = read_description(folder).training["creatures"]
    assert seen
    refuse_held_out(library, [library.entries[file] for file in seen], "by_creature")


def test_a_loop_begins_at_its_calmest_frame():
    from zoetrope.engines.decoding import calmest

    angle = 2 * np.pi * np.arange(16) / 16
    place = np.sin(angle - 0.3 * np.sin(angle))[:, None, None] * np.ones((1, 4, 3))
    steps = np.abs(place - np.roll(place, 1, axis=0))[:, 0, 0]
    rolled = np.roll(place, -calmest(place), axis=0)
    assert np.isclose(np.abs(rolled[0] - rolled[-1]).max(), steps.min())
