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
        The wanted one.
    bounds : (2, 3) float
        The creature's bounding box over its whole clip, from its location.
    """
    context.view_layer.update()  # or objects that a script has moved are where they were
    visible = [obj for obj in context.view_layer.objects if obj.type in SOLID and obj.visible_get()]
    others = [(obj, world_bounds(obj)) for obj in visible]
    size = max(bounds[1] - bounds[0])

    def in_the_way(box):
        found = []
        for obj, other in others:
            if not overlap(box, other):
                continue
            small = max(other[1] - other[0]) <= LARGE * size
            if creatures.is_creature(obj) or small or _inside(context, obj, np.mean(box, axis=0)):
                found.append((tuple(other[0]), tuple(other[1])))
        return found

    wanted = bounds + np.array(location)
    wanted[0, 2] += FEET * (bounds[1][2] - bounds[0][2])
    box = tuple(wanted[0]), tuple(wanted[1])
    shift = free_shift(box, in_the_way, GAP * float(bounds[1][0] - bounds[0][0]))
    return Vector(location) + Vector((shift, 0.0, 0.0))


def world_bounds(obj):
    """Lowest and highest corner (2, 3) in world space, of a creature over its whole clip."""
    low, high = creatures.local_bounds(obj)
    corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    placed = np.array([obj.matrix_world @ Vector(corner) for corner in corners])
    return np.stack([placed.min(axis=0), placed.max(axis=0)])


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


def _collections(scene):
    return [scene.collection, *scene.collection.children_recursive]
