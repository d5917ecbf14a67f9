"""A preview's file: read whole, or refused."""

import known_creature
import numpy as np
import pytest

from blender_addon.core.body.preview_body import PreviewBody
from blender_addon.core.result import ResultError

REQUEST = {"seed": 1, "palette": None, "proportions": {"legs": 1.2}, "proportions_seed": None}


@pytest.fixture
def content(tmp_path):
    """The arrays of a preview."""
    with np.load(known_creature.RECORDED) as recorded:
        known_creature.save_preview(tmp_path / "result.npz", dict(recorded), REQUEST)
    with np.load(tmp_path / "result.npz") as data:
        return dict(data)


def read(tmp_path, content):
    np.savez(tmp_path / "changed.npz", **content)
    return PreviewBody(tmp_path / "changed.npz")


def test_it_has_a_mesh_and_colours(tmp_path, content):
    body = read(tmp_path, content)
    assert np.array_equal(body.rest, content["rest"])
    assert np.array_equal(body.faces, content["faces"])
    assert body.colours.shape == body.rest.shape


@pytest.mark.parametrize(
    "change",
    [
        {"faces": np.array([[0, 1, 10**6]])},
        {"faces": np.zeros((0, 3), int)},
        {"faces": np.array([[0, 1, -1]])},
        {"rest": np.zeros((0, 3))},
        {"rest": np.full((4, 3), np.nan), "colours": np.zeros((4, 3)), "faces": np.array([[0, 1, 2]])},
        {"colours": np.zeros((2, 3))},
        {"colours": np.full((4, 3), np.nan), "rest": np.zeros((4, 3)), "faces": np.array([[0, 1, 2]])},
    ],
)
def test_what_would_harm_blender_is_refused(tmp_path, content, change):
    with pytest.raises(ResultError, match="could not be read"):
        read(tmp_path, {**content, **change})


def test_a_file_that_is_gone_or_no_archive_is_refused(tmp_path):
    with pytest.raises(ResultError):
        PreviewBody(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(ResultError):
        PreviewBody(tmp_path / "text.npz")
