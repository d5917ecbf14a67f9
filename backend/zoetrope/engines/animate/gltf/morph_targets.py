"""Morph targets in a glTF document: frames that move a mesh alone, and correctives beside a skeleton."""

from typing import Any

import numpy as np

from zoetrope.engines.animate.gltf.document import FLOAT, TO_Y_UP, GltfDocument, drop_influences
from zoetrope.engines.animate.request import AnimatedMesh
from zoetrope.geometry.mesh_properties import vertex_normals
from zoetrope.rigs.correctives import Correctives


def animate_vertices(document: GltfDocument, result: AnimatedMesh, fps: float) -> None:
    """Add a morph target a frame to each mesh of the scene, and one animation an action.

    Morph targets that the file has stay, at their default weights in what is added.
    """
    frames = np.concatenate([action.vertices for action in result.actions if action.vertices is not None])
    names = [f"f{i:03d}" for i in range(len(frames))]
    own = {}
    document.own_meshes()
    for source_node in document.mesh_nodes():
        placement, before = document.placement(source_node), document.own_targets(source_node)
        index = document.mesh_without_children(source_node)
        node = document.nodes[index]
        node.pop("skin", None)  # the vertices are moved by the targets alone
        for primitive in document.primitives(node):
            drop_influences(primitive["attributes"])
        document.make_root(index, placement)
        _add_targets(document, index, placement, frames, names, before)
        own[index] = before
    first = 0
    for action in result.actions:
        count = len(action.rotations)
        weights = np.zeros((count, len(frames)), np.float32)
        weights[np.arange(count), first + np.arange(count)] = 1.0
        document.add_animation(action.name, *_weight_keys(document, weights, action.cyclic, fps, own))
        first += count


def add_correctives(
    document: GltfDocument, correctives: Correctives, result: AnimatedMesh, fps: float
) -> None:
    """Add morph targets, which act before the skin does, to each mesh of the scene, and their keys.

    The animations of the result's actions were added before.
    """
    shapes = document.source.vertices + correctives.offsets
    names = [f"corrective_{i:03d}" for i in range(len(shapes))]
    own = {}
    for index in document.mesh_nodes():
        node = document.nodes[index]
        own[index] = document.own_targets(index)
        _add_targets(document, index, document.placement(index), shapes, names, own[index])
        # Blender's importer leaves an empty of the node's name where weights are animated, beside the mesh.
        if node.get("name") == document.document["meshes"][node["mesh"]].get("name"):
            node["name"] = f"{node['name']} Correctives"
    for i, action in enumerate(result.actions):
        keys = _weight_keys(document, correctives.values[i], action.cyclic, fps, own)
        document.extend_animation(i, *keys)


def _add_targets(
    document: GltfDocument,
    index: int,
    placement: np.ndarray,
    frames: np.ndarray,
    names: list[str],
    own: list[float],
) -> None:
    """Add frames (T, V, 3) of the source's vertices as named morph targets of a node's mesh.

    Parameters
    ----------
    own : list of float
        Default weights of the morph targets that it has.
    """
    source, node = document.source, document.nodes[index]
    mesh = document.document["meshes"][node["mesh"]]
    back = np.linalg.inv(placement)
    rest_normals = vertex_normals(source.vertices, source.faces)
    for primitive in document.primitives(node):
        at = document.source_vertices(primitive, placement)
        targets = primitive.setdefault("targets", [])
        for frame in frames.astype(np.float64):
            offset = (frame - source.vertices)[at] @ TO_Y_UP.T @ back[:3, :3].T
            target = {"POSITION": document.offsets(offset)}
            if "NORMAL" in primitive["attributes"]:
                change = (vertex_normals(frame, source.faces) - rest_normals)[at]
                turned = change @ TO_Y_UP.T @ placement[:3, :3]
                target["NORMAL"] = document.offsets(turned / np.linalg.norm(placement[:3, 0]))
            targets.append(target)
    if own:
        document.extend_weight_keys(index, len(own), len(frames))
    node.pop("weights", None)  # they are the mesh's now
    mesh["weights"] = [*own, *[0.0] * len(frames)]
    extras = mesh.setdefault("extras", {})
    known = extras.get("targetNames") if isinstance(extras.get("targetNames"), list) else []
    given = [*known, *(f"target_{i:03d}" for i in range(len(known), len(own)))][: len(own)]
    extras["targetNames"] = [*given, *names]


def _weight_keys(
    document: GltfDocument, weights: np.ndarray, cyclic: bool, fps: float, own: dict[int, list[float]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return samplers and channels of the weights (T, K) of added morph targets; a loop gets a closing key.

    Parameters
    ----------
    own : dict of int to list of float
        Mesh's node -> weights of the targets that it had before them.
    """
    if cyclic:
        weights = np.concatenate([weights, weights[:1]])
    times = document.key_times(len(weights), fps)
    samplers: dict[tuple[float, ...], int] = {}
    made: list[dict[str, Any]] = []
    channels = []
    for node, before in own.items():
        held = tuple(before)
        if held not in samplers:
            values = np.concatenate([np.tile(np.array(held, np.float32), (len(weights), 1)), weights], axis=1)
            output = document.accessor(values.ravel().astype(np.float32), "SCALAR", FLOAT)
            samplers[held] = len(made)
            made.append({"input": times, "output": output, "interpolation": "LINEAR"})
        channels.append({"sampler": samplers[held], "target": {"node": node, "path": "weights"}})
    return made, channels
