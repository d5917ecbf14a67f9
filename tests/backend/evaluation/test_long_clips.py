"""Stretches of long motion, measured one by one."""

import numpy as np
import pytest
import trimesh
from zoetrope.evaluation.long_clips import Stretch, kind_of, stretches, tables

FPS = 24.0


@pytest.fixture(scope="module")
def box():
    mesh = trimesh.creation.box((1.0, 1.0, 1.0)).subdivide()
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


def swinging(rest, amplitude, offset):
    """Two seconds of a swing along x at one hertz, about an offset."""
    t = np.arange(48) / FPS
    moved = np.zeros((48, 1, 3))
    moved[:, 0, 0] = amplitude * np.sin(2 * np.pi * t) + offset
    return rest[None] + moved


def test_decay_and_drift_are_seen(box):
    rest, faces = box
    size = 3**0.5
    frames = np.concatenate([swinging(rest, 0.2, 0.0), swinging(rest, 0.02, 0.5)])
    lively, calm = stretches(rest, faces, frames, FPS, 2)
    assert lively.moved == pytest.approx(0.4 / size, rel=0.02)
    assert calm.moved == pytest.approx(0.1 * lively.moved, rel=1e-6)
    assert calm.jerk == pytest.approx(0.1 * lively.jerk, rel=1e-6)
    assert lively.jerk == pytest.approx(0.2 * (2 * np.pi) ** 3 * 2 / np.pi / size, rel=0.05)
    assert lively.drift == 0
    assert calm.drift == pytest.approx(0.5 / size, rel=1e-6)
    assert lively.volume_change == pytest.approx(0, abs=1e-9)


def test_swelling_and_stretching_are_seen(box):
    rest, faces = box
    frames = np.concatenate([np.repeat(rest[None], 8, 0), np.repeat(1.1 * rest[None], 8, 0)])
    same, swollen = stretches(rest, faces, frames, FPS, 2)
    assert same.edge_change == same.volume_change == 0
    assert swollen.edge_change == pytest.approx(np.log(1.1), rel=1e-6)
    assert swollen.volume_change == pytest.approx(1.1**3 - 1, rel=1e-6)


def test_a_row_a_window_and_one_of_real_clips():
    still, lively = Stretch(7.0, 0.1, 0.1, 0.001, 0.0), Stretch(9.0, 0.1, 0.1, 0.2, 0.0)
    drawn = [("loop", [lively, still]), ("loop", [lively, lively]), ("end", [still, still])]
    text = "\n".join(tables(drawn, {"loop": [lively], "return": [], "end": []}))
    assert text.count("| 1 |") == text.count("| 2 |") == 2, "loops and ends; nothing returned"
    assert text.count("real clips") == 1
    assert "1 of 2" in text
    assert "2 of 2" not in text
    assert "1 of 1" in text


def test_kinds():
    assert [kind_of(True, True), kind_of(False, True), kind_of(False, False)] == ["loop", "return", "end"]
