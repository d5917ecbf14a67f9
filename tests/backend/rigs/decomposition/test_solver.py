"""The package that solves the small problem."""

import sys

import numpy as np
import pytest
from moving_tube import moving_tube
from zoetrope.errors import ZoetropeError
from zoetrope.rigs.decomposition.solver import decompose_small


def test_a_system_without_the_package_gets_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "py_dem_bones", None)
    known = moving_tube(4)
    with pytest.raises(ZoetropeError, match="py-dem-bones") as caught:
        decompose_small(known.rest, known.faces, known.frames, 3, lambda *_: None)
    assert caught.value.code == "bad_option"
    assert "Base Python" in caught.value.remedy


def test_more_bones_than_vertices_are_no_trouble():
    rest = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    faces = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
    frames = rest + np.linspace(0, 1, 5)[:, None, None] * [[0.0, 0.0, 1.0]]
    weights, transforms = decompose_small(rest, faces, frames, 12, lambda *_: None)
    assert np.allclose(weights.sum(axis=1), 1.0)
    points = np.column_stack([rest, np.ones(4)])
    moved = np.einsum("vb,tbac,vc->tva", weights, transforms, points)
    assert np.abs(moved - frames).max() < 1e-6


def test_faces_that_are_single_points_are_no_trouble():
    known = moving_tube(4)
    faces = np.repeat(known.faces[:, :1], 3, axis=1)
    weights, _ = decompose_small(known.rest, faces, known.frames, 3, lambda *_: None)
    assert np.allclose(weights.sum(axis=1), 1.0)
