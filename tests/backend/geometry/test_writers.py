"""Written files are read back with the package's own readers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import KDTree
from zoetrope.clips.anime import read_anime
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.obj_sequence import read_obj_sequence
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.glb_writer import unit_normals
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.writers import write_sequence


@pytest.fixture(scope="module")
def sequence():
    request = GenerateRequest(seed=1, detail=64, frames=12, faces=None, texture=None)
    return ProceduralEngine().generate(request, lambda *_: None)


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


def glb_arrays(path):
    """Return the document of a GLB file, and a function that reads an accessor as floats."""
    file = GltfFile(path)
    return file.document, lambda index: file.accessor(index).astype(np.float64)


@pytest.mark.parametrize("compact", [False, True])
def test_played_normals_are_those_of_each_frame(tmp_path, sequence, compact):
    path = tmp_path / "a.glb"
    write_sequence(sequence, path, compact=compact)
    document, read = glb_arrays(path)
    (primitive,) = document["meshes"][0]["primitives"]
    base = read(primitive["attributes"]["NORMAL"])
    assert np.abs(np.linalg.norm(base, axis=1) - 1).max() < 1e-6
    assert len(primitive["targets"]) == len(sequence.vertices)
    for target, frame in zip(primitive["targets"], sequence.vertices, strict=True):
        played = base + read(target["NORMAL"])
        played /= np.linalg.norm(played, axis=1, keepdims=True)
        cosine = (played * unit_normals(frame, sequence.faces)).sum(axis=1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 1.0


def test_normals_that_turn_over_are_not_clipped_in_the_compact_form(tmp_path, sequence):
    turned = sequence.vertices.copy()
    turned[1] = turned[1] * [1, -1, -1]
    write_sequence(replace(sequence, vertices=turned), tmp_path / "a.glb", compact=True)
    document, read = glb_arrays(tmp_path / "a.glb")
    (primitive,) = document["meshes"][0]["primitives"]
    played = read(primitive["attributes"]["NORMAL"]) + read(primitive["targets"][1]["NORMAL"])
    assert (played * unit_normals(turned[1], sequence.faces)).sum(axis=1).min() > 0.999


def test_compact_glb_is_half_as_large_and_as_exact_as_a_hundredth_of_a_millimetre(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "full.glb")
    write_sequence(sequence, tmp_path / "compact.glb", compact=True)
    sizes = [(tmp_path / f"{name}.glb").stat().st_size for name in ("full", "compact")]
    assert sizes[1] < 0.6 * sizes[0]
    frames = []
    for name in ("full", "compact"):
        asset = read_gltf(tmp_path / f"{name}.glb")
        (clip,) = asset.clip_names
        frames.append(asset.evaluate(clip, sequence.seconds.astype(np.float64)))
    apart = max(KDTree(a).query(b)[0].max() for a, b in zip(*frames, strict=True))
    assert apart < 1e-4


@pytest.mark.parametrize("cyclic", [True, False])
def test_clip_begins_at_0_and_a_loop_lasts_all_its_frames(tmp_path, sequence, cyclic):
    write_sequence(replace(sequence, cyclic=cyclic), tmp_path / "a.glb")
    asset = read_gltf(tmp_path / "a.glb")
    (clip,) = asset.clip_names
    frames = len(sequence.vertices) - (0 if cyclic else 1)
    assert asset.span(clip) == pytest.approx((0.0, frames / sequence.fps))


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


def numbers(lines, keyword):
    """Return the numbers behind a keyword of an OBJ file."""
    return np.array([line.split()[1:] for line in lines if line.startswith(f"{keyword} ")], float)


def test_obj_files_stand_on_their_feet_where_y_is_up(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "frames")
    lines = (tmp_path / "frames" / "frame_0003.obj").read_text().splitlines()
    x, y, z = sequence.vertices[2].T
    assert np.abs(numbers(lines, "v")[:, :3] - np.stack([x, z, -y], axis=1)).max() < 1e-6


def test_obj_files_have_a_smooth_normal_a_vertex(tmp_path, sequence):
    write_sequence(sequence, tmp_path / "frames")
    lines = (tmp_path / "frames" / "frame_0003.obj").read_text().splitlines()
    assert np.abs(numbers(lines, "vn") - unit_normals(sequence.vertices[2], sequence.faces)).max() < 1e-6
    corners = [part.split("/") for line in lines if line.startswith("f ") for part in line.split()[1:]]
    assert all(vertex == normal and not texture for vertex, texture, normal in corners)


def test_folder_of_other_people_is_left_alone(tmp_path, sequence):
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "frame_0001.obj").write_text("mine")
    with pytest.raises(ZoetropeError, match="not empty") as caught:
        write_sequence(sequence, folder)
    assert caught.value.remedy
    assert (folder / "frame_0001.obj").read_text() == "mine"
    (tmp_path / "more.part").mkdir()
    write_sequence(sequence, tmp_path / "more")
    assert len(list((tmp_path / "more").iterdir())) == len(sequence.vertices)
    assert (tmp_path / "more.part").is_dir(), "not ours"
    assert not list(tmp_path.glob(".more*"))


def test_empty_folder_is_kept_and_filled(tmp_path, sequence):
    folder = tmp_path / "frames"
    folder.mkdir(mode=0o750)
    before = folder.stat()
    (tmp_path / "link").symlink_to(folder)
    write_sequence(sequence, tmp_path / "link")
    after = folder.stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert (tmp_path / "link").is_symlink()
    assert len(list(folder.iterdir())) == len(sequence.vertices)
    assert np.array_equal(read_obj_sequence(folder).faces, sequence.faces)


def test_file_that_appears_in_the_folder_meanwhile_is_left_alone(tmp_path, sequence, monkeypatch):
    folder = tmp_path / "frames"
    folder.mkdir()

    def write_ours_and_theirs(path, text, **options):
        (folder / "frame_0001.obj").write_bytes(b"mine")
        path.write_bytes(text.encode())

    monkeypatch.setattr(Path, "write_text", write_ours_and_theirs)
    with pytest.raises(ZoetropeError, match="somebody"):
        write_sequence(sequence, folder)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"mine"]


@pytest.mark.parametrize("name", ["b" * 251 + ".glb", "ü" * 125 + ".npz", "d" * 255])
def test_long_names_are_written(tmp_path, sequence, name):
    write_sequence(sequence, tmp_path / name)
    assert (tmp_path / name).exists()
    assert len(list(tmp_path.iterdir())) == 1


def test_unknown_suffix_is_an_error(tmp_path, sequence):
    with pytest.raises(ZoetropeError, match=r"\.stl"):
        write_sequence(sequence, tmp_path / "a.stl")


def test_file_in_place_of_a_folder_is_an_error(tmp_path, sequence):
    (tmp_path / "file").write_text("")
    with pytest.raises(ZoetropeError) as caught:
        write_sequence(sequence, tmp_path / "file" / "a.glb")
    assert caught.value.code == "bad_option"
