"""Reading the artist's mesh: the shape that is analysed, and which of its vertices are the artist's."""

import contextlib
import dataclasses

import bpy
import numpy as np
from mathutils.kdtree import KDTree

from ...core.own_mesh.mesh_input import Part, bad_mesh, join, placed, triangles
from ..rig import modifiers
from . import own_rig, shared_meshes

COINCIDENT = 1e-6
"""Distance, as a share of the longest side, below which two vertices are in the same place."""


@dataclasses.dataclass(frozen=True)
class Taken:
    """What was read of one object.

    `uid`: its `session_uid`; `nearest` (N,) int: for each of its own N vertices the vertex of the sent mesh,
    whose weights it gets; `base` (N, 3) float32 and `matrix` (4, 4): its own vertices and its place.
    `vertices` (V, 3) float32 and `polygons` are what was analysed of it, to see later whether the artist has
    changed it.
    """

    uid: int
    nearest: np.ndarray
    base: np.ndarray
    matrix: np.ndarray
    vertices: np.ndarray
    polygons: tuple


@dataclasses.dataclass(frozen=True)
class Intake:
    """The selection as it is sent: `mesh` (MeshInput), `rig` (Rig or None), a `Taken` an object.

    `rig_uid`: the `session_uid` of the armature that the selection is bound to already, or None; `notes`:
    sentences for the artist; `plain`: no modifier makes geometry of its own, so that shape keys can move all;
    `shape_keys`: the base meshes alone were analysed.
    """

    mesh: object
    rig: object
    rig_uid: int | None
    objects: tuple
    notes: tuple
    plain: bool
    shape_keys: bool


def take(context, objects, unit, own, shape_keys):
    """Read objects; GenerationError "bad_mesh" where they cannot be animated. The scene stays as it is.

    Parameters
    ----------
    objects : list of Object
        From `selection.selected_meshes`.
    unit : float
        Metres in one Blender unit.
    own : bool
        Whether bones that the mesh is bound to are used.
    shape_keys : bool
        Whether the result is to be shape keys too: the base mesh alone is analysed, for they move it alone.
    """
    parts, taken, notes, weights = [], [], [], []
    start = 0
    armature = own_rig.armature_of(objects, context.view_layer) if own else None
    if shape_keys:
        shared_meshes.refuse_keys(objects)
    elif armature is None:
        shared_meshes.refuse_large(objects)
    with _out_of_sculpt_mode(context):
        for obj in objects:
            if shape_keys:
                _refuse_copies(obj)
            base, matrix = basis(obj), np.array(obj.matrix_world, dtype=np.float64)
            with _shape(context, obj, base, shape_keys) as (vertices, shaped):
                faces, polygons = _triangles(shaped.data), _polygons(shaped.data)
                parts.append(Part(obj.name, placed(vertices, matrix), triangles(faces, matrix), matrix))
                if armature is not None:
                    weights.append(own_rig.weights_of(obj, shaped, armature, start))
                    if not weights[-1][0]:
                        notes.append(f"{obj.name} is not bound to {armature.name}, and stays where it is.")
            nearest = _nearest(base, vertices) + start
            taken.append(Taken(obj.session_uid, nearest, base, matrix, vertices, polygons))
            start += len(vertices)
            notes += modifiers.notes(obj)
    mesh = join(parts, unit)
    rig = None
    if armature is not None:
        rig = own_rig.rig_of(armature, weights, mesh.origin, unit)
    plain = not any(map(modifiers.of_the_shape, objects))
    uid = armature.session_uid if rig is not None else None
    return Intake(mesh, rig, uid, tuple(taken), tuple(notes), plain, shape_keys)


def unchanged(context, objects, intake):
    """Whether objects still are what was read, with their modifiers; objects: in the intake's order."""
    for obj, taken in zip(objects, intake.objects, strict=True):
        if intake.shape_keys and _copying(obj) is not None:
            return False
        base, matrix = basis(obj), np.array(obj.matrix_world, dtype=np.float64)
        if not _same_place(base, matrix, taken):
            return False
        with _shape(context, obj, base, intake.shape_keys) as (vertices, shaped):
            if not _same_shape(vertices, _polygons(shaped.data), taken):
                return False
    return True


def same(intake, other):
    """Whether two intakes are of the same objects, unchanged in between."""
    return len(intake.objects) == len(other.objects) and all(
        a.uid == b.uid and _same_place(a.base, a.matrix, b) and _same_shape(a.vertices, a.polygons, b)
        for a, b in zip(intake.objects, other.objects, strict=True)
    )


def _same_place(base, matrix, taken):
    return np.array_equal(base, taken.base) and np.allclose(matrix, taken.matrix, rtol=0, atol=1e-6)


def _same_shape(vertices, polygons, taken):
    if vertices.shape != taken.vertices.shape:
        return False
    limit = COINCIDENT * float(np.ptp(taken.vertices.astype(np.float64), axis=0).max())
    return all(map(np.array_equal, polygons, taken.polygons)) and np.allclose(
        vertices, taken.vertices, rtol=0, atol=limit
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
def _shape(context, obj, base, shape_keys):
    """Vertices (V, 3) of an object with the modifiers that belong to its shape, in its own space.

    Yields them, and an object whose mesh has their faces and deform groups. shape_keys: as of `take`.
    """
    kept = [] if shape_keys else modifiers.of_the_shape(obj)
    if not kept:
        yield base, obj
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
        yield vertices.reshape(-1, 3), evaluated
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


def _polygons(mesh):
    """Vertices of all corners, and the number of corners of each face; both int32."""
    corners, sizes = np.empty(len(mesh.loops), np.int32), np.empty(len(mesh.polygons), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.polygons.foreach_get("loop_total", sizes)
    return corners, sizes


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
    modifier = _copying(obj)
    if modifier is not None:
        raise bad_mesh(
            f"Shape keys cannot animate what {modifier.name} adds to {obj.name}.",
            "Apply the modifier, or choose Output: Armature.",
        )


def _copying(obj):
    """The first visible modifier whose geometry shape keys cannot move, or None."""
    return next((m for m in obj.modifiers if m.show_viewport and m.type in modifiers.COPIES), None)
