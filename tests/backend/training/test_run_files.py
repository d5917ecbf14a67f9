"""A damaged file of a run folder is named, with what to do about it."""

import numpy as np
import pytest
import tiny_frames_run
from torch import nn
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.occupancy_samples import load_clip
from zoetrope.training.data.prepared_samples import load_prepared
from zoetrope.training.hyperdiffusion.fit_clips import load_fit
from zoetrope.training.optimisation.checkpoints import load_checkpoint, save_checkpoint
from zoetrope.training.optimisation.stopwatch import FILE, Stopwatch


def checkpoint(path):
    return load_checkpoint(path, {"model": nn.Linear(2, 2)}, {})


def prepared(path):
    return load_prepared(path.parent)


READERS = {
    "seconds.json": lambda path: Stopwatch(path.parent),
    "clip.npz": load_clip,
    "mlp.npz": load_fit,
    "stage.safetensors": checkpoint,
    "index.json": prepared,
}


def write(path):
    """Write a whole file of a kind."""
    if path.name == FILE:
        with Stopwatch(path.parent).part("a"):
            pass
    elif path.suffix == ".npz":
        np.savez(path, near=np.zeros((1, 8, 3)), weights=np.zeros(2), iou=np.array(1.0))
    elif path.suffix == ".safetensors":
        save_checkpoint(path, 3, {"model": nn.Linear(2, 2)}, {})
    else:
        path.write_text('{"bodies": []}')


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"[[1]]", lambda data: b"\xff" * 40]
)
def test_a_damaged_file_is_named(tmp_path, name, damage):
    path = tmp_path / name
    write(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ZoetropeError, match="is damaged") as caught:
        READERS[name](path)
    assert str(path) in str(caught.value)
    assert (caught.value.code, bool(caught.value.remedy)) == ("bad_option", True)


def test_a_checkpoint_of_other_sizes_is_not_called_damaged(tmp_path):
    path = tmp_path / "stage.safetensors"
    save_checkpoint(path, 3, {"model": nn.Linear(2, 2)}, {})
    assert checkpoint(path) == 3
    with pytest.raises(ZoetropeError, match="other settings"):
        load_checkpoint(path, {"model": nn.Linear(3, 3)}, {})


def test_a_damaged_part_of_a_run_is_made_anew_once_it_is_deleted(procedural_shared, tmp_path):
    recipe = tiny_frames_run.VOXELS.replace("steps = 200", "steps = 1")
    weights = tiny_frames_run.train(recipe, procedural_shared, tmp_path)
    before = (weights / "checksums").read_text()
    sample = next((tmp_path / "run" / "grids").glob("*.npz"))
    sample.write_bytes(sample.read_bytes()[:200])
    with pytest.raises(ZoetropeError, match="is damaged"):
        tiny_frames_run.train(recipe, procedural_shared, tmp_path)
    sample.unlink()
    assert tiny_frames_run.train(recipe, procedural_shared, tmp_path) == weights
    assert (weights / "checksums").read_text() == before
