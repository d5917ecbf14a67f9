"""The meshes of a glTF file as one mesh to animate, with the way back to the file's own vertices."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.clips.animated_asset import TO_Z_UP, AnimatedAsset
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.mesh_frames_file import check_one_mesh
from zoetrope.engines.animate.request import OwnRig
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest

MIN_BONE = 1e-4
"""Share of the diagonal: the shortest bone."""
MIN_RIGGED_SHARE = 0.9
"""Share of the vertices that a file's bones move from which on they are its rig; eyes are often left out."""


@dataclass(frozen=True)
class GltfSource:
    """A file that is to be animated.

    Parameters
    ----------
    file : GltfFile
    asset : AnimatedAsset
        All its meshes as one, at rest.
    vertices : (V, 3) float64
        Z up, in the file's metres.
    faces : (F, 3) int64
    """

    file: GltfFile
    asset: AnimatedAsset
    vertices: np.ndarray
    faces: np.ndarray

    def has_rig(self) -> bool:
        """Whether the file's skins, and what hangs on their joints, cover its meshes."""
        bones = {int(joint) for skin in self.file.items("skins") for joint in skin["joints"]}
        for node in self.asset.order:  # parents first
            if int(self.asset.parents[node]) in bones:
                bones.add(int(node))
        columns = np.flatnonzero(np.isin(self.asset.joints, sorted(bones)))
        moved = self.asset.weights[:, columns].sum(axis=1) > 0.5
        return float(moved.mean()) >= MIN_RIGGED_SHARE

    def rig(self) -> OwnRig:
        """Return the rig that the file has.

        Raises
        ------
        ZoetropeError
            Code "bad_mesh": its meshes have no skin.
        """
        asset = self.asset
        joints = list(dict.fromkeys(asset.joints.tolist()))
        depth = {int(node): rank for rank, node in enumerate(asset.order)}
        joints.sort(key=depth.__getitem__)  # parents first
        if not self.file.items("skins"):
            raise ZoetropeError(
                "The file's meshes have no skin.", code="bad_mesh", remedy="Leave out --rig own."
            )
        index = {node: bone for bone, node in enumerate(joints)}
        count = len(joints)
        weights = np.zeros((len(self.vertices), count))
        heads = np.zeros((count, 3))
        for column, node in enumerate(asset.joints.tolist()):
            weights[:, index[node]] += asset.weights[:, column]
            heads[index[node]] = asset.joint_binds[column, :3, 3] @ asset.to_world.T
        parents = np.array([self._parent(node, index) for node in joints])
        tails = _tails(heads, parents, MIN_BONE * float(np.linalg.norm(np.ptp(self.vertices, axis=0))))
        vertices, bones = np.nonzero(weights)
        names = tuple(asset.node_names[node] for node in joints)
        return OwnRig(
            names, parents, heads, tails, np.zeros((count, 3)), vertices, bones, weights[vertices, bones]
        )

    def _parent(self, node: int, index: dict[int, int]) -> int:
        parent = int(self.asset.parents[node])
        while parent >= 0 and parent not in index:
            parent = int(self.asset.parents[parent])
        return index.get(parent, -1)

    def of_points(self, points: np.ndarray) -> np.ndarray:
        """Return the index of the vertex at each point (P, 3): at rest without morph targets, Y up."""
        return nearest(self.asset.base @ TO_Z_UP.T, points @ TO_Z_UP.T)[1]


def read_source(path: Path) -> GltfSource:
    """Read a .glb or .gltf file; raises ZoetropeError of code "bad_file" where it cannot be read."""
    if path.suffix.lower() not in (".glb", ".gltf"):
        raise ZoetropeError(
            f"{path.name}: only .glb and .gltf files can be animated.",
            code="bad_option",
            remedy="Export the mesh as glTF, or use Animate Selected in Blender.",
        )
    asset = read_gltf(path, require_animation=False)
    check_one_mesh(asset)
    return GltfSource(GltfFile(path), asset, asset.rest.astype(np.float64), asset.faces.astype(np.int64))


def _tails(heads: np.ndarray, parents: np.ndarray, shortest: float) -> np.ndarray:
    """Tails at the mean of the children's heads; leaves go on in the direction that led to them."""
    tails = heads.copy()
    for bone in range(len(heads)):
        children = np.flatnonzero(parents == bone)
        if len(children):
            tails[bone] = heads[children].mean(axis=0)
        elif parents[bone] >= 0:
            tails[bone] = heads[bone] + 0.5 * (heads[bone] - heads[parents[bone]])
    short = np.linalg.norm(tails - heads, axis=1) < shortest
    tails[short] += [0.0, 0.0, shortest]
    return tails
