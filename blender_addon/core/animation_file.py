"""Skeleton, weights and actions of the backend's result files: arrays and a header, no pickles; checked."""

import dataclasses
import json
import zipfile
import zlib

import numpy as np

UNIT = 1e-3
"""Largest error of a quaternion's length and of the sum of a vertex's weights."""
DAMAGED = (OSError, EOFError, KeyError, IndexError, TypeError, ValueError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged file raises."""


class ResultError(Exception):
    """The result file is damaged or holds nothing."""


@dataclasses.dataclass(frozen=True)
class AnimatedAction:
    """One action.

    `rotations` (T, J, 4) float32, world rotation of each joint relative to its rest pose (w, x, y, z);
    `translations` (T, 3), or (T, J, 3) for bones of the artist's, metres: displacement of the second joint's
    head, or of each joint's; `vertices` (T, V, 3) float32 in metres. Of a generated creature alone: `values`
    (T, K) float32 of its corrective shape keys, 0 to 1; `boxes` (T, 2, 3) float32 in metres, the lowest and
    the highest corner of each frame. What the file lacks is None. `meta`: the rest of its header.
    """

    name: str
    cyclic: bool
    rotations: np.ndarray | None
    translations: np.ndarray | None
    vertices: np.ndarray | None
    meta: dict
    values: np.ndarray | None = None
    boxes: np.ndarray | None = None

    @property
    def keys(self):
        """Number of frames that get keys; of a loop, one cycle."""
        return len(self.vertices if self.rotations is None else self.rotations)

    @property
    def frames(self):
        """Number of frames on the timeline; a loop may fill it with several cycles."""
        return max(int(self.meta.get("frames") or 0), self.keys)


class AnimationFile:
    """Base of the results: a skeleton with weights, and actions.

    Attributes
    ----------
    names : list of str
        Of the J joints; empty without a skeleton.
    parents : (J,) int32
    heads, tails, z_axes : (J, 3) float32
        In metres, from the mesh's origin.
    weight_joints : (V, 4) int32 or None
    weight_values : (V, 4) float32 or None
        Rows sum to 1.
    actions : list of AnimatedAction
    meta : dict
    """

    def __init__(self, path, *expected):
        """Read the file at a path; raises ResultError where it cannot be read or would harm Blender."""
        try:
            with np.load(path, allow_pickle=False) as data:
                self._read(data)
                self._check(*expected)
        except DAMAGED as error:
            raise ResultError(f"The result could not be read: {error}.") from error

    def _read(self, data):
        self.meta = json.loads(str(data["meta"]))
        self.names = [str(name) for name in self.meta.get("joint_names", ())]
        self.parents = np.zeros(0, np.int32)
        self.heads = self.tails = self.z_axes = np.zeros((0, 3), np.float32)
        if self.names:
            self.parents = data["joint_parents"].astype(np.int32)
            self.heads, self.tails, self.z_axes = (
                data[f"joint_{name}"].astype(np.float32) for name in ("heads", "tails", "z_axes")
            )
        self.weight_joints = self.weight_values = None
        if "weight_joints" in data.files:
            self.weight_joints = data["weight_joints"].astype(np.int32)
            self.weight_values = data["weight_values"].astype(np.float32)
        self.actions = [_action(data, i, header) for i, header in enumerate(self.meta["actions"])]
        if not self.actions:
            raise ValueError("it has no actions")

    def _check(self, *expected):
        raise NotImplementedError

    def _check_joints(self):
        joints = len(self.names)
        if not joints or len(set(self.names)) != joints:
            raise ValueError("it has no joints, or a name twice")
        shapes = (self.parents.shape, self.heads.shape, self.tails.shape, self.z_axes.shape)
        if shapes != ((joints,), (joints, 3), (joints, 3), (joints, 3)):
            raise ValueError("its arrays do not fit together")
        if (self.parents >= np.arange(joints)).any() or (self.parents < -1).any():
            raise ValueError("a joint comes before its parent")
        if not all(np.isfinite(a).all() for a in (self.heads, self.tails, self.z_axes)):
            raise ValueError("it holds numbers that are not finite")

    def _check_weights(self, count):
        joints = len(self.names)
        if joints < 2 or self.weight_joints is None:
            raise ValueError("it has no weights")
        if self.weight_joints.shape != (count, 4) or self.weight_values.shape != (count, 4):
            raise ValueError("its weights do not fit the mesh")
        if self.weight_joints.min() < 0 or self.weight_joints.max() >= joints:
            raise ValueError("a weight names a joint that is not there")
        # Not the other way round: a comparison with NaN is false.
        if not (self.weight_values.min() >= 0.0 and np.abs(self.weight_values.sum(axis=1) - 1).max() < UNIT):
            raise ValueError("the weights of a vertex do not sum to 1")


def _action(data, i, header):
    def array(name):
        key = f"action_{i}_{name}"
        return data[key].astype(np.float32) if key in data.files else None

    translations = array("translations")
    return AnimatedAction(
        str(header["name"]),
        bool(header["cyclic"]),
        array("rotations"),
        array("translation") if translations is None else translations,
        array("vertices"),
        header,
        array("values"),
        array("boxes"),
    )


def check_poses(action, joints, own):
    """ValueError where an action's poses are none; own: each joint is displaced, not the second one alone."""
    if action.rotations is None or action.translations is None:
        raise ValueError(f"{action.name} has no poses")
    frames = len(action.rotations)
    moved = (frames, joints, 3) if own else (frames, 3)
    if not frames or action.rotations.shape != (frames, joints, 4) or action.translations.shape != moved:
        raise ValueError(f"the arrays of {action.name} do not fit together")
    if not (np.abs(np.linalg.norm(action.rotations, axis=-1) - 1).max() < UNIT):
        raise ValueError(f"a rotation of {action.name} is none")
    if not np.isfinite(action.translations).all():
        raise ValueError("it holds numbers that are not finite")


def check_vertices(action, count):
    """ValueError where an action's vertices do not fit a mesh of so many."""
    shape = action.vertices.shape
    fits = shape == (action.keys, count, 3) and shape[0] > 0
    if not fits or not np.isfinite(action.vertices).all():
        raise ValueError(f"the vertices of {action.name} do not fit the mesh")
