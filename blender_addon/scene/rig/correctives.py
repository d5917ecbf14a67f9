"""Corrective shape keys: driven by properties of the armature, so that its Actions hold their values too."""

from .. import actions, shape_keys
from .replaced import MADE

PREFIX = "corrective_"
GROUP = "Correctives"


def add_keys(obj, rig, rest, offsets):
    """Add the keys to a mesh, each driven by a property of its armature with the key's name.

    Parameters
    ----------
    obj, rig : Object
    rest : (V, 3) float32
        In Blender units.
    offsets : (K, V, 3) float32
        The keys' displacements of it.

    Returns
    -------
    list of str
        Names of the properties.
    """
    names = []
    for block in shape_keys.append(obj, PREFIX, (rest + offset for offset in offsets)):
        names.append(block.name)
        rig[block.name] = 0.0
        rig.id_properties_ui(block.name).update(min=0.0, max=1.0, description="Corrective shape key")
        driver = obj.data.shape_keys.driver_add(shape_keys.value_path(block)).driver
        driver.type = "AVERAGE"  # no expression: Blender runs it in files that are not trusted too
        variable = driver.variables.new()
        variable.targets[0].id, variable.targets[0].data_path = rig, f'["{block.name}"]'
    return names


def add_curves(rig, action, names, values, timing, cyclic):
    """Key the properties in one of the armature's Actions; values: (T, K) float."""
    curves = actions.curves_in(action, rig)
    keyframes = shape_keys.weight_curves(values, timing.start, timing.step, cyclic and len(values) > 1)
    for name, (frames, column) in zip(names, keyframes, strict=True):
        actions.add_curve(curves, f'["{name}"]', frames, column, cyclic and len(values) > 1, group=GROUP)


def add_still(rig, curves, start):
    """Keep the properties at 0 in an Action that was not made with them: another's values would stay."""
    for name in [name for name in rig.keys() if MADE in rig and name.startswith(PREFIX)]:  # noqa: SIM118
        actions.add_curve(curves, f'["{name}"]', [start], [0.0], cyclic=False, group=GROUP)
