"""Donors on disk: what is stored is read again within the stated error; damage is told in one sentence."""

import json
from dataclasses import replace

import animator_rig
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.donors.build import build_donor, read_sources, title_of, with_unique_titles, write_donors
from zoetrope.rigs.donors.files import ARRAYS, DESCRIPTION, quantised_weights
from zoetrope.rigs.donors.library import load_donors, weights_checksum
from zoetrope.rigs.skeleton import SkinWeights


def donor(name="q_farm2018__Test_Cow", category="quadruped"):
    """A donor with tokens and colours of its own."""
    rig = animator_rig.asset(animator_rig.walker())
    rng = np.random.default_rng(len(name))
    rig = replace(rig, face_colours=rng.random(rig.face_colours.shape).astype(np.float32))
    rig = animator_rig.with_weights(rig, {"FrontFoot.L": 0.3, "Head": 0.123}, to="Shoulders")
    tokens = rng.normal(size=20).astype(np.float16)
    return build_donor(rig, name, tokens, category=category, height=1.4, author="Somebody", licence="CC0-1.0")


@pytest.fixture
def folder(tmp_path):
    """A folder of weights with two donors."""
    (tmp_path / "checksums").write_text(f"{'0' * 64}  model.json\n")
    write_donors(tmp_path, [donor("b__Bird", "winged"), donor("a__Cow_Brown")], weights_checksum(tmp_path))
    return tmp_path


def code_of(action):
    """Return the code of the error that an action raises; its text is one sentence with a remedy."""
    with pytest.raises(ZoetropeError) as caught:
        action()
    assert caught.value.remedy
    assert caught.value.message.count(". ") == 0
    return caught.value.code


def read_all(folder):
    """Read every donor."""
    library = load_donors(folder)
    return [library[name] for name in library.names]


def test_donors_are_read_as_they_were_written(folder):
    library = load_donors(folder)
    assert library.names == ("a__Cow_Brown", "b__Bird")
    for written in (donor("b__Bird", "winged"), donor("a__Cow_Brown")):
        read = library[written.name]
        for name in ("name", "title", "category", "author", "licence", "height"):
            assert getattr(read, name) == getattr(written, name)
        assert np.abs(read.rest - written.rest).max() < 2e-5
        assert np.array_equal(read.faces, written.faces)
        assert np.abs(read.colours - written.colours).max() < 0.0021
        assert read.skeleton.names == written.skeleton.names
        assert np.array_equal(read.skeleton.parents, written.skeleton.parents)
        assert np.abs(read.skeleton.heads - written.skeleton.heads).max() < 1e-6
        assert np.abs(read.skeleton.tails - written.skeleton.tails).max() < 1e-6
        joints = len(read.skeleton.names)
        assert np.abs(read.weights.dense(joints) - written.weights.dense(joints)).max() < 0.004
        assert np.array_equal(read.shape_tokens, written.shape_tokens)
    assert [one.title for one in library.of_category("quadruped")] == ["Cow Brown"]
    assert library.of_category("fish") == []
    with pytest.raises(KeyError):
        library["c__None"]


@given(arrays(np.float64, (7, 4), elements=st.floats(0.0, 1.0)))
def test_stored_weights_sum_to_one_and_are_within_a_step(raw):
    weights = SkinWeights.from_dense(raw + np.array([1e-3, 0, 0, 0]))
    steps = quantised_weights(weights)
    assert (steps.sum(axis=1) == 255).all()
    assert np.abs(steps / 255 - weights.values).max() < 1 / 255
    assert steps.min() >= 0


def test_two_builds_are_equal_byte_for_byte(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write_donors(other, [donor("a__Cow_Brown"), donor("b__Bird", "winged")], weights_checksum(folder))
    for name in (ARRAYS, DESCRIPTION):
        assert (other / name).read_bytes() == (folder / name).read_bytes()


def test_the_description_alone_is_read_at_first(folder):
    (folder / ARRAYS).write_bytes(b"")
    library = load_donors(folder)
    assert [entry.category for entry in library.entries] == ["quadruped", "winged"]
    assert code_of(lambda: library["b__Bird"]) == "weights_damaged"


@pytest.mark.parametrize("name", [ARRAYS, DESCRIPTION, "checksums"])
def test_a_missing_file_is_told(folder, name):
    (folder / name).unlink()
    assert code_of(lambda: load_donors(folder)) == "weights_missing"


def test_donors_of_other_weights_are_refused(folder):
    (folder / "checksums").write_text(f"{'1' * 64}  model.json\n")
    assert code_of(lambda: load_donors(folder)) == "weights_damaged"


@pytest.mark.parametrize("at", [0, 9, -1])
def test_a_changed_byte_of_the_arrays_is_noticed(folder, at):
    data = bytearray((folder / ARRAYS).read_bytes())
    data[at] ^= 1
    (folder / ARRAYS).write_bytes(data)
    assert code_of(lambda: read_all(folder)) == "weights_damaged"


def change(folder, **values):
    """Change values of the first donor in the description."""
    description = json.loads((folder / DESCRIPTION).read_text())
    description["donors"][0] |= values
    (folder / DESCRIPTION).write_text(json.dumps(description))


@pytest.mark.parametrize(
    "values",
    [
        {"vertices": 10**9},
        {"vertices": 7},
        {"faces": -1},
        {"faces": 5},
        {"influences": 3},
        {"tokens": 10**12},
        {"height": -1.0},
        {"height": "tall"},
        {"name": "b__Bird"},
        {"joints": ["root"] * 26},
        {"parents": [0] * 26},
        {"parents": []},
        {"joints": None},
    ],
)
def test_a_description_that_contradicts_itself_or_the_arrays_is_refused(folder, values):
    change(folder, **values)
    assert code_of(lambda: read_all(folder)) == "weights_damaged"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '"' + "x" * 100, "[" * 100_000])
def test_a_description_that_is_none_is_refused(folder, text):
    (folder / DESCRIPTION).write_text(text)
    assert code_of(lambda: load_donors(folder)) == "weights_damaged"


def test_a_later_format_is_refused(folder):
    description = json.loads((folder / DESCRIPTION).read_text())
    (folder / DESCRIPTION).write_text(json.dumps(description | {"format": 2}))
    assert code_of(lambda: load_donors(folder)) == "weights_damaged"


def test_titles_are_what_people_say():
    assert title_of("q_uaa2021__Horse_White") == "Horse White"
    assert title_of("q_animals2021__ShibaInu") == "Shiba Inu"
    assert title_of("dog") == "dog"


def test_creatures_of_a_category_with_one_title_are_numbered():
    same = [donor("b__Wolf"), donor("a__Wolf"), donor("c__Wolf", "blob")]
    assert [one.title for one in with_unique_titles(same)] == ["Wolf", "Wolf 2", "Wolf"]


def test_sources_need_a_manifest(tmp_path):
    assert code_of(lambda: read_sources(tmp_path)) == "bad_option"
    (tmp_path / "data" / "creatures").mkdir(parents=True)
    manifest = {"files": [{"file": "a.glb", "author": "A", "licence": "CC0-1.0"}]}
    (tmp_path / "data" / "creatures" / "manifest.json").write_text(json.dumps(manifest))
    assert read_sources(tmp_path)["a.glb"].author == "A"
