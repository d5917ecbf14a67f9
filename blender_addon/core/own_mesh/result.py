"""The backend's result for an artist's mesh: joints, weights and motion, read and checked."""

import dataclasses
import json
import zipfile
import zlib

import numpy as np

from ..result import ResultError

UNIT = 1e-3
"""Largest error of a quaternion's length and of the sum of a vertex's weights."""


@dataclasses.dataclass(frozen=True)
class AnimatedAction:
    """One action.

    `rotations` (T, J, 4) float32, world rotation of each joint relative to its rest pose (w, x, y, z);
    `translations` (T, 3), or (T, J, 3) for bones of the artist's, metres: displacement of the second joint's
    head, or of each joint's; `vertices` (T, V, 3) float32 in metres, or None. `meta`: the rest of its header.
    """

    name: str
    cyclic: bool
    rotations: np.ndarray
    translations: np.ndarray
    vertices: np.ndarray | None
    meta: dict


class AnimatedResult:
    """A result of the method `animate`.

    Parameters
    ----------
    path : str or Path
        The .npz file; raises ResultError where it cannot be read or would harm Blender.
    count : int
        Vertices that were sent.
    bones : list of str or None
        The bones that were sent: the result is for them. None: it has joints and weights of its own.

    Attributes
    ----------
    names : list of str
        Of the J joints.
    parents : (J,) int32
    heads, tails, z_axes : (J, 3) float32
        In metres, from the sent mesh's origin; for the artist's bones as they were sent.
    weight_joints : (V, 4) int32 or None
    weight_values : (V, 4) float32 or None
        Rows sum to 1; None for the artist's bones.
    actions : list of AnimatedAction
    meta : dict
    """

    def __init__(self, path, count, bones=None):
        try:
            with np.load(path, allow_pickle=False) as data:
                self._read(data)
                self._check(count, bones)
        except (
            OSError,
            EOFError,
            KeyError,
            IndexError,
            TypeError,
            ValueError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise ResultError(f"The result could not be read: {error}.") from error

    @property
    def category(self):
        """Kind of creature that was animated."""
        return str(self.meta.get("category", "creature"))

    def _read(self, data):
        self.meta = json.loads(str(data["meta"]))
        self.names = [str(name) for name in self.meta["joint_names"]]
        self.parents = data["joint_parents"].astype(np.int32)
        self.heads, self.tails, self.z_axes = (
            data[f"joint_{name}"].astype(np.float32) for name in ("heads", "tails", "z_axes")
        )
        self.weight_joints = self.weight_values = None
        if "weight_joints" in data.files:
            self.weight_joints = data["weight_joints"].astype(np.int32)
            self.weight_values = data["weight_values"].astype(np.float32)
        self.actions = [_action(data, i, header) for i, header in enumerate(self.meta["actions"])]

    def _check(self, count, bones):
        joints = len(self.names)
        if not joints or not self.actions or len(set(self.names)) != joints:
            raise ValueError("it has no joints or no actions, or a name twice")
        shapes = (self.parents.shape, self.heads.shape, self.tails.shape, self.z_axes.shape)
        if shapes != ((joints,), (joints, 3), (joints, 3), (joints, 3)):
            raise ValueError("its arrays do not fit together")
        if (self.parents >= np.arange(joints)).any() or (self.parents < -1).any():
            raise ValueError("a joint comes before its parent")
        if not all(np.isfinite(a).all() for a in (self.heads, self.tails, self.z_axes)):
            raise ValueError("it holds numbers that are not finite")
        if bones is not None:
            if self.names != list(bones):
                raise ValueError("its joints are not the bones that were sent")
        elif joints < 2 or self.weight_joints is None:
            raise ValueError("it has no weights")
        else:
            self._check_weights(count, joints)
        for action in self.actions:
            _check_action(action, joints, count, bones is not None)

    def _check_weights(self, count, joints):
        if self.weight_joints.shape != (count, 4) or self.weight_values.shape != (count, 4):
            raise ValueError("its weights do not fit the mesh")
        if self.weight_joints.min() < 0 or self.weight_joints.max() >= joints:
            raise ValueError("a weight names a joint that is not there")
        # Not the other way round: a comparison with NaN is false.
        if not (self.weight_values.min() >= 0.0 and np.abs(self.weight_values.sum(axis=1) - 1).max() < UNIT):
            raise ValueError("the weights of a vertex do not sum to 1")


def _action(data, i, header):
    name = f"action_{i}_vertices"
    translations = f"action_{i}_translations"
    return AnimatedAction(
        str(header["name"]),
        bool(header["cyclic"]),
        data[f"action_{i}_rotations"].astype(np.float32),
        data[translations if translations in data.files else f"action_{i}_translation"].astype(np.float32),
        data[name].astype(np.float32) if name in data.files else None,
        header,
    )


def _check_action(action, joints, count, own):
    frames = len(action.rotations)
    moved = (frames, joints, 3) if own else (frames, 3)
    if not frames or action.rotations.shape != (frames, joints, 4) or action.translations.shape != moved:
        raise ValueError(f"the arrays of {action.name} do not fit together")
    if not (np.abs(np.linalg.norm(action.rotations, axis=-1) - 1).max() < UNIT):
        raise ValueError(f"a rotation of {action.name} is none")
    if not np.isfinite(action.translations).all():
        raise ValueError("it holds numbers that are not finite")
    if action.vertices is not None and (
        action.vertices.shape != (frames, count, 3) or not np.isfinite(action.vertices).all()
    ):
        raise ValueError(f"the vertices of {action.name} do not fit the mesh")
