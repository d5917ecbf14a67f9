"""Whole runs of HyperDiffusion on procedural creatures: what is shared, resumed, and refused."""

import json

import numpy as np
import pytest
import tiny_frames_run
import torch
import trimesh
from safetensors.torch import load_file, save_file
from zoetrope.engines.hyperdiffusion.engine import HyperDiffusionEngine
from zoetrope.engines.hyperdiffusion.weights import load_hyper_weights
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import CHECKSUMS, DESCRIPTION
from zoetrope.engines.weights.files import sha256
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
    projected = load_file(run / "tiny" / "projected.safetensors")
    assert projected["coefficients"].shape == (3, 2)
    stored = load_hyper_weights(hyper_weights).projection
    assert torch.allclose(stored.mean, projected["mean"], atol=1e-6)
    largest = projected["basis"].abs().amax(1, keepdim=True)
    assert ((stored.basis - projected["basis"]).abs() <= largest / 254 + 1e-7).all(), "8 bits"
    names = [path.stem for path in sorted((run / "mlps").glob("*.npz"))]
    fitted = torch.stack([torch.from_numpy(fits[name].weights) for name in names])
    back = projected["mean"] + projected["coefficients"] @ projected["basis"]
    assert (back - fitted).norm() < 0.2 * (fitted - fitted.mean(0)).norm()


def test_a_finished_run_is_not_trained_again(procedural_shared, hyper_weights):
    run = hyper_weights.parents[1]
    kept = ["*.npz", "../tiny/*.safetensors", "../occupancy/*.npz"]
    before = {path: path.stat().st_mtime_ns for one in kept for path in (run / "mlps").glob(one)}
    assert len(before) == 3 + 3 + 3
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


def test_another_projection_or_other_clips_in_the_same_run_are_refused(
    procedural_shared, hyper_weights, tmp_path, monkeypatch
):
    run, other = hyper_weights.parents[1], tmp_path / "other.toml"
    text = tiny_frames_run.HYPERDIFFUSION.replace("points = 20_000", "points = 30_000")
    other.write_text(text + tiny_frames_run.SAMPLES)
    with pytest.raises(ZoetropeError, match=r"projection\.points 20000, now 30000"):
        run_recipe(str(other), SharedSource(procedural_shared), run)
    other.write_text(tiny_frames_run.HYPERDIFFUSION + tiny_frames_run.SAMPLES)
    whole = SharedSource.creatures
    monkeypatch.setattr(SharedSource, "creatures", lambda self, recipe: whole(self, recipe)[:2])
    with pytest.raises(ZoetropeError, match="a run of other settings: clips"):
        run_recipe(str(other), SharedSource(procedural_shared), run)
    monkeypatch.setattr(SharedSource, "creatures", lambda self, recipe: whole(self, recipe)[:1])
    with pytest.raises(ZoetropeError, match="one clip"):
        run_recipe(str(other), SharedSource(procedural_shared), run)


@pytest.mark.parametrize(
    ("recipe", "settings", "message"),
    [
        (tiny_frames_run.HYPERDIFFUSION, "grid = 12", "not to a grid"),
        (tiny_frames_run.VOXELS.replace("grid = 12", "grid = 0"), "", "samples no grid"),
    ],
)
def test_samples_of_the_other_kind_are_refused(
    procedural_shared, tmp_path, monkeypatch, recipe, settings, message
):
    monkeypatch.setattr(tiny_frames_run, "SAMPLES", f"{tiny_frames_run.SAMPLES}{settings}\n")
    with pytest.raises(ZoetropeError, match=message) as error:
        tiny_frames_run.train(recipe, procedural_shared, tmp_path)
    assert error.value.remedy


def test_the_common_start_is_of_clips_that_no_split_holds_out(procedural_shared, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "zoetrope.training.hyperdiffusion.run.fit_clips",
        lambda samples, *_, start_from: seen.extend([samples, start_from]),
    )
    second = [False, True, False]
    monkeypatch.setattr(SharedSource, "held_out", lambda self, clips: second[: len(clips)])
    with pytest.raises(FileNotFoundError):  # there are no MLPs to go on with
        tiny_frames_run.train(tiny_frames_run.HYPERDIFFUSION, procedural_shared, tmp_path)
    samples, start_from = seen
    assert samples[1] not in start_from
    assert len(start_from) == len(samples) - 1


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
        (None, "action_order", [], "not in action_order"),
        (None, "categories", [], "has no categories"),
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


def with_tensors(folder, change):
    """Write a folder's tensors anew, changed, with the right checksums."""
    path = folder / NETWORKS
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    lines = [f"{sha256(folder / name)}  {name}\n" for name in (DESCRIPTION, NETWORKS)]
    (folder / CHECKSUMS).write_text("".join(lines))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.update(more=torch.zeros(3)),
        lambda t: t.pop("model.position"),
        lambda t: t.update({"projection.basis#scale": torch.ones(7)}),
        lambda t: t.update({"model.position": t["model.position"][:1].contiguous()}),
        lambda t: t.update({"model.position": torch.ones_like(t["model.position"]).to(torch.int8)}),
        lambda t: t["projection.mean"].fill_(float("nan")),
    ],
)
def test_tensors_that_do_not_fit_the_description_are_refused(hyper_weights, tmp_path, change):
    folder = copied(hyper_weights, tmp_path / "weights")
    with_tensors(folder, change)
    with pytest.raises(ZoetropeError, match="is damaged") as error:
        load_hyper_weights(folder)
    assert error.value.code == "weights_damaged"


def test_rest_poses_alone(procedural_shared, tmp_path):
    recipe = tiny_frames_run.HYPERDIFFUSION.replace("[field]", "[field]\ndimensions = 3")
    folder = tmp_path / "bodies"
    folder.mkdir()
    (folder / "recipe.toml").write_text(recipe + tiny_frames_run.SAMPLES.replace("frames = 6", "frames = 1"))
    weights = run_recipe(str(folder / "recipe.toml"), SharedSource(procedural_shared), folder / "run")
    engine = HyperDiffusionEngine(weights, "cpu")
    made = engine.generate_frames(GenerateRequest("quadruped", "rest", 1, detail=64), ignore_progress)
    assert len(made.frames) == 1
    assert trimesh.Trimesh(*made.frames[0], process=False).volume > 0.01


def test_several_processes_are_refused(procedural_shared, tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ZoetropeError, match="in one process"):
        run_recipe("hyperdiffusion", SharedSource(procedural_shared), tmp_path)


@pytest.mark.parametrize("recipe", [tiny_frames_run.HYPERDIFFUSION, tiny_frames_run.VOXELS])
@pytest.mark.parametrize(
    ("table", "setting", "message"),
    [
        ("diffusion", "sampling_steps = 1001", "sampling_steps is 1001, and must be 1 to 1000"),
        ("diffusion", "batch = 0", "batch is 0"),
        ("diffusion", "lr = nan", "lr is nan"),
        ("diffusion", "width = 9", "width"),
        ("samples", "frames = 300", "frames is 300"),
    ],
)
def test_a_refused_recipe_leaves_nothing(procedural_shared, tmp_path, recipe, table, setting, message):
    lines, key = recipe.splitlines(), setting.split(" ")[0]
    if f"[{table}]" not in lines:
        lines += tiny_frames_run.SAMPLES.splitlines()
    start = lines.index(f"[{table}]")
    lines = [line for i, line in enumerate(lines) if i <= start or not line.startswith(f"{key} =")]
    lines.insert(start + 1, setting)
    (tmp_path / "own.toml").write_text("\n".join(lines))
    with pytest.raises(ZoetropeError, match=message) as error:
        run_recipe(str(tmp_path / "own.toml"), SharedSource(procedural_shared), tmp_path / "run")
    assert (error.value.code, bool(error.value.remedy)) == ("bad_option", True)
    assert not (tmp_path / "run").exists()


def test_another_seed_in_the_same_folder_is_refused(procedural_shared, tmp_path):
    recipe = tiny_frames_run.VOXELS.replace("steps = 200", "steps = 1")
    tiny_frames_run.train(recipe, procedural_shared, tmp_path)
    with pytest.raises(ZoetropeError, match="seed 1, now 2"):
        tiny_frames_run.train(f"seed = 2\n{recipe}", procedural_shared, tmp_path)


@pytest.mark.parametrize(
    ("first", "name"), [("settings.json", "voxels"), ("grids", "shipped"), ("occupancy", "shipped")]
)
def test_the_folder_of_a_run_of_another_engine_is_refused(procedural_shared, tmp_path, first, name):
    (tmp_path / first).mkdir()
    with pytest.raises(ZoetropeError, match="a run of another engine") as error:
        run_recipe(name, SharedSource(procedural_shared), tmp_path)
    assert error.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == [first]
