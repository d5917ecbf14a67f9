"""What the artist should know about what is read: other selected meshes, muted tracks, earlier copies."""

from ...core import stored
from .. import creatures
from ..own_mesh.own_rig import listed


def of(context, obj, muted):
    """Sentences; muted: names of the object's NLA tracks that do not play."""
    notes = []
    selected = [
        o.name for o in context.view_layer.objects if o.type == "MESH" and o != obj and o.select_get()
    ]
    if selected:
        notes.append(f"Only the active mesh was taken, {obj.name}. Also selected: {listed(selected)}.")
    if muted:
        notes.append(f"Muted NLA tracks were not read: {listed(muted)}.")
    earlier = [rig.name for rig in context.scene.objects if _is_copy_of(rig, obj)]
    if earlier:
        notes.append(
            f"What was made from {obj.name} before is in the same place: hide or delete {listed(earlier)}."
        )
    return notes


def _is_copy_of(rig, obj):
    if rig.type != "ARMATURE" or not creatures.is_animated(rig):
        return False
    return stored.read(rig[creatures.PROPERTY]).get(creatures.SOURCE) == obj.name
