"""Where a creature stands: at the 3D cursor, or at the next free place."""

import numpy as np
from mathutils import Vector

from ..core.free_place import free_shift, overlap
from . import creatures

GAP = 0.1
"""Distance between creatures, as a share of the new one's width."""
LARGE = 2.0
"""Other objects up to so many times a creature's longest side are in its way; larger ones are not."""
FEET = 0.1
"""The lowest share of a creature's height that may be inside something: it stands on floors."""
SOLID = ("MESH", "CURVE", "SURFACE", "META", "FONT")


def beside(context, location, bounds):
    """The next free location along X for a creature.

    Parameters
    ----------
    location : Vector
        The requested one.
    bounds : (2, 3) float
        The creature's bounding box over its whole clip, from its location.

    Returns the requested one where the next free one is far away.
    """
    context.view_layer.update()  # or objects that a script has moved are where they were
    solid = [obj for obj in context.view_layer.objects if obj.type in SOLID and not creatures.is_preview(obj)]
    visible = [obj for obj in solid if obj.visible_get()]
    boxes = _world_boxes(visible)
    sizes = (boxes[:, 1] - boxes[:, 0]).max(axis=1)
    small = sizes <= LARGE * max(bounds[1] - bounds[0])
    in_its_way = small | np.array([creatures.is_generated(obj) for obj in visible], bool)
    large = np.flatnonzero(~in_its_way)

    def surrounded(box):
        near = large[overlap(box, boxes[large])]
        point = box.mean(axis=0)
        return max((boxes[i, 1, 0] for i in near if _inside(context, visible[i], point)), default=None)

    box = bounds + np.array(location)
    box[0, 2] += FEET * (bounds[1][2] - bounds[0][2])
    shift = free_shift(box, boxes[in_its_way], GAP * float(bounds[1][0] - bounds[0][0]), surrounded)
    return Vector(location) + Vector((shift, 0.0, 0.0))


def next_to(context, rest):
    """Where a body (V, 3) at rest is shown that is not made yet: where it will stand.

    One that is to replace the active creature is shown beside it, so that both can be seen.
    """
    active = creatures.creature_of(context.view_layer.objects.active)
    location = context.scene.cursor.location.copy()
    if context.scene.zoetrope.placement == "REPLACE" and active is not None:
        location = active.matrix_world.translation.copy()
    return beside(context, location, np.stack([rest.min(axis=0), rest.max(axis=0)]))


def world_bounds(obj):
    """Lowest and highest corner (2, 3) in world space, of a creature over its whole clip."""
    return _world_boxes([obj])[0]


def _world_boxes(objects):
    """`world_bounds` of many objects: (N, 2, 3) float64."""
    local = np.array([creatures.local_bounds(obj) for obj in objects]).reshape(-1, 2, 3)
    matrices = np.array([obj.matrix_world for obj in objects]).reshape(-1, 4, 4)
    corners = np.stack([local[:, [i, j, k], [0, 1, 2]] for i, j, k in np.ndindex(2, 2, 2)], axis=1)
    placed = np.einsum("nij,ncj->nci", matrices[:, :3, :3], corners) + matrices[:, None, :3, 3]
    return np.stack([placed.min(axis=1), placed.max(axis=1)], axis=1)


def _inside(context, obj, point):
    """Whether a point is inside a mesh's surface, which its normals show; a room's point inwards."""
    evaluated = obj.evaluated_get(context.evaluated_depsgraph_get())
    if obj.type != "MESH" or not evaluated.data.polygons:
        return False
    local = obj.matrix_world.inverted_safe() @ Vector(point)
    found, nearest, normal, _ = evaluated.closest_point_on_mesh(local)
    return found and (nearest - local).dot(normal) > 0.0


def link(context, obj):
    """Link an object where Blender's own Add puts one: the active collection, if that is visible."""
    scene, collection = context.scene, context.collection
    if collection is not None and collection.is_editable and collection in _collections(scene):
        collection.objects.link(obj)
        if obj.visible_get(view_layer=context.view_layer):
            return
        collection.objects.unlink(obj)
    scene.collection.objects.link(obj)


def link_beside(context, new, obj):
    """Link a new object where another one is, or where it can be seen."""
    inside = set(_collections(context.scene))
    for collection in obj.users_collection:
        if collection in inside and collection.is_editable:
            collection.objects.link(new)
            if new.visible_get(view_layer=context.view_layer):
                return
            collection.objects.unlink(new)
    link(context, new)


def _collections(scene):
    return [scene.collection, *scene.collection.children_recursive]
