"""The selected objects that are to be animated, or one sentence why not."""

from ...core.own_mesh.mesh_input import bad_mesh
from .. import creatures

CONVERTIBLE = {"CURVE": "a curve", "SURFACE": "a surface", "META": "a metaball", "FONT": "a text"}


def selected_meshes(context):
    """The visible selected mesh objects, the active one first; GenerationError "bad_mesh" without any.

    Lights, cameras, empties and armatures in the selection are left alone. A mesh in one of its own modes
    counts as selected.
    """
    visible = [obj for obj in context.view_layer.objects if obj.visible_get()]
    chosen = [obj for obj in visible if obj.select_get() or obj.mode not in ("OBJECT", "POSE")]
    for obj in chosen:
        if obj.type in CONVERTIBLE:
            raise bad_mesh(
                f"{obj.name} is {CONVERTIBLE[obj.type]}, not a mesh.",
                "Use Object > Convert > Mesh, or deselect it.",
            )
    meshes = [obj for obj in chosen if obj.type == "MESH"]
    if not meshes:
        raise bad_mesh("No mesh is selected.", "Select the mesh of a creature, with its eyes and teeth.")
    for obj in meshes:
        _check(obj)
    active = context.view_layer.objects.active
    return sorted(meshes, key=lambda obj: obj != active)


def is_selected(context):
    """Whether there is a mesh to animate; cheap, for panels."""
    return any(
        obj.type == "MESH" and (obj.select_get() or obj.mode not in ("OBJECT", "POSE"))
        for obj in context.view_layer.objects
    )


def identifiers(objects):
    """What finds the objects again after undo, renaming and reading: their `session_uid`s."""
    return tuple(obj.session_uid for obj in objects)


def find(place, uids):
    """The objects of a scene or view layer with these identifiers, in their order; None where one is gone."""
    found = {obj.session_uid: obj for obj in place.objects}
    return [found[uid] for uid in uids] if all(uid in found for uid in uids) else None


def check_local(obj):
    """GenerationError "bad_mesh" for an object of another file."""
    for block, what in ((obj, obj.name), (obj.data, f"The mesh of {obj.name}")):
        if block.library is not None:
            raise bad_mesh(
                f"{what} is linked from another file.",
                "Use Object > Relations > Make Local > Selected Objects and Data.",
            )
        if block.override_library is not None:
            raise bad_mesh(
                f"{what} is a library override.",
                "Use Object > Relations > Make Local > Selected Objects and Data."
                " Or animate it in its own file.",
            )


def check_one_mesh(obj):
    """GenerationError "bad_mesh" for mesh frames: what follows one of them does not fit the next."""
    if creatures.holds_mesh_frames(obj):
        raise bad_mesh(
            f"{obj.name} is another mesh in each frame.",
            "Generate it with Output: Armature or Shape Keys, or choose another mesh.",
        )


def _check(obj):
    check_local(obj)
    check_one_mesh(obj)
    keys = obj.data.shape_keys
    if keys is not None and not keys.use_relative:
        raise bad_mesh(
            f"{obj.name} has absolute shape keys.", "Turn Relative on in its tab Data > Shape Keys."
        )
