"""Sources: the training part of the shared library without leaks; a folder of files with guessed labels."""

import dataclasses
import json
import os
import shutil
from collections import Counter

import numpy as np
import pytest
from gltf_builder import mesh_frames
from zoetrope.engines import create_engine
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import read_description
from zoetrope.engines.weights.folders import find_weights
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.writers import write_sequence
from zoetrope.training.data.preparation import prepare
from zoetrope.training.data.prepared_samples import load_prepared
from zoetrope.training.data.sources import (
    FolderSource,
    SharedSource,
    refuse_held_out,
    training_part,
)
from zoetrope.training.data.training_tokens import load_tokens, tokens_path
from zoetrope.training.recipe import DataRecipe

RECIPE = DataRecipe(frames=8, sdf_samples=2000, flow_points=200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two dogs as .glb (morph targets) and .anime, a broken file, mesh frames, and a text."""
    path = tmp_path_factory.mktemp("mine")
    (path / "Dogs").mkdir()
    engine = create_engine("procedural", None, "cpu")
    for seed, name in enumerate(("a.glb", "b.anime")):
        request = GenerateRequest("quadruped", "walk", seed, frames=9, detail=64, faces=None, texture=None)
        write_sequence(engine.generate(request, lambda *_: None), path / "Dogs" / name)
    (path / "broken.glb").write_bytes(b"glTF and nothing more")
    mesh_frames(path / "frames.glb")
    (path / "notes.txt").write_text("mine")
    return path


@pytest.fixture(scope="module")
def samples(folder, tmp_path_factory):
    """The prepared folder."""
    out = tmp_path_factory.mktemp("samples")
    prepare(FolderSource(folder), out, RECIPE, processes=1)
    return out


def test_files_of_a_folder_are_labelled_and_broken_ones_skipped(folder, caplog):
    found = FolderSource(folder).creatures(RECIPE)
    assert [entry.file for entry in found] == ["Dogs/a.glb", "Dogs/b.anime"]
    assert {entry.category for entry in found} == {"dogs"}
    assert "broken.glb" in caplog.text
    assert "frames.glb: its 3 meshes are shown one at a time" in caplog.text
    assert all(len(entry.clips) == 1 for entry in found)


def test_pipe_in_the_folder_is_skipped_and_not_waited_for(folder, tmp_path, caplog):
    shutil.copy(folder / "Dogs" / "b.anime", tmp_path)
    for name in ("a.glb", "c.anime"):
        os.mkfifo(tmp_path / name)
    assert [entry.file for entry in FolderSource(tmp_path).creatures(RECIPE)] == ["b.anime"]
    assert caplog.text.count("not a regular file") == 2


def test_names_that_are_not_unicode_are_prepared(folder, tmp_path):
    category, name = os.fsdecode(b"d\xff"), os.fsdecode(b"b\xff.anime")
    try:
        (tmp_path / category).mkdir()
    except OSError:
        pytest.skip("this file system takes only Unicode")
    shutil.copy(folder / "Dogs" / "b.anime", tmp_path / category / name)
    prepare(FolderSource(tmp_path), tmp_path / "samples", RECIPE, processes=1)
    data = load_prepared(tmp_path / "samples")
    assert data.categories == [category]
    assert data.creatures == [f"{category}/{name}"]


def test_files_whose_names_differ_by_a_folder_have_samples_of_their_own(folder, tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("a/b.anime", "a__b.anime"):
        shutil.copy(folder / "Dogs" / "b.anime", tmp_path / name)
    prepare(FolderSource(tmp_path), tmp_path / "samples", RECIPE, processes=1)
    data = load_prepared(tmp_path / "samples")
    assert sorted(data.creatures) == ["a/b.anime", "a__b.anime"]
    assert len(data.bodies) == 2


def test_other_creatures_in_a_prepared_folder_are_refused_before_anything_is_written(
    folder, samples, tmp_path
):
    (tmp_path / "Cats").mkdir()
    shutil.copy(folder / "Dogs" / "b.anime", tmp_path / "Cats" / "c.anime")
    before = {path: path.read_bytes() for path in samples.iterdir()}
    with pytest.raises(ZoetropeError, match=r"Cats/c\.anime is only among the new ones") as caught:
        prepare(FolderSource(tmp_path), samples, RECIPE, processes=1)
    assert "--out" in caught.value.remedy
    assert {path: path.read_bytes() for path in samples.iterdir()} == before


def test_prepared_folder_is_loaded(samples):
    data = load_prepared(samples)
    assert data.categories == ["dogs"]
    assert data.creatures == ["Dogs/a.glb", "Dogs/b.anime"]
    assert len(data.bodies) == 2
    assert np.isfinite(data.offsets.numpy()).all()
    assert float(data.offsets.abs().max()) > 0.005
    assert data.rigid.shape == (2, 8, 4, 4)


def test_samples_of_other_settings_are_not_mixed(folder, samples):
    source, settings = FolderSource(folder), samples / "recipe.json"
    with pytest.raises(ZoetropeError, match="other settings"):
        prepare(source, samples, dataclasses.replace(RECIPE, frames=16), processes=1)
    older = json.loads(settings.read_text())
    del older["open_meshes"]
    settings.write_text(json.dumps(older))
    with pytest.raises(ZoetropeError, match="other settings"):
        prepare(source, samples, dataclasses.replace(RECIPE, open_meshes=True), processes=1)
    prepare(source, samples, RECIPE, processes=1)
    assert "open_meshes" in json.loads(settings.read_text())


def test_files_of_other_categories_are_named(folder, caplog):
    cats = dataclasses.replace(RECIPE, categories=("cats",))
    with pytest.raises(ZoetropeError, match=r"takes only cats; .* holds a\.glb \(dogs\)") as caught:
        FolderSource(folder).creatures(cats)
    assert "sub-folders" in caught.value.remedy
    assert "skipped: a.glb (dogs), b.anime (dogs)" in caplog.text


def test_unusable_folder_is_reported(tmp_path):
    with pytest.raises(ZoetropeError, match="no folder"):
        FolderSource(tmp_path / "none").creatures(RECIPE)
    (tmp_path / "bad.glb").write_bytes(b"")
    with pytest.raises(ZoetropeError, match=r"bad\.glb"):
        FolderSource(tmp_path).creatures(RECIPE)


@pytest.fixture(scope="module")
def source(library):
    return SharedSource(library.folder.parent.parent)


def clip_count(entries):
    return sum(len(entry.usable_clips) for entry in entries)


def test_split_by_creature_gives_all_usable_clips_of_its_training_creatures(library, source):
    creatures = source.creatures(DataRecipe())
    files = library.splits["by_creature"]["train"]
    assert sorted(entry.file for entry in creatures) == sorted(files)
    assert (len(creatures), clip_count(creatures)) == (119, 995)
    categories = Counter(entry.category for entry in creatures)
    assert set(categories) == {entry.category for entry in library.entries.values()}, "none is held out whole"
    assert categories["humanoid"] == 11
    assert all(entry.recommended and entry.usable_clips for entry in creatures)


def test_split_by_clip_gives_the_clips_of_its_training_part(library, source):
    creatures = source.creatures(DataRecipe(split="by_clip"))
    found = {(entry.file, clip.name) for entry in creatures for clip in entry.usable_clips}
    assert found == {(file, name) for file, name in library.splits["by_clip"]["train"]}
    assert len(found) == clip_count(creatures) == 991


def test_licence_text_can_be_required(library, source):
    with_text = source.creatures(DataRecipe(licence_text=True))
    assert all(entry.licence_text for entry in with_text)
    files = library.splits["by_creature"]["train"]
    assert len(with_text) == sum(library.entries[file].licence_text for file in files)
    assert 0 < len(with_text) < len(files)


def test_unknown_category_is_reported(source):
    with pytest.raises(ZoetropeError, match="unicorn"):
        source.creatures(DataRecipe(categories=("unicorn",)))


def test_held_out_creatures_and_clips_are_refused(library):
    refuse_held_out(library, library.creatures("train"), "by_creature")
    for part in ("validation", "test"):
        with pytest.raises(ZoetropeError, match="held out"):
            refuse_held_out(library, library.creatures(part)[:1], "by_creature")
    file, name = library.splits["by_clip"]["test"][0]
    leaked = library.entries[file]
    assert any(clip.name == name for clip in leaked.clips)
    with pytest.raises(ZoetropeError, match="held out"):
        refuse_held_out(library, [leaked], "by_clip")


@pytest.fixture(scope="module")
def whole_part(library):
    """The training part of the split by creature with the open meshes."""
    return training_part(library, "by_creature", True)


def test_open_meshes_are_added_to_the_training_part(library, whole_part):
    in_split = {entry.file for entry in library.creatures("train")}
    added = [entry for entry in whole_part if entry.file not in in_split]
    assert {entry.file for entry in added} == {
        entry.file for entry in library.entries.values() if not entry.recommended
    }
    assert (len(added), sum(entry.category == "fish" for entry in added)) == (21, 11)
    assert all(entry.usable_clips for entry in added)
    in_any_part = {file for files in library.splits["by_creature"].values() for file in files}
    assert not in_any_part & {entry.file for entry in added}


def test_shipped_weights_were_trained_within_the_training_part(library, whole_part):
    weights = find_weights()
    assert weights is not None, "the weights ship with the code"
    training = read_description(weights).training
    clips = {entry.file: {clip.name for clip in entry.usable_clips} for entry in whole_part}
    assert set(training["creatures"]) == set(clips)
    refuse_held_out(library, [library.entries[file] for file in training["creatures"]], "by_creature")
    tokens = load_tokens(tokens_path(weights))
    pairs = zip(tokens.motion_creature.tolist(), tokens.motion_clip.tolist(), strict=True)
    assert not [(file, name) for file, name in pairs if name not in clips[file]]
