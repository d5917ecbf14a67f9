"""The object whose motion is read, frame by frame, as Blender evaluates it."""

import contextlib

import bpy
import numpy as np

from ...core.own_mesh.mesh_input import FARTHEST, bad_mesh, check_scale, placed, triangles
from ..own_mesh import selection
from ..own_mesh.own_rig import listed
from ..restore import frame_of, show_frame
from . import edits, frame_range, notes

MAX_VERTICES = 2_000_000
MAX_FRAMES = 10_000
STILL = 1e-6
"""Movement, as a share of the diagonal, below which nothing moves."""
AFTER = frozenset({"SUBSURF", "WEIGHTED_NORMAL"})
"""Modifiers that, at the end of the stack, act on the moved mesh: the copy keeps them behind its armature."""


class Source:
    """The active object and its frames. What is wrong with it is a GenerationError "bad_mesh".

    The modifiers that the copy keeps are off until `restore`: turning them off for each frame would start a
    simulation below them anew each time.

    Parameters
    ----------
    context : Context
    frames : list of int
        Those that are read.
    unit : float
        Metres in one Blender unit.

    Attributes
    ----------
    rest : (V, 3) float32
        The pose in which the bones are bound, in metres from `origin` (3,), in world axes: the shape keys'
        Basis, or without shape keys the first frame.
    faces : (F, 3) int32
    count : int
        V.
    uid : int
        The object's `session_uid`.
    notes : list of str
        What the artist should know about what is read, in sentences.
    """

    def __init__(self, context, frames, unit):
        obj = context.view_layer.objects.active
        _check(context, obj, frames)
        self.frames, self.uid, self.name = frames, obj.session_uid, obj.name
        self._context, self._unit = context, unit
        self._muted = frame_range.muted_tracks(obj)
        self.notes = notes.of(context, obj, self._muted)
        self._was = frame_of(context.scene)
        self._scene_uid = context.scene.session_uid
        self._first, self._moved = None, 0.0
        self._to_restore = contextlib.ExitStack()
        self._to_restore.callback(self._show_frame)
        self._to_restore.enter_context(kept_modifiers_off(obj))
        try:
            self._take_rest()
        except Exception:
            self.restore()
            raise

    def read(self, frame):
        """Points (V, 3) float32 of a frame, in metres from `origin`."""
        obj = self.find(self._context)
        points, matrix = self._evaluated(obj, frame)
        if not obj.visible_get(view_layer=self._context.view_layer):
            raise bad_mesh(
                f"{self.name} is hidden in frame {frame}, and Blender does not move it.",
                "Show it in the Outliner, or choose frames in which it is shown.",
            )
        if len(points) != self.count:
            raise bad_mesh(
                f"{self.name} has {self.count:,} vertices at first and {len(points):,} in frame {frame}.",
                "Turn off the modifiers that add or remove vertices, or choose frames in which they stay.",
            )
        moved = self._in_metres(points, matrix, f"in frame {frame}")
        self._first = moved if self._first is None else self._first
        self._moved = max(self._moved, float(np.abs(moved - self._first).max()))
        if frame == self.frames[-1] and self._moved <= STILL * float(
            np.linalg.norm(np.ptp(self.rest, axis=0))
        ):
            raise self._still(frame)
        return moved

    def restore(self):
        """Show the modifiers, and the frame that the scene was at, again; once."""
        self._to_restore.close()

    def find(self, context):
        """The object; GenerationError where it is gone or in a mode of its own by now."""
        found = selection.find(context.scene, [self.uid])
        if found is None:
            raise bad_mesh(f"{self.name} was deleted while it was read.", "Select it, and try again.")
        if found[0].mode != "OBJECT":
            raise bad_mesh(f"{self.name} is in {_mode(found[0])}.", "Leave it, and try again.")
        return found[0]

    def unchanged(self, obj, mesh):
        """Whether an evaluated object and mesh in the rest pose, and their motion, are what was read."""
        matrix = np.array(obj.matrix_world, dtype=np.float64)
        if len(mesh.vertices) != self.count or self._digest(obj.original) != self._motion:
            return False
        if not np.array_equal(_faces(mesh, matrix), self.faces):
            return False
        points = self._in_metres(_points(mesh), matrix, "")
        return np.allclose(points, self.rest, rtol=0, atol=1e-5 * float(np.ptp(self.rest, axis=0).max()))

    @contextlib.contextmanager
    def at_rest(self, context, obj):
        """The rest pose: yields the evaluated object and the depsgraph."""
        keys, shown, index = obj.data.shape_keys, obj.show_only_shape_key, obj.active_shape_key_index
        with kept_modifiers_off(obj):
            try:
                if keys is not None and keys.use_relative:
                    obj.show_only_shape_key, obj.active_shape_key_index = True, 0
                context.scene.frame_set(self.frames[0])
                depsgraph = context.evaluated_depsgraph_get()
                yield obj.evaluated_get(depsgraph), depsgraph
            finally:
                if keys is not None:
                    obj.show_only_shape_key, obj.active_shape_key_index = shown, index

    def _still(self, last):
        text = f"Nothing of {self.name} moves from frame {self.frames[0]} to {last}"
        if not self._muted:
            return bad_mesh(f"{text}.", "Choose the frames of the animation, or another object.")
        return bad_mesh(
            f"{text}: its muted NLA tracks are not read ({listed(self._muted)}).",
            "Unmute one in the NLA editor, or make its Action the active one.",
        )

    def _show_frame(self):
        scene = self._context.scene
        if scene.session_uid == self._scene_uid:
            show_frame(scene, self._was)

    def _take_rest(self):
        obj = self.find(self._context)
        with self.at_rest(self._context, obj) as (evaluated, _):
            mesh, matrix = evaluated.data, np.array(evaluated.matrix_world, dtype=np.float64)
            check_scale(self.name, matrix)
            points = _points(mesh)
            self.count = len(points)
            if self.count > MAX_VERTICES:
                raise bad_mesh(
                    f"{self.name} has {self.count:,} vertices; {MAX_VERTICES:,} are the most.",
                    "Use a decimated copy, and move its weights over by Object > Link/Transfer Data.",
                )
            self.faces, self._motion = _faces(mesh, matrix), self._digest(obj)
        if self.count < 4 or not len(self.faces):
            raise bad_mesh(
                f"{self.name} has {self.count} vertices and {len(self.faces)} triangles.",
                "Choose a mesh with at least four vertices and a face.",
            )
        self.origin = np.zeros(3)
        world = self._in_metres(points, matrix, "in the rest pose").astype(np.float64)
        low, high = world.min(axis=0), world.max(axis=0)
        if not float(np.linalg.norm(high - low)) > 1e-9:
            raise bad_mesh(f"{self.name} has no size.", "Move its vertices apart, or choose another object.")
        self.origin = np.array([*(low + high)[:2] / 2.0, low[2]])
        self.rest = self._in_metres(points, matrix, "in the rest pose")

    def _digest(self, obj):
        return edits.digest(obj, {modifier.name for modifier in kept_modifiers(obj)})

    def _evaluated(self, obj, frame):
        self._context.scene.frame_set(frame)
        evaluated = obj.evaluated_get(self._context.evaluated_depsgraph_get())
        return _points(evaluated.data), np.array(evaluated.matrix_world, dtype=np.float64)

    def _in_metres(self, points, matrix, where):
        world = placed(points, matrix)
        if not np.abs(world).max(initial=0.0) < FARTHEST:  # false for a number that is none
            raise bad_mesh(
                f"{self.name} has vertices whose position is not a number, or far too large, {where}.",
                "Choose frames without them, or delete these vertices in Edit Mode.",
            )
        return (world * self._unit - self.origin).astype(np.float32)


@contextlib.contextmanager
def kept_modifiers_off(obj):
    """Turn off, for the block, the modifiers that the copy keeps. The object may be deleted in the block."""
    uid = obj.session_uid
    names = [modifier.name for modifier in kept_modifiers(obj) if modifier.show_viewport]
    _set_shown(uid, names, False)
    try:
        yield
    finally:
        _set_shown(uid, names, True)


def _set_shown(uid, names, shown):
    for obj in bpy.data.objects:
        if obj.session_uid == uid:
            for modifier in filter(None, map(obj.modifiers.get, names)):
                modifier.show_viewport = shown


def kept_modifiers(obj):
    """The modifiers at the end of an object's stack that act on the moved mesh."""
    kept = []
    for modifier in reversed(obj.modifiers):
        if modifier.type not in AFTER:
            break
        kept.append(modifier)
    return kept[::-1]


def _check(context, obj, frames):
    if obj is None or obj.type != "MESH":
        raise bad_mesh("No mesh is active.", "Select the mesh that moves; only an active mesh can get bones.")
    selection.check_local(obj)
    selection.check_one_mesh(obj)
    if obj.mode != "OBJECT":
        raise bad_mesh(f"{obj.name} is in {_mode(obj)}.", "Press Tab, or choose Object Mode.")
    if not obj.visible_get():
        raise bad_mesh(f"{obj.name} is hidden, and Blender does not move it.", "Show it in the Outliner.")
    if len(frames) < 2:
        raise bad_mesh("A single frame has no motion.", "Choose at least two frames.")
    if len(frames) > MAX_FRAMES:
        raise bad_mesh(f"{len(frames):,} frames are more than {MAX_FRAMES:,}.", "Choose fewer frames.")


def _mode(obj):
    return obj.mode.replace("_", " ").title() + ("" if "PAINT" in obj.mode else " Mode")


def _faces(mesh, matrix):
    mesh.calc_loop_triangles()
    faces = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", faces)
    return np.ascontiguousarray(triangles(faces.reshape(-1, 3), matrix))


def _points(mesh):
    out = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", out)
    return out.reshape(-1, 3)
