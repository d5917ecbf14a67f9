"""A creature takes the place of another: what the artist gave the old one stays."""

from ..core.errors import GenerationError
from . import creatures
from .colours import materials
from .creatures import PROPERTY
from .rig import skinning
from .rig.modifiers import armature_modifiers
from .rig.replaced import Replaced
from .transform_properties import PLACE


class Replacement:
    """An old creature's object, which gets a new mesh; its armature is removed.

    An armature that moves other objects too, or has Actions of the artist's, stays, without the creature.

    Parameters
    ----------
    old : Object
        The old mesh object.
    rigged : bool
        Whether an armature comes in its place: it takes the place of the old armature, or of the mesh itself.
        GenerationError "bad_option" where the artist animated the mesh object, which cannot follow.

    Attributes
    ----------
    rigs : list of Object
        The armatures that are removed.
    levels : list of Object
        Its levels of detail, which are removed too.
    """

    def __init__(self, old, rigged):
        self._old = old
        self._replaced = Replaced([old])
        self.rigs, self.levels = self._replaced.rigs, self._replaced.levels
        self._base = self.rigs[0] if self.rigs else old
        if rigged and self._base == old and old.animation_data is not None:
            raise GenerationError(
                "bad_option",
                f"{old.name} is animated as a whole, which an armature in its place would not follow.",
                "Choose Output: Shape Keys, or Placement: Beside.",
            )
        self._rigged = rigged
        self._renamed = old.name.split(".")[0] != old.data.name.split(".")[0]

    def give(self, mesh):
        """Give the object a new mesh with the artist's materials and vertex groups; returns the object."""
        old, ours = self._old, set(creatures.joints(self._old))
        names, active = vertex_groups(old)
        groups = [(name, locked) for name, locked in names if name not in ours], active
        keep_materials(old, mesh)
        self._replaced.step_aside()
        if self._rigged:
            for modifier in armature_modifiers(old):  # two armatures would deform it twice
                modifier.show_viewport = modifier.show_render = False
        old.data = mesh
        add_groups(old, groups)
        return old

    def end(self, rig, name):
        """Put the new armature, or the mesh alone, in the old one's place; nothing that can fail may follow.

        Parameters
        ----------
        rig : Object or None
        name : str
            Of the new creature; an object that the artist has renamed keeps its name.
        """
        old, base = self._old, self._base
        if rig is not None:
            _take_place(rig, base)
            keep = base != old
            inverse, basis = old.matrix_parent_inverse.copy(), old.matrix_basis.copy()
            self._replaced.remove()
            old.parent, old.parent_type, old.parent_bone = rig, "OBJECT", ""
            if keep:
                old.matrix_parent_inverse, old.matrix_basis = inverse, basis
            else:
                old.matrix_parent_inverse.identity()
                old.matrix_basis.identity()
                _drop_constraints(old)
        else:
            if base != old:
                for constraint in base.constraints:
                    old.constraints.copy(constraint)
            self._replaced.remove()
        for modifier in old.modifiers:
            if rig is not None and modifier.type == "ARMATURE" and modifier.object == rig:
                skinning.name_modifier(modifier)
        old.hide_viewport = False
        old.hide_set(False)
        if not self._renamed:
            old.name = name


def _take_place(rig, base):
    """Give an armature the parent, the transform and the constraints of an object."""
    for name in PLACE:
        setattr(rig, name, getattr(base, name))
    for constraint in base.constraints:
        rig.constraints.copy(constraint)


def _drop_constraints(old):
    """Take constraints off a mesh: its armature has them now."""
    for constraint in list(old.constraints):
        old.constraints.remove(constraint)


def keep_materials(old, mesh):
    """Give a new creature's mesh the slots of an old one's object, with its own material in place of ours.

    It is removed where no slot takes it. Slots that are linked to the object stay with the object.
    """
    own = mesh.materials[0]
    kept = [slot.material for slot in old.material_slots] or [own]
    kept = [own if material is not None and PROPERTY in material else material for material in kept]
    mesh.materials.clear()
    for material in kept:
        mesh.materials.append(material)
    for slot, material in zip(old.material_slots, kept, strict=False):
        if slot.link == "OBJECT":
            slot.material = material
    if own not in kept:
        materials.remove(own)


def vertex_groups(obj):
    """Names of an object's vertex groups, whether each is locked, and the index of the active one."""
    return [(group.name, group.lock_weight) for group in obj.vertex_groups], obj.vertex_groups.active_index


def add_groups(obj, groups):
    """Add what `vertex_groups` returned, without vertices: the new ones are others."""
    names, active = groups
    for name, locked in names:
        obj.vertex_groups.new(name=name).lock_weight = locked
    if names:
        obj.vertex_groups.active_index = min(active, len(names) - 1)
