"""A folder of one's own becomes training data: labels from names, damaged files named, nothing else asked."""

import dataclasses
import json

import numpy as np
import pytest
from zoetrope.engines import create_engine
from zoetrope.engines.base import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.writers import write_sequence
from zoetrope.training.data.preparation import prepare
from zoetrope.training.data.prepared import load_prepared
from zoetrope.training.data.sources import BROKEN, FolderSource, SharedSource, refuse_held_out
from zoetrope.training.recipe import DataRecipe, load_recipe

RECIPE = DataRecipe(categories=(), bodies=2, frames=8, sdf_samples=2000, flow_points=200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two dogs as .glb (morph targets) and .anime, a file that is none, and a text."""
    where = tmp_path_factory.mktemp("mine")
    (where / "Dogs").mkdir()
    engine = create_engine("procedural", None, "cpu")
    for seed, name in enumerate(("a.glb", "b.anime")):
        made = engine.generate(
            GenerateRequest("quadruped", "walk", seed, frames=9, detail=64), lambda *_: None
        )
        write_sequence(made, where / "Dogs" / name)
    (where / "broken.glb").write_bytes(b"glTF and nothing more")
    (where / "notes.txt").write_text("mine")
    return where


def test_files_are_found_and_labelled(folder, caplog):
    found = FolderSource(folder).creatures(RECIPE)
    assert [entry.file for entry in found] == ["Dogs/a.glb", "Dogs/b.anime"]
    assert {entry.category for entry in found} == {"dogs"}
    assert "broken.glb" in caplog.text
    assert all(len(entry.clips) == 1 for entry in found)


def test_its_samples_can_be_trained_on(folder, tmp_path):
    prepare(FolderSource(folder), tmp_path, RECIPE, processes=1)
    data = load_prepared(tmp_path)
    assert data.categories == ["dogs"]
    assert len(data.bodies) == 3 + 1, "the .anime has no joints, and so its own body alone"
    assert np.isfinite(data.offsets.numpy()).all()
    assert float(data.offsets.abs().max()) > 0.005
    assert data.rigid.shape == (2, 8, 4, 4)


def test_samples_of_other_settings_are_not_mixed(folder, tmp_path):
    source = FolderSource(folder)
    prepare(source, tmp_path, RECIPE, processes=1)
    with pytest.raises(ZoetropeError, match="other settings"):
        prepare(source, tmp_path, dataclasses.replace(RECIPE, frames=16), processes=1)
    told = json.loads((tmp_path / "recipe.json").read_text())
    del told["open_meshes"]
    (tmp_path / "recipe.json").write_text(json.dumps(told))
    prepare(source, tmp_path, RECIPE, processes=1)
    with pytest.raises(ZoetropeError, match="other settings"):
        prepare(source, tmp_path, dataclasses.replace(RECIPE, open_meshes=True), processes=1)


def test_what_cannot_be_trained_on_is_said(tmp_path):
    with pytest.raises(ZoetropeError, match="no folder"):
        FolderSource(tmp_path / "none").creatures(RECIPE)
    (tmp_path / "bad.glb").write_bytes(b"")
    with pytest.raises(ZoetropeError, match=r"bad\.glb"):
        FolderSource(tmp_path).creatures(RECIPE)


def test_licence_and_split_choose_the_shared_creatures(library):
    source = SharedSource(library.folder.parent.parent)
    every = source.creatures(dataclasses.replace(load_recipe("shipped").data, open_meshes=False))
    assert len(every) == 95
    assert sum(len(entry.usable_clips) for entry in every) == 692
    with_text = source.creatures(DataRecipe(categories=(), licence_text=True))
    assert 0 < len(with_text) < 95
    assert all(entry.licence_text for entry in with_text)
    by_clip = source.creatures(DataRecipe(categories=(), split="by_clip"))
    assert sum(len(entry.usable_clips) for entry in by_clip) == 688
    file, name = library.splits["by_clip"]["test"][0]
    leaked = [library.entries[file]]
    assert any(clip.name == name for clip in leaked[0].clips)
    with pytest.raises(ZoetropeError, match="held out"):
        refuse_held_out(library, leaked, "by_clip")
    with pytest.raises(ZoetropeError, match="unicorn"):
        source.creatures(DataRecipe(categories=("unicorn",)))


def test_open_meshes_join_the_training_part(library):
    source = SharedSource(library.folder.parent.parent)
    fish = DataRecipe(categories=("fish",))
    plain = source.creatures(fish)
    more = source.creatures(dataclasses.replace(fish, open_meshes=True))
    added = [entry for entry in more if entry not in plain]
    assert len(more) == len(plain) + len(added)
    assert {entry.file for entry in added} == {
        entry.file for entry in library.entries.values() if entry.category == "fish" and not entry.recommended
    }
    assert len(added) == 11
    kinds = source.creatures(DataRecipe(categories=("quadruped",), open_meshes=True))
    assert not any(entry.file in BROKEN for entry in kinds)
    assert all(entry.usable_clips for entry in added)
    listed = {file for part in library.splits["by_creature"].values() for file in part}
    assert not listed & {entry.file for entry in added}
