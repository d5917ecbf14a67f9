"""A creature's file that was changed after it was sampled is noticed, by every kind of samples."""

import numpy as np
import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.training.data.occupancy_samples import OccupancyRecipe, prepare_occupancy
from zoetrope.training.data.preparation import prepare
from zoetrope.training.data.source_checksum import KEY, refuse_changed_sources, source_checksum
from zoetrope.training.data.sources import FolderSource, SharedSource
from zoetrope.training.recipe import DataRecipe

RECIPE = DataRecipe(frames=4, sdf_samples=500, flow_points=50)
OCCUPANCY = OccupancyRecipe(frames=2, uniform=50, near=50)


@pytest.fixture
def folder(procedural_shared, tmp_path):
    """A creature of one's own."""
    creatures = SharedSource(procedural_shared)
    entry = creatures.creatures(RECIPE)[0]
    path = tmp_path / "mine" / "dog.glb"
    path.parent.mkdir()
    path.write_bytes(creatures.path(entry).read_bytes())
    return path.parent


def prepare_flow(source, out):
    prepare(source, out, RECIPE, processes=1)


def prepare_points(source, out):
    prepare_occupancy(source, source.creatures(RECIPE), out, OCCUPANCY, processes=1)


@pytest.mark.parametrize("sample", [prepare_flow, prepare_points])
def test_a_changed_file_is_refused_and_its_samples_stay(folder, tmp_path, sample):
    source, out = FolderSource(folder), tmp_path / "out"
    sample(source, out)
    (samples, *_) = sorted(out.glob("*.npz"))
    before = samples.read_bytes()
    sample(source, out)
    path = folder / "dog.glb"
    path.write_bytes(path.read_bytes() + b"\0\0\0\0")
    with pytest.raises(ZoetropeError, match=r"dog\.glb was changed after it was sampled") as error:
        sample(source, out)
    assert error.value.remedy
    assert samples.read_bytes() == before
    sample(source, tmp_path / "another")


def test_the_bin_of_a_gltf_counts(tmp_path):
    for name in ("a.gltf", "a.bin", "b.bin"):
        (tmp_path / name).write_text(name)
    first = source_checksum(tmp_path / "a.gltf")
    (tmp_path / "b.bin").write_text("another creature's")
    assert source_checksum(tmp_path / "a.gltf") == first
    (tmp_path / "a.bin").write_text("changed")
    assert source_checksum(tmp_path / "a.gltf") != first


def test_samples_of_earlier_versions_are_taken(tmp_path):
    np.savez(tmp_path / "old.npz", near=np.zeros(3))
    refuse_changed_sources([(tmp_path / "a.glb", tmp_path / "old.npz")])
    np.savez(tmp_path / "new.npz", **{KEY: np.array(0, np.uint32)})
    (tmp_path / "a.glb").write_text("changed")
    with pytest.raises(ZoetropeError, match="was changed"):
        refuse_changed_sources([(tmp_path / "a.glb", tmp_path / "new.npz")])
