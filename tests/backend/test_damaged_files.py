"""Files of ours that are cut off, changed, or none: each reader names the file."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny_run
import torch
from zoetrope.clips.inspection import inspect_file
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_frames import FORMAT, KIND, MeshFrames
from zoetrope.service.animation_jobs import MESH, read_mesh
from zoetrope.training.data.training_tokens import load_tokens, save_tokens
from zoetrope.training.run_files import reading

TRIANGLE = np.eye(3, dtype=np.float32), np.arange(3, dtype=np.int32)[None]


def mesh_frames(path: Path) -> None:
    MeshFrames((TRIANGLE, TRIANGLE), np.arange(2, dtype=np.float32), False, "blob", "walk", {}).save_npz(path)


def training_tokens(path: Path) -> None:
    data = tiny_run.prepared()
    save_tokens(path, data, torch.zeros(len(data.bodies), 6), torch.zeros(len(data.clips), 8, 5))


def request_mesh(path: Path) -> None:
    np.savez(path, vertices=TRIANGLE[0], faces=TRIANGLE[1])


READERS: dict[str, tuple[str, Callable[[Path], None], Callable[[Path], object]]] = {
    "mesh frames": ("frames.npz", mesh_frames, MeshFrames.load_npz),
    "training tokens": ("tokens.npz", training_tokens, load_tokens),
    "mesh of a request": (MESH, request_mesh, lambda path: read_mesh(path.parent)),
    "file to inspect": ("clip.npz", mesh_frames, inspect_file),
}
DAMAGES = {
    "empty": lambda content: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "changed": lambda content: bytes(byte ^ 0x55 if i % 40 == 0 else byte for i, byte in enumerate(content)),
    "encrypted": lambda content: re.sub(rb"(?s)(PK\x01\x02....)\x00", b"\\1\x01", content),
    "text": lambda content: b"hello",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("reader", READERS)
def test_damaged_file_is_named(tmp_path, reader, damage):
    name, write, read = READERS[reader]
    path = tmp_path / name
    write(path)
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    assert path.read_bytes() != whole
    with pytest.raises(ZoetropeError, match=name) as caught:
        read(path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("array", "value"),
    [
        ("faces", np.array([[0, 1, 9], [0, 1, 2]], np.int32)),
        ("vertex_counts", np.array([6, -3])),
        ("vertices", np.zeros((6, 2), np.float32)),
        ("seconds", np.zeros(1, np.float32)),
    ],
)
def test_mesh_frames_whose_arrays_do_not_fit_are_damaged(tmp_path, array, value):
    path = tmp_path / "frames.npz"
    mesh_frames(path)
    with np.load(path) as data:
        arrays = {name: data[name] for name in data.files}
    np.savez(path, **{**arrays, array: value})
    with pytest.raises(ZoetropeError, match="is damaged"):
        MeshFrames.load_npz(path)


def test_lack_of_memory_is_no_damage(tmp_path):
    with pytest.raises(RuntimeError, match="allocate"), reading(tmp_path / "checkpoint"):
        raise RuntimeError("unable to mmap 200000000 bytes: Cannot allocate memory (12)")


def test_mesh_frames_with_missing_arrays_are_damaged(tmp_path):
    path = tmp_path / "frames.npz"
    np.savez(path, meta=np.array(json.dumps({"kind": KIND, "format": FORMAT})))
    with pytest.raises(ZoetropeError, match="is damaged"):
        MeshFrames.load_npz(path)
