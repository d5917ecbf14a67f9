"""Writers of mesh frames: a folder of .obj files, a .glb file with a node a frame, or .npz."""

from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.atomic_write import make_folder, write_error
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.glb_buffer import ELEMENT_ARRAY_BUFFER, FLOAT, UNSIGNED_INT, Buffer, pack
from zoetrope.geometry.glb_writer import srgb_to_linear, to_y_up, unit_normals
from zoetrope.geometry.mesh_frames import GREY, MeshFrames
from zoetrope.geometry.output_path import check_output
from zoetrope.geometry.writers import new_folder, obj_lines, write_glb


def write_frames(frames: MeshFrames, path: Path) -> None:
    """Write mesh frames atomically, in the format given by the suffix of `path`.

    Raises
    ------
    ZoetropeError
        Code "bad_option": see `check_output`, or a format whose topology is constant; "disk_full" or
        "cannot_write".
    """
    check_output(path)
    suffix = path.suffix.lower()
    if suffix == ".anime":
        raise ZoetropeError(
            f"{path.name}: the topology of an .anime file is constant, that of mesh frames is not.",
            code="bad_option",
            remedy="Name a .glb file or a folder, or write the tracked mesh.",
        )
    if suffix == ".glb":
        write_glb(path, frames_glb(frames))
        return
    try:
        make_folder(path.parent)
        if suffix == ".npz":
            frames.save_npz(path)
        else:
            _write_obj(frames, path)
    except OSError as error:
        raise write_error(path, error) from error


def _write_obj(frames: MeshFrames, folder: Path) -> None:
    """Write frame_0001.obj ... with normals, in glTF's axes, into a new or empty folder."""
    with new_folder(folder) as part:
        for i, (vertices, faces) in enumerate(frames.frames):
            lines = obj_lines("v", to_y_up(vertices)) + obj_lines("vn", unit_normals(vertices, faces))
            lines += [f"f {a}//{a} {b}//{b} {c}//{c}\n" for a, b, c in (faces + 1).tolist()]
            (part / f"frame_{i + 1:04d}.obj").write_text("".join(lines), encoding="ascii")


def frames_glb(frames: MeshFrames) -> bytes:
    """Return a binary glTF with a node a frame, of which an animation of their scales shows one at a time.

    glTF has no other way to hide a node that all importers know. Keys are held (STEP).
    """
    buffer = Buffer()
    name = f"{frames.category or 'creature'}_{frames.action or 'motion'}"
    count = len(frames.frames)
    meshes = [_mesh(buffer, vertices, faces) for vertices, faces in frames.frames]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Zoetrope"},
        "scene": 0,
        "scenes": [{"nodes": [count]}],
        "nodes": [
            *(
                {"mesh": i, "name": f"{name}_{i + 1:04d}", **({"scale": [0.0] * 3} if i else {})}
                for i in range(count)
            ),
            {"name": name, "children": list(range(count))},
        ],
        "meshes": [{"name": f"{name}_{i + 1:04d}", "primitives": [one]} for i, one in enumerate(meshes)],
        "materials": [
            {
                "name": name,
                "pbrMetallicRoughness": {
                    "baseColorFactor": [*srgb_to_linear(np.full(3, GREY)).tolist(), 1.0],
                    "metallicFactor": 0.0,
                    "roughnessFactor": 0.8,
                },
            }
        ],
        "extras": {"zoetrope": dict(frames.meta)},
    }
    if count > 1:
        document["animations"] = [_visibility(buffer, frames)]
    return pack(document, buffer)


def _mesh(buffer: Buffer, vertices: np.ndarray, faces: np.ndarray) -> dict[str, Any]:
    attributes = {
        "POSITION": buffer.add_attribute(to_y_up(vertices), bounds=True),
        "NORMAL": buffer.add_attribute(unit_normals(vertices, faces)),
    }
    indices = buffer.add(faces.astype(np.uint32).ravel(), "SCALAR", UNSIGNED_INT)
    buffer.views[-1]["target"] = ELEMENT_ARRAY_BUFFER
    return {"attributes": attributes, "indices": indices, "material": 0}


def _visibility(buffer: Buffer, frames: MeshFrames) -> dict[str, Any]:
    """Return the animation: every node has scale 1 from its frame's time to the next one's, else 0."""
    times = np.append(frames.seconds, frames.seconds[-1] + 1 / frames.fps).astype(np.float32)
    span = {"min": [float(times[0])], "max": [float(times[-1])]}
    key_times = buffer.add(times, "SCALAR", FLOAT, **span)
    samplers, channels = [], []
    shown_last = 0 if frames.cyclic else len(frames.frames) - 1
    for i in range(len(frames.frames)):
        scales = np.zeros((len(times), 3), np.float32)
        scales[i] = 1.0
        scales[-1] = float(i == shown_last)
        output = buffer.add(scales, "VEC3", FLOAT)
        samplers.append({"input": key_times, "output": output, "interpolation": "STEP"})
        channels.append({"sampler": i, "target": {"node": i, "path": "scale"}})
    name = f"{frames.category or 'creature'}_{frames.action or 'motion'}_{frames.meta.get('seed', 0)}"
    return {"name": name, "samplers": samplers, "channels": channels}
