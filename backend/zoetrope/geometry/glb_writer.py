"""Binary glTF of mesh sequences: morph targets with positions and normals, and their animations."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoetrope.geometry.glb_buffer import (
    ARRAY_BUFFER,
    BYTE,
    ELEMENT_ARRAY_BUFFER,
    FLOAT,
    SHORT,
    UNSIGNED_INT,
    Buffer,
    pack,
)
from zoetrope.geometry.mesh_properties import angle_weighted_normals
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.tangents import corner_tangents
from zoetrope.geometry.texture_vertices import texture_vertices


def srgb_to_linear(colours: np.ndarray) -> np.ndarray:
    """Convert sRGB colours in 0..1 to linear ones, as glTF's COLOR_0 requires."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def to_y_up(vectors: np.ndarray) -> np.ndarray:
    """Convert vectors from Blender's axes (Z up, facing -Y) to glTF's (Y up, facing +Z)."""
    return np.stack([vectors[..., 0], vectors[..., 2], -vectors[..., 1]], axis=-1).astype(np.float32)


def unit_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return vertex normals (V, 3) of length 1 in glTF's axes; a vertex without a normal points up.

    They are Blender's, weighted by angle: those that normal maps are baked for.
    """
    normals = to_y_up(angle_weighted_normals(vertices, faces))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0], np.float32)
    return np.where(length > 0.5, normals / np.maximum(length, 1e-12), up).astype(np.float32)


def glb_bytes(clips: Sequence[MeshSequence], compact: bool = False) -> bytes:
    """Return a binary glTF: the rest pose, a morph target a frame, and an animation of their weights a clip.

    Every target has weight 1 at its frame and 0 at all others, with linear interpolation between keys. A loop
    gets a closing key equal to its first, so its duration is frames / fps and it repeats without a pause.
    Targets hold normals as well as positions, or a player would light every frame like the rest pose.

    Parameters
    ----------
    clips : sequence of MeshSequence
        Of one body.
    compact : bool
        Store the offsets of the targets as 16-bit positions and, where they fit, 8-bit normals
        (KHR_mesh_quantization): half the size.
    """
    first = clips[0]
    rest = to_y_up(first.rest)
    offsets = [to_y_up(clip.vertices) - rest for clip in clips]
    scale = max(*(float(np.abs(one).max()) for one in offsets), 1e-6) if compact else 1.0
    buffer, at = Buffer(), _stored_vertices(first)[0]
    document = _rest_document(buffer, first, _name(clips), scale)
    normals = unit_normals(first.rest, first.faces)
    targets = [
        _target(
            buffer,
            offset[at],
            (unit_normals(frame, first.faces) - normals)[at],
            scale if compact else None,
        )
        for clip, moves in zip(clips, offsets, strict=True)
        for offset, frame in zip(moves, clip.vertices, strict=True)
    ]
    (mesh,) = document["meshes"]
    mesh["primitives"][0]["targets"] = targets
    mesh["weights"] = [1.0] + [0.0] * (len(targets) - 1)
    mesh["extras"] = {"targetNames": _target_names(clips)}
    if compact:
        document["nodes"][0]["scale"] = [scale] * 3
        document |= {key: ["KHR_mesh_quantization"] for key in ("extensionsUsed", "extensionsRequired")}
    document["animations"] = []
    begin = 0
    for clip in clips:
        document["animations"].append(_weights_animation(buffer, clip, begin, len(targets)))
        begin += len(clip.vertices)
    if len(clips) == 1:
        document["animations"][0]["name"] = f"{_name(clips)}_{first.meta.get('seed', 0)}"
    return pack(document, buffer)


def rest_glb(sequence: MeshSequence) -> bytes:
    """Return a binary glTF of the rest pose, with normals and colours, without animation."""
    buffer = Buffer()
    return pack(_rest_document(buffer, sequence, _title(sequence), 1.0), buffer)


def _name(clips: Sequence[MeshSequence]) -> str:
    if len(clips) > 1:
        return _title(clips[0])
    return f"{clips[0].category or 'creature'}_{clips[0].action or 'motion'}"


def _title(sequence: MeshSequence) -> str:
    return (sequence.category or "creature").capitalize()


def _target_names(clips: Sequence[MeshSequence]) -> list[str]:
    prefixes = ["f"] if len(clips) == 1 else [f"{clip.action or 'motion'}_" for clip in clips]
    return [
        f"{prefix}{i:03d}"
        for prefix, clip in zip(prefixes, clips, strict=True)
        for i in range(len(clip.vertices))
    ]


def _stored_vertices(sequence: MeshSequence) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return a file's vertices as indices (N,) into the mesh's, faces (F, 3), and coordinates (N, 2), if any.

    glTF has one texture coordinate a vertex, v down: vertices at seams are stored once a chart.
    """
    if sequence.uvs is None:
        return np.arange(len(sequence.rest)), sequence.faces, None
    corners, vertex, coordinates = texture_vertices(sequence.faces, sequence.uvs)
    return vertex, corners, np.stack([coordinates[:, 0], 1 - coordinates[:, 1]], axis=1)


def _tangents(sequence: MeshSequence) -> np.ndarray:
    """Return the tangents (N, 4) of a file's vertices in glTF's axes, each with the sign of its bitangent."""
    assert sequence.uvs is not None
    normals = angle_weighted_normals(sequence.rest.astype(np.float64), sequence.faces)
    at_corner, sign = corner_tangents(sequence.rest, normals, sequence.faces, sequence.uvs)
    corners, vertex, _ = texture_vertices(sequence.faces, sequence.uvs)
    out = np.zeros((len(vertex), 4), np.float32)
    out[corners, :3] = to_y_up(at_corner)
    out[corners, 3] = sign[:, None]
    none = np.linalg.norm(out[:, :3], axis=1) < 0.5  # of faces without area
    out[none] = (1, 0, 0, 1)
    return out


def _rest_document(buffer: Buffer, sequence: MeshSequence, name: str, scale: float) -> dict[str, Any]:
    """Return a document of the rest pose alone; scale: metres in a unit of the stored positions."""
    at, faces, coordinates = _stored_vertices(sequence)
    attributes = {
        "POSITION": buffer.add_attribute(to_y_up(sequence.rest[at]) / np.float32(scale), bounds=True),
        "NORMAL": buffer.add_attribute(unit_normals(sequence.rest, sequence.faces)[at]),
    }
    if coordinates is not None:
        attributes["TEXCOORD_0"] = buffer.add(coordinates.astype(np.float32), "VEC2", FLOAT)
        buffer.views[-1]["target"] = ARRAY_BUFFER
    if "normal_map" in sequence.textures:
        attributes["TANGENT"] = buffer.add(_tangents(sequence), "VEC4", FLOAT)
        buffer.views[-1]["target"] = ARRAY_BUFFER
    if "base_colour" not in sequence.textures:  # viewers multiply the two
        attributes["COLOR_0"] = buffer.add_attribute(srgb_to_linear(sequence.colours[at]))
    indices = buffer.add(faces.astype(np.uint32).ravel(), "SCALAR", UNSIGNED_INT)
    buffer.views[-1]["target"] = ELEMENT_ARRAY_BUFFER
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    material = {"name": name, "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.8}}
    document = {
        "asset": {"version": "2.0", "generator": "Zoetrope"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [{"name": name, "primitives": [primitive]}],
        "materials": [material],
        "extras": {"zoetrope": dict(sequence.meta)},
    }
    if sequence.textures:
        document |= _textures(buffer, sequence, name, material)
    return document


def _textures(buffer: Buffer, sequence: MeshSequence, name: str, material: dict[str, Any]) -> dict[str, Any]:
    """Embed a sequence's textures, use them in a material; return the document's entries of them."""
    images, textures = [], []
    for index, (label, png) in enumerate(sequence.material_textures.items()):
        images.append({"name": f"{name}_{label}", "mimeType": "image/png", "bufferView": buffer.add_raw(png)})
        textures.append({"source": index, "sampler": 0})
        if label == "base_colour":
            material["pbrMetallicRoughness"]["baseColorTexture"] = {"index": index}
        else:
            material["normalTexture"] = {"index": index}
    linear, trilinear, repeat = 9729, 9987, 10497
    sampler = {"magFilter": linear, "minFilter": trilinear, "wrapS": repeat, "wrapT": repeat}
    return {"images": images, "textures": textures, "samplers": [sampler]}


def _weights_animation(buffer: Buffer, clip: MeshSequence, begin: int, total: int) -> dict[str, Any]:
    """Return an animation that shows the targets of a clip, the first of them at index `begin` of `total`."""
    count = len(clip.vertices)
    times, weights = clip.seconds.astype(np.float32), np.eye(count, total, begin, dtype=np.float32)
    if clip.cyclic:
        times = np.append(times, np.float32(times[-1] + 1 / clip.fps))
        weights = np.vstack([weights, weights[:1]])
    span = {"min": [float(times[0])], "max": [float(times[-1])]}
    key_times = buffer.add(times, "SCALAR", FLOAT, **span)
    key_weights = buffer.add(weights.ravel(), "SCALAR", FLOAT)
    return {
        "name": clip.action or "motion",
        "samplers": [{"input": key_times, "output": key_weights, "interpolation": "LINEAR"}],
        "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
    }


def _target(buffer: Buffer, offsets: np.ndarray, normals: np.ndarray, scale: float | None) -> dict[str, int]:
    """Append a morph target: offsets of positions (V, 3) and of normals (V, 3); quantised with a scale."""
    if scale is None:
        return {
            "POSITION": buffer.add_attribute(offsets, bounds=True),
            "NORMAL": buffer.add_attribute(normals),
        }
    positions = np.round(offsets / scale * 32767).astype(np.int16)
    fits = np.abs(normals).max() <= 1.0  # normals that turn further have offsets up to 2
    return {
        "POSITION": buffer.add_attribute(positions, SHORT, bounds=True),
        "NORMAL": buffer.add_attribute(np.round(normals * 127).astype(np.int8), BYTE)
        if fits
        else buffer.add_attribute(normals),
    }
