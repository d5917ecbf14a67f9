"""What finding bones refuses, each in one sentence with a remedy, and the file that it writes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from moving_tube import moving_tube
from zoetrope.engines.animate import decomposition
from zoetrope.engines.animate.decomposition import VertexAnimation, check, find_bones, save_bones
from zoetrope.errors import ZoetropeError

KNOWN = moving_tube(6)
GOOD = VertexAnimation(KNOWN.rest, KNOWN.faces, KNOWN.frames.astype(np.float32))


def with_nan():
    frames = GOOD.frames.copy()
    frames[3, 7, 1] = np.nan
    return frames


class Many:
    """An array of a shape that no test could hold in memory."""

    def __init__(self, *shape):
        self.shape, self.ndim = shape, len(shape)

    def __len__(self):
        return self.shape[0]


BAD = {
    "Nothing moves": {"frames": np.repeat(GOOD.frames[:1], 4, axis=0)},
    "number of vertices changes": {"frames": GOOD.frames[:, :-1]},
    "has 1 frames": {"frames": GOOD.frames[:1]},
    "not a number": {"frames": with_nan()},
    "3 vertices": {"rest": GOOD.rest[:3], "frames": GOOD.frames[:, :3], "faces": np.array([[0, 1, 2]])},
    "0 faces": {"faces": np.zeros((0, 3), int)},
    "5,000,000 vertices": {"rest": Many(5_000_000, 3), "frames": Many(6, 5_000_000, 3)},
    "face names a vertex": {"faces": GOOD.faces + 1},
    "single points": {"faces": np.repeat(GOOD.faces[:, :1], 3, axis=1)},
    "100,000 times its size": {"frames": GOOD.frames + 1e8 * np.arange(6, dtype=np.float32)[:, None, None]},
    "in one place": {"rest": np.zeros_like(GOOD.rest)},
}


def test_a_moving_mesh_passes():
    check(GOOD)


@pytest.mark.parametrize(("text", "change"), BAD.items(), ids=BAD)
def test_what_has_no_bones_is_refused(text, change):
    with pytest.raises(ZoetropeError, match=text) as caught:
        check(replace(GOOD, **change))
    assert caught.value.code == "bad_mesh"
    assert caught.value.remedy


def test_what_the_memory_cannot_hold_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(decomposition, "available_memory", lambda: 10_000_000)
    with pytest.raises(ZoetropeError, match="GB of memory") as caught:
        check(replace(GOOD, frames=Many(*GOOD.frames.shape)))
    assert caught.value.code == "out_of_memory"


@pytest.mark.parametrize("wanted", [(None, None), (3, 0.1)])
def test_either_bones_or_a_tolerance_is_wanted(wanted):
    with pytest.raises(ZoetropeError, match="number or for a tolerance") as caught:
        find_bones(GOOD, *wanted, lambda *_: None)
    assert caught.value.code == "bad_option"


def test_the_file_has_what_an_animation_has(tmp_path):
    found = find_bones(GOOD, 4, None, lambda *_: None)
    save_bones(tmp_path / "result.npz", found, "swing", 25.0)
    with np.load(tmp_path / "result.npz", allow_pickle=False) as data:
        meta = json.loads(str(data["meta"]))
        joints = len(meta["joint_names"])
        assert data["action_0_rotations"].shape == (6, joints, 4)
        assert data["action_0_translations"].shape == (6, joints, 3)
        assert data["weight_values"].shape == (len(GOOD.rest), 4)
        assert data["joint_parents"][0] == -1
    assert meta["actions"] == [{"name": "swing", "cyclic": False, "fps": 25.0}]
    assert meta["error"]["mean"] == found.error.mean
