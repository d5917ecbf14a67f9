"""The meshes of a glTF file as one mesh to animate, with the way back to the file's own vertices."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zoetrope.clips.animated_asset import TO_Z_UP, AnimatedAsset, compose_matrices
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.gltf.file import GltfFile
from zoetrope.clips.gltf.skins import MIN_SCALE
from zoetrope.clips.mesh_frames_file import check_one_mesh
from zoetrope.engines.animate.request import OwnRig
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest

INSTANCES = "EXT_mesh_gpu_instancing"
UNEVEN = 1.01
"""Ratio of scales along two axes from which on turning joints would shear."""
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
        """Whether the file's skins, with what hangs on their joints, cover its meshes and can be keyed."""
        if self._scale_above_joints() is not None:
            return False
        bones = self._skin_joints()
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
            Code "bad_mesh": its meshes have no skin, or a node above the joints has no even scale.
        """
        asset = self.asset
        joints = list(dict.fromkeys(asset.joints.tolist()))
        depth = {int(node): rank for rank, node in enumerate(asset.order)}
        joints.sort(key=depth.__getitem__)  # parents first
        if not self.file.items("skins"):
            raise ZoetropeError(
                "The file's meshes have no skin.", code="bad_mesh", remedy="Leave out --rig own."
            )
        if (what := self._scale_above_joints()) is not None:
            raise ZoetropeError(
                f"A joint of the file hangs on a node {what}.",
                code="bad_mesh",
                remedy="Apply that node's scale in the program that wrote it, or use --rig donor.",
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

    def _skin_joints(self) -> set[int]:
        """Return the nodes that are joints of a skin."""
        return {int(joint) for skin in self.file.items("skins") for joint in skin["joints"]}

    def _scale_above_joints(self) -> str | None:
        """Return what is wrong with the scale of a node that joints, or meshes without a skin, hang on."""
        asset, joints = self.asset, set(self.asset.joints.tolist())
        bones = self._skin_joints()
        pose = asset.default
        local = compose_matrices(pose.translation, pose.rotation, pose.scale)[0, :, :3, :3]
        relative = np.tile(np.eye(3), (len(local), 1, 1))  # of each node to its nearest joint
        for node in asset.order.tolist():
            parent = int(asset.parents[node])
            above = np.eye(3) if parent < 0 else relative[parent]
            if node not in joints:
                relative[node] = above @ local[node]
                continue
            axes = np.linalg.svd(above, compute_uv=False)
            if axes[-1] < MIN_SCALE:
                return "of scale 0"
            if node in bones and axes[0] > UNEVEN * axes[-1]:
                return "whose scale differs along its axes"
        return None

    def _parent(self, node: int, index: dict[int, int]) -> int:
        parent = int(self.asset.parents[node])
        while parent >= 0 and parent not in index:
            parent = int(self.asset.parents[parent])
        return index.get(parent, -1)

    def of_points(self, points: np.ndarray) -> np.ndarray:
        """Return the index of the vertex at each point (P, 3): at rest without morph targets, Y up."""
        morphed = self.asset.target_weights.any()
        return nearest(self.asset.base @ TO_Z_UP.T if morphed else self.vertices, points @ TO_Z_UP.T)[1]


def read_source(path: Path) -> GltfSource:
    """Read a .glb or .gltf file to animate.

    Raises
    ------
    ZoetropeError
        Code "bad_file": it cannot be read, or holds mesh frames; "bad_mesh": a mesh is there as instances;
        "bad_option": another format.
    """
    if path.suffix.lower() not in (".glb", ".gltf"):
        raise ZoetropeError(
            f"{path.name}: only .glb and .gltf files can be animated.",
            code="bad_option",
            remedy="Export the mesh as glTF, or use Animate Selected in Blender.",
        )
    asset = read_gltf(path, require_animation=False)
    check_one_mesh(asset)
    file = GltfFile(path)
    if any(INSTANCES in file.mapping(file.items("nodes")[node], "extensions") for node in asset.placements):
        raise ZoetropeError(
            f"{path.name}: a mesh is there as instances ({INSTANCES}).",
            code="bad_mesh",
            remedy="Make them real (in Blender Apply > Make Instances Real) and export the file again.",
        )
    return GltfSource(file, asset, asset.rest.astype(np.float64), asset.faces.astype(np.int64))


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
