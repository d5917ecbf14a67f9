"""Reading the artist's mesh: the shape that is analysed, and which of its vertices are the artist's."""

import contextlib
import dataclasses

import bpy
import numpy as np
from mathutils.kdtree import KDTree

from ...core.own_mesh.mesh_input import Part, bad_mesh, join, placed, triangles
from ..rig import modifiers
from . import own_rig

COINCIDENT = 1e-6
"""Distance, as a share of the longest side, below which two vertices are in the same place."""


@dataclasses.dataclass(frozen=True)
class Taken:
    """What was read of one object.

    `uid`: its `session_uid`; `nearest` (N,) int: for each of its own N vertices the vertex of the sent mesh,
    whose weights it gets; `base` (N, 3) float32 and `matrix` (4, 4): its own vertices and its place, to see
    later whether the artist has changed it.
    """

    uid: int
    nearest: np.ndarray
    base: np.ndarray
    matrix: np.ndarray


@dataclasses.dataclass(frozen=True)
class Intake:
    """The selection as it is sent: `mesh` (MeshInput), `rig` (Rig or None), a `Taken` an object.

    `rig_uid`: the `session_uid` of the armature that the selection is bound to already, or None; `notes`:
    sentences for the artist; `plain`: no modifier makes geometry of its own, so that shape keys can move all.
    """

    mesh: object
    rig: object
    rig_uid: int | None
    objects: tuple
    notes: tuple
    plain: bool


def take(context, objects, unit, own, shape_keys):
    """Read objects; GenerationError "bad_mesh" where they cannot be animated. The scene stays as it is.

    Parameters
    ----------
    objects : list of Object
        From `selection.selected_meshes`.
    unit : float
        Metres in one Blender unit.
    own : bool
        Whether bones that the mesh is bound to are wanted.
    shape_keys : bool
        Whether the result is to be shape keys too: the base mesh alone is analysed, for they move it alone.
    """
    parts, taken, notes, weights = [], [], [], []
    start = 0
    armature = own_rig.armature_of(objects, context.view_layer) if own else None
    with _out_of_sculpt_mode(context):
        for obj in objects:
            if shape_keys:
                _refuse_copies(obj)
            base, matrix = basis(obj), np.array(obj.matrix_world, dtype=np.float64)
            with _shape(context, obj, base, [] if shape_keys else modifiers.of_the_shape(obj)) as shape:
                vertices, faces, shaped = shape
                parts.append(Part(obj.name, placed(vertices, matrix), triangles(faces, matrix), matrix))
                if armature is not None:
                    weights.append(own_rig.weights_of(obj, shaped, armature, start))
                    if not weights[-1][0]:
                        notes.append(f"{obj.name} is not bound to {armature.name}, and stays where it is.")
            nearest = _nearest(base, vertices) + start
            taken.append(Taken(obj.session_uid, nearest, base, matrix))
            start += len(vertices)
            notes += modifiers.notes(obj)
    mesh = join(parts, unit)
    rig = None
    if armature is not None:
        rig = own_rig.rig_of(armature, weights, mesh.origin, unit)
    plain = not any(map(modifiers.of_the_shape, objects))
    uid = armature.session_uid if rig is not None else None
    return Intake(mesh, rig, uid, tuple(taken), tuple(notes), plain)


def unchanged(objects, intake):
    """Whether objects still are what was read; objects: in the intake's order."""
    return all(
        np.array_equal(basis(obj), taken.base)
        and np.allclose(np.array(obj.matrix_world), taken.matrix, rtol=0, atol=1e-6)
        for obj, taken in zip(objects, intake.objects, strict=True)
    )


def same(taken, other):
    """Whether two intakes are of the same objects, unchanged in between."""
    return len(taken.objects) == len(other.objects) and all(
        a.uid == b.uid
        and np.array_equal(a.base, b.base)
        and np.allclose(a.matrix, b.matrix, rtol=0, atol=1e-6)
        for a, b in zip(taken.objects, other.objects, strict=True)
    )


def basis(obj):
    """Vertices (N, 3) float32 of an object's mesh without shape keys and modifiers, in its own space."""
    mesh = obj.data
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    source = mesh.vertices if mesh.shape_keys is None else mesh.shape_keys.reference_key.points
    out = np.empty(3 * len(source), np.float32)
    source.foreach_get("co", out)
    return out.reshape(-1, 3)


@contextlib.contextmanager
def _out_of_sculpt_mode(context):
    """Leave Sculpt Mode, which holds changes back from the mesh, and return to it."""
    sculpted = context.object is not None and context.object.mode == "SCULPT"
    if sculpted:
        bpy.ops.object.mode_set(mode="OBJECT")
    try:
        yield
    finally:
        if sculpted:
            bpy.ops.object.mode_set(mode="SCULPT")


@contextlib.contextmanager
def _shape(context, obj, base, kept):
    """Vertices (V, 3) and triangles (F, 3) of an object with some of its modifiers, in its own space.

    Yields them, and an object whose vertices have the deform groups.
    """
    if not kept:
        yield base, _triangles(obj.data), obj
        return
    # A copy: nothing of the artist's own object may change, not even for a moment.
    copy = obj.copy()
    copy.data = obj.data.copy()
    try:
        names = {modifier.name for modifier in kept}
        copy.animation_data_clear()
        for modifier in [m for m in copy.modifiers if m.name not in names]:
            copy.modifiers.remove(modifier)
        if copy.data.shape_keys is not None:
            copy.shape_key_clear()
        copy.data.vertices.foreach_set("co", base.ravel())
        copy.parent, copy.matrix_world = None, obj.matrix_world
        for constraint in list(copy.constraints):
            copy.constraints.remove(constraint)
        context.scene.collection.objects.link(copy)
        evaluated = copy.evaluated_get(context.evaluated_depsgraph_get())
        vertices = np.empty(3 * len(evaluated.data.vertices), np.float32)
        evaluated.data.vertices.foreach_get("co", vertices)
        yield vertices.reshape(-1, 3), _triangles(evaluated.data), evaluated
    finally:
        data = copy.data
        bpy.data.objects.remove(copy)
        bpy.data.meshes.remove(data)
        context.view_layer.update()  # until then the view layer lists None in its place


def _triangles(mesh):
    mesh.calc_loop_triangles()
    out = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", out)
    return out.reshape(-1, 3)


def _nearest(base, vertices):
    """For each vertex of the base mesh (N, 3) its own or the nearest one of the shape (V, 3)."""
    count = len(base)
    if not len(vertices) or not np.isfinite(vertices).all() or not np.isfinite(base).all():
        return np.zeros(count, np.int64)  # refused in `join`
    limit = COINCIDENT * float(np.ptp(vertices.astype(np.float64), axis=0).max())
    if len(vertices) >= count and np.abs(vertices[:count] - base).max(initial=0.0) <= limit:
        return np.arange(count)
    tree = KDTree(len(vertices))
    for i, point in enumerate(vertices.tolist()):
        tree.insert(point, i)
    tree.balance()
    return np.array([tree.find(point)[1] for point in base.tolist()], dtype=np.int64)


def _refuse_copies(obj):
    for modifier in obj.modifiers:
        if modifier.show_viewport and modifier.type in modifiers.COPIES:
            raise bad_mesh(
                f"Shape keys cannot animate what {modifier.name} adds to {obj.name}.",
                "Apply the modifier, or choose Output: Armature.",
            )
