"""Which objects are creatures or animated by us, and what they store."""

import base64
import json

import bpy
import numpy as np

from ..core import stored
from . import actions, frame_nodes
from .levels import found as levels

PROPERTY = "zoetrope"
"""Custom property of the mesh with all that made it."""
FRAMES = f"{PROPERTY}_frames"
"""Custom property: first and last frame of the clip."""
BOUNDS = f"{PROPERTY}_bounds"
"""Custom property of creatures of older versions: the bounding box of all frames (6 numbers)."""
SOURCE = "source"
"""Key of what is stored with an armature that Shape Keys to Bones made: the original's name."""
JOINTS = f"{PROPERTY}_joints"
"""Custom property of the mesh with the names of the vertex groups that its joints have."""
PREVIEW = f"{PROPERTY}_preview"
"""Custom property of all data-blocks of a preview."""


def is_preview(obj):
    """Whether an object shows a preview of the next creature."""
    return PREVIEW in obj


def is_creature(obj):
    """Whether an object is a generated mesh."""
    return obj is not None and obj.type == "MESH" and PROPERTY in obj.data


def creature_of(obj):
    """The generated mesh that an object is, is a level of detail of, or moves as an armature; or None."""
    if is_creature(obj):
        return obj
    if levels.is_level(obj):
        return levels.creature_of(obj)
    if obj is None or obj.type != "ARMATURE":
        return None
    moved = (other for other in bpy.data.objects if is_creature(other))
    return next((other for other in moved if any(m.object == obj for m in _armature_modifiers(other))), None)


def _armature_modifiers(obj):
    return [modifier for modifier in obj.modifiers if modifier.type == "ARMATURE"]


def why_locked(*blocks):
    """Why a creature's data-blocks cannot be changed, as a sentence for people, or None.

    What changes in a library override is lost with the next opening of the file.
    """
    if any(block.override_library is not None for block in blocks):
        return "The creature is a library override: make it local (Object > Relations > Make Local)"
    if not all(block.is_editable for block in blocks):
        return "The creature is linked from another file"
    return None


def creatures_in(scene):
    """All creatures of a scene."""
    return [obj for obj in scene.objects if is_creature(obj)]


def find(scene, session_uid):
    """The creature of a scene with a session's identifier, or None; names change, references die at undo."""
    return next((obj for obj in creatures_in(scene) if obj.session_uid == session_uid), None)


def is_animated(obj):
    """Whether an object has Actions that we made: an armature, or a mesh's shape keys."""
    return animation_of(obj) is not None


MESH_FRAMES = "zoetrope_mesh_frames"
"""Custom property of a mesh that holds all frames of a clip: request, weights and header as JSON text."""


def holds_mesh_frames(obj):
    """Whether an object plays mesh frames (`mesh_frames.py`): no longer with the modifier applied."""
    if obj is None or obj.type != "MESH" or MESH_FRAMES not in obj.data:
        return False
    return frame_nodes.modifier_of(obj) is not None


def is_generated(obj):
    """Whether Generate has made an object: a creature, or one that plays mesh frames."""
    return is_creature(obj) or holds_mesh_frames(obj)


def animated_in(scene):
    """All objects of a scene with a clip: creatures, mesh frames, armatures, meshes that were animated."""
    return [obj for obj in scene.objects if is_generated(obj) or is_animated(obj)]


def animated_blocks(scene):
    """The data-blocks of a scene whose animation is ours."""
    ours = (obj for obj in scene.objects if is_creature(obj) or levels.is_level(obj))
    found = {obj.data.shape_keys for obj in ours}
    return found | {animation_of(obj) for obj in scene.objects if is_animated(obj)}


def clip_range(obj):
    """First and last scene frame of an object's clip, or None where something else moves it."""
    try:
        if holds_mesh_frames(obj):
            first, last = frame_nodes.shown_range(frame_nodes.modifier_of(obj))
        else:
            first, last = (animation_of(obj) or obj.data).get(FRAMES)
        return int(first), int(last)
    except (TypeError, ValueError, OverflowError):  # none, or the artist has edited it
        return None


def animation_of(obj):
    """The data-block of an object that we gave Actions which it still has, or None.

    An armature's is the object itself: its data may be linked. Creatures of older versions have none.
    """
    if obj.type == "ARMATURE":
        block = obj
    elif obj.type == "MESH":
        block = obj.data.shape_keys
    else:
        return None
    if block is None or FRAMES not in block:
        return None
    return block if any(PROPERTY in action for action in actions.all_of(block)) else None


def local_bounds(obj):
    """Lowest and highest corner (2, 3) in the object's space, of what Generate made over its whole clip."""
    corners = np.array(obj.bound_box, dtype=np.float64)
    bounds = np.stack([corners.min(axis=0), corners.max(axis=0)])
    other = _stored_bounds(obj.data) if is_generated(obj) else None
    if other is not None:
        bounds = np.stack([np.minimum(bounds[0], other[0]), np.maximum(bounds[1], other[1])])
    return bounds


def _stored_bounds(mesh):
    """What is stored (2, 3), or None where it is damaged."""
    try:
        text = mesh.get(PROPERTY, mesh.get(MESH_FRAMES))
        values = stored.read(text).get("bounds", mesh.get(BOUNDS))
        bounds = np.array(values, dtype=np.float64).reshape(2, 3)
    except (TypeError, ValueError):
        return None
    return bounds if np.isfinite(bounds).all() else None


def joints(obj):
    """Names of the vertex groups that a creature was made with."""
    try:
        names = json.loads(obj.data.get(JOINTS, "[]"))
    except (TypeError, ValueError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def store_joints(mesh, names):
    """Store the names of the vertex groups that a creature is made with."""
    mesh[JOINTS] = json.dumps(names)


def store_animation(block, result, request, weights, frames):
    """Store with an armature or shape keys what made their Actions; frames: first and last of the clip."""
    notes = {"notes": result.notes}
    block[PROPERTY] = json.dumps({"request": request, "weights": weights, "meta": result.meta, **notes})
    block[FRAMES] = list(frames)


def notes_of(block):
    """What the artist should know about a data-block's animation, in sentences."""
    notes = stored.read(block[PROPERTY]).get("notes")
    return [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []


def add_note(block, note):
    """Add a sentence to them."""
    block[PROPERTY] = json.dumps({**stored.read(block[PROPERTY]), "notes": [*notes_of(block), note]})


def store(mesh, result, request, weights, bounds):
    """Store what made the creature, so that a .blend file alone is enough to vary it later.

    The tokens are float32 in base64: USD has no type for custom properties of more than four numbers.

    Parameters
    ----------
    bounds : (2, 3) float
        Bounding box of all frames of all clips, in Blender units.
    """
    mesh[PROPERTY] = json.dumps(
        {
            "request": request,
            "weights": weights,
            "meta": result.meta,
            "bounds": np.asarray(bounds, dtype=np.float64).tolist(),
            "shapes": {name: list(np.shape(value)) for name, value in result.tokens.items()},
        }
    )
    for name, value in result.tokens.items():
        mesh[f"{PROPERTY}_{name}"] = base64.b64encode(np.asarray(value, dtype="<f4").tobytes()).decode()
