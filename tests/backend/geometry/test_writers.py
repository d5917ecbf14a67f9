"""Written files are read back with the package's own readers."""

import numpy as np
import pytest
import trimesh
from zoetrope.clips.anime import read_anime
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.obj_sequence import read_obj_sequence
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.writers import write_sequence


@pytest.fixture(scope="module")
def sequence():
    return ProceduralEngine().generate(GenerateRequest(seed=1, detail=64, frames=12), lambda *_: None)


def test_glb_round_trip(tmp_path, sequence):
    path = tmp_path / "a.glb"
    write_sequence(sequence, path)
    asset = read_gltf(path)
    (name,) = asset.clip_names
    times = np.append(sequence.seconds, sequence.seconds[-1] + 1 / sequence.fps).astype(np.float32)
    frames = asset.evaluate(name, times.astype(np.float64))
    expected = np.concatenate([sequence.vertices, sequence.vertices[:1]])
    assert asset.rest.shape == sequence.rest.shape
    assert np.abs(np.sort(frames, axis=1) - np.sort(expected, axis=1)).max() < 1e-5
    scene = trimesh.load(path)
    assert np.isclose(
        next(iter(scene.geometry.values())).area,
        trimesh.Trimesh(sequence.rest, sequence.faces, process=False).area,
        rtol=1e-4,
    )
    assert np.abs(asset.colours.mean(0) - sequence.colours.mean(0)).max() < 1e-2


def test_npz_round_trip(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.npz")
    back = MeshSequence.load_npz(tmp_path / "a.npz")
    for name in ("faces", "rest", "vertices", "transforms", "colours", "seconds"):
        assert np.array_equal(getattr(back, name), getattr(sequence, name))
    assert back.meta == sequence.meta
    assert back.cyclic is True


def test_anime_round_trip(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "a.anime")
    clip = read_anime(tmp_path / "a.anime")
    assert np.array_equal(clip.faces, sequence.faces)
    assert np.abs(clip.frames - sequence.vertices).max() < 1e-6


def test_obj_sequence_round_trip(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "frames")
    clip = read_obj_sequence(tmp_path / "frames")
    assert np.array_equal(clip.faces, sequence.faces)
    assert np.abs(clip.frames - sequence.vertices).max() < 2e-6
    assert np.abs(clip.colours - sequence.colours).max() < 1e-4
    assert not list(tmp_path.glob("*.part"))


def test_unknown_suffix_is_an_error(tmp_path, sequence):
    with pytest.raises(ZoetropeError, match=r"\.stl"):
        write_sequence(sequence, tmp_path / "a.stl")


def test_unwritable_path_is_an_error(tmp_path, sequence):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZoetropeError) as caught:
        write_sequence(sequence, tmp_path / "file" / "a.glb")
    assert caught.value.code == "disk_full"
