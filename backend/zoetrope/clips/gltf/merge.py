"""All meshes of a file as one, in world space at rest."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from zoetrope.clips.gltf.primitives import Primitive
from zoetrope.clips.rest_pose import MeshNode

WELD_DISTANCE = 1e-5
"""Share of the extent. Closer vertices with the same weights and morph offsets are merged."""


class Morph(NamedTuple):
    """A morph target of one primitive.

    Parameters
    ----------
    node, slot : int
        The node whose `weights` channel drives it, and its index in that channel.
    default : float
        Default weight.
    start : int
        Index of the primitive's first vertex.
    offsets : (V', 3) float64
        Of the primitive's vertices, in world space at rest.
    """

    node: int
    slot: int
    default: float
    start: int
    offsets: np.ndarray


@dataclass
class MergedMesh:
    """Meshes of several nodes put together, each with joints of its own.

    Parameters
    ----------
    vertex_count, joint_count : int
    joints : list of (J,) int
        Nodes of each mesh's joints; a mesh without a skin has its node as the only one.
    inverse_bind : list of (J, 4, 4)
        From world space at rest to each joint's own space.
    """

    vertex_count: int = 0
    joint_count: int = 0
    joints: list[np.ndarray] = field(default_factory=list)
    inverse_bind: list[np.ndarray] = field(default_factory=list)
    vertices: list[np.ndarray] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)
    face_colours: list[np.ndarray] = field(default_factory=list)
    corner_colours: list[np.ndarray] = field(default_factory=list)
    influences: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    morphs: list[Morph] = field(default_factory=list)

    def add(
        self, mesh: MeshNode, primitives: list[Primitive], placement: np.ndarray, defaults: list[float]
    ) -> None:
        """Add the primitives of a mesh node.

        Parameters
        ----------
        placement : (4, 4) float64
            From the mesh's own space to world space at rest; invertible.
        defaults : list of float
            Default weights of its morph targets.
        """
        linear, to_mesh = placement[:3, :3], np.linalg.inv(placement)
        mirrored = np.linalg.det(linear) < 0
        winding = slice(None, None, -1 if mirrored else 1)
        if mesh.joints is None or mesh.inverse_bind is None:
            self.joints.append(np.array([mesh.node]))
            self.inverse_bind.append(to_mesh[None])
        else:
            self.joints.append(mesh.joints)
            self.inverse_bind.append(mesh.inverse_bind @ to_mesh)
        for one in primitives:
            self.vertices.append(one.positions @ linear.T + placement[:3, 3])
            self.faces.append(one.faces[:, winding] + self.vertex_count)
            self.face_colours.append(one.face_colours)
            self.corner_colours.append(one.corner_colours[:, winding])
            self.influences.append((one.joints + self.joint_count, one.weights))
            self.morphs += [
                Morph(mesh.node, slot, defaults[slot], self.vertex_count, target @ linear.T)
                for slot, target in enumerate(one.targets)
                if target is not None
            ]
            self.vertex_count += len(one.positions)
        self.joint_count += len(self.joints[-1])

    def dense_weights(self) -> np.ndarray:
        """Return the skin weights (V, J) of all vertices."""
        out = np.zeros((self.vertex_count, self.joint_count))
        row = 0
        for joint, weight in self.influences:
            np.add.at(out, (np.arange(row, row + len(joint))[:, None], joint), weight)
            row += len(joint)
        return out

    def dense_targets(self) -> np.ndarray:
        """Return the offsets (K, V, 3) of all morph targets."""
        out = np.zeros((len(self.morphs), self.vertex_count, 3))
        for k, morph in enumerate(self.morphs):
            out[k, morph.start : morph.start + len(morph.offsets)] = morph.offsets
        return out


def weld(base: np.ndarray, weights: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge vertices that coincide in every pose.

    Parameters
    ----------
    base : (V, 3), weights : (V, J), targets : (K, V, 3)

    Returns
    -------
    first : (V',) int
        The first old vertex of each new one.
    vertex_map : (V,) int
        The new vertex of each old one.
    """
    extent = float(np.ptp(base, axis=0).max()) or 1.0
    morphs = targets.transpose(1, 0, 2).reshape(len(base), -1)
    key = np.hstack([base / (extent * WELD_DISTANCE), weights * 1e3, morphs / (extent * WELD_DISTANCE)])
    key = np.round(np.clip(key, -1e15, 1e15)).astype(np.int64)
    _, first, vertex_map = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return first, vertex_map.ravel()
