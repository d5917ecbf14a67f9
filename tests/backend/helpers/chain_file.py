"""A glTF file around a chain of bones, a result for it, and whether a written file moves as that."""

import json
import struct
from pathlib import Path

import chains
import numpy as np
from gltf_builder import Builder
from scipy.spatial.transform import Rotation
from zoetrope.clips.animated_asset import TO_Z_UP
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.engines.animate.request import AnimatedAction, AnimatedMesh, DonorSummary
from zoetrope.geometry.glb_buffer import pack_glb
from zoetrope.geometry.nearest_points import nearest
from zoetrope.rigs.skeleton import skin

FPS = 12.0


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


PLACES = {
    "plain": {},
    "moved": {"translation": [0.5, 1.0, -2.0]},
    "turned and scaled": {"rotation": [0.0, 0.6, 0.0, 0.8], "scale": [2.0, 2.0, 2.0]},
    "mirrored": {"scale": [-1.0, 1.0, 1.0]},
}


def artists_file(place, instances=1):
    """A textured mesh around the chain's bones, its node placed somewhere."""
    rest, _ = chains.points(200)
    faces = np.random.default_rng(0).permutation(198).reshape(-1, 3).astype(np.uint16)
    builder = Builder()
    normals = np.tile(np.float32([0, 1, 0]), (200, 1))
    uv = np.random.default_rng(1).random((200, 2)).astype(np.float32)
    attributes = {"NORMAL": builder.accessor(normals), "TEXCOORD_0": builder.accessor(uv)}
    attributes["POSITION"] = builder.accessor((rest @ TO_Z_UP).astype(np.float32))
    indices = builder.accessor(faces.ravel())
    builder.json["images"] = [
        {"bufferView": builder.view(np.frombuffer(PIXEL, np.uint8)), "mimeType": "image/png"}
    ]
    builder.json["textures"] = [{"source": 0}]
    builder.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    builder.json["meshes"].append({"primitives": [primitive]})
    for index in range(instances):
        builder.node(mesh=0, name=f"body {index}", **place)
    top = builder.node(name="scene root", children=list(range(instances)), translation=[0.0, 0.25, 0.0])
    builder.json["scenes"], builder.json["scene"] = [{"nodes": [top]}], 0
    return builder


def animation_of(source, vertices_too=False, cyclic=True):
    """A result as the animator returns it: the chain's motion, placed where the file's vertices are."""
    bones, motion = chains.skeleton(), chains.motion()
    _, weights = chains.points(200)
    rest = source.vertices
    heads = bones.heads
    moved = (motion.rotations @ heads[..., None])[..., 0] + motion.joint_translations(bones) - heads
    order = nearest(chains_in_world(source), rest)[1]
    from zoetrope.rigs.skeleton import SkinWeights

    own = SkinWeights(weights.joints[order], weights.values[order])
    frames = skin(rest, own, bones, motion)
    action = AnimatedAction(
        "walk", cyclic, True, motion.rotations, moved, frames if vertices_too else None, 0.0, 0, 0, 0, 0, 0
    )
    donor = DonorSummary("q", "Chain", "quadruped", "Somebody", "CC0-1.0", 0.0, 0.0)
    return AnimatedMesh(bones, bones.z_axes(), own, (action,), donor, 0.0, 1.0, 7), frames


def chains_in_world(source):
    """The chain's points where the file places them."""
    rest, _ = chains.points(200)
    nodes = source.file.items("nodes")
    top = next(node for node in nodes if node.get("name") == "scene root")
    local = np.eye(4)
    local[:3, :3] = Rotation.from_quat(nodes[0].get("rotation", [0, 0, 0, 1])).as_matrix() * nodes[0].get(
        "scale", [1, 1, 1]
    )
    local[:3, 3] = np.add(nodes[0].get("translation", [0, 0, 0]), top["translation"])
    return (rest @ TO_Z_UP) @ (local[:3, :3].T @ TO_Z_UP.T) + TO_Z_UP @ local[:3, 3]


def written(tmp_path, builder, **how):
    """The source, the result's frames, and the written file read again."""
    source = read_source(builder.glb(tmp_path / "in.glb"))
    result, frames = animation_of(source, **how)
    path = tmp_path / "out.glb"
    path.write_bytes(animated_glb(source, result, FPS))
    return source, frames, path


def document(path: Path):
    """JSON and binary chunk of a .glb file."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def moves_as(path, source, frames):
    """Whether the written file moves the source's vertices along the frames."""
    asset = read_gltf(path)
    shown = asset.evaluate("walk", np.arange(12) / FPS)
    at = nearest(asset.rest, source.vertices)[1]
    return (
        np.abs(asset.rest[at] - source.vertices).max() < 2e-5 and np.abs(shown[:, at] - frames).max() < 2e-5
    )


def rewritten(path, parts, binary):
    """Write a document with its binary chunk."""
    path.write_bytes(pack_glb(parts, binary))
    return path
