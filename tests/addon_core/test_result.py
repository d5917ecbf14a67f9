"""The result file: what is read, and what is refused before Blender sees it."""

import json

import numpy as np
import pytest

from blender_addon.core.result import Result, ResultError

from .conftest import ROOT

RECORDED = ROOT / "tests/addon/recorded.npz"


@pytest.fixture
def arrays():
    """The recorded result's arrays; the header as a dict."""
    with np.load(RECORDED) as data:
        content = {name: data[name] for name in data.files}
    return {**content, "meta": json.loads(str(content["meta"]))}


@pytest.fixture
def read(tmp_path):
    """A function that writes arrays to a file and reads it."""

    def write_and_read(arrays):
        path = tmp_path / "result.npz"
        np.savez(path, **{**arrays, "meta": np.array(json.dumps(arrays["meta"]))})
        return Result(path)

    return write_and_read


def test_arrays_tokens_and_header_are_read(arrays):
    result = Result(RECORDED)
    assert result.vertices.shape == (20, len(result.rest), 3)
    assert (result.faces.dtype, result.vertices.dtype) == (np.int32, np.float32)
    assert np.array_equal(result.vertices, arrays["vertices"])
    assert set(result.tokens) == {"shape", "motion"}
    assert result.cyclic
    assert result.name == "Quadruped_walk_5"


def test_a_creature_without_labels_has_a_name(arrays, read):
    arrays["meta"] |= {"category": None, "action": None, "meta": {}}
    assert read(arrays).name == "Creature_motion_0"


def spoil(arrays, what):
    """Arrays with one fault."""
    if what == "no frames":
        return {**arrays, "vertices": arrays["vertices"][:0]}
    if what == "no faces":
        return {**arrays, "faces": arrays["faces"][:0]}
    if what == "a face beyond the vertices":
        return {**arrays, "faces": arrays["faces"] + 1}
    if what == "a negative index":
        return {**arrays, "faces": arrays["faces"] - 1}
    if what == "quadrilaterals":
        return {**arrays, "faces": np.zeros((4, 4), np.int32)}
    if what == "too few colours":
        return {**arrays, "colours": arrays["colours"][:-1]}
    if what == "a vertex that is not a number":
        vertices = arrays["vertices"].copy()
        vertices[3, 7, 1] = np.nan
        return {**arrays, "vertices": vertices}
    if what == "no header entry":
        return {**arrays, "meta": {}}
    return {name: value for name, value in arrays.items() if name != "rest"}


@pytest.mark.parametrize(
    "what",
    [
        "no frames",
        "no faces",
        "a face beyond the vertices",
        "a negative index",
        "quadrilaterals",
        "too few colours",
        "a vertex that is not a number",
        "no header entry",
        "an array that is missing",
    ],
)
def test_a_faulty_result_is_refused(arrays, read, what):
    with pytest.raises(ResultError, match="could not be read"):
        read(spoil(arrays, what))


def test_a_pickle_is_refused(arrays, read):
    with pytest.raises(ResultError):
        read({**arrays, "rest": np.array([{"a": 1}], dtype=object)})


@pytest.mark.parametrize("content", [b"", b"not an archive", RECORDED.read_bytes()[:2000]])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "result.npz"
    path.write_bytes(content)
    with pytest.raises(ResultError):
        Result(path)
