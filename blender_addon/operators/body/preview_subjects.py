"""What the preview shows: the body of the next creature, or that of the active one as its sliders are."""

import numpy as np
from mathutils import Matrix

from ...core.body import variation
from ...core.colours import other_palette
from ...core.request import DNF, VERTEX_COLOURS
from ...scene import creatures, placement


class NextCreature:
    """The body of the panel's settings, where the creature will stand."""

    def is_needed(self, context):
        """Whether there is still something to show."""
        settings = context.scene.zoetrope
        return settings.tab == "GENERATE" and settings.engine == DNF

    def request(self, context):
        """The arguments of `protocol.preview`, all but the job folder."""
        return context.scene.zoetrope.preview_request()

    def check(self, _context, _weights):
        """GenerationError where weights, as in the answer to `hello`, cannot make the body."""

    def is_plain(self, context):
        """Whether what it is compared with has vertex colours alone."""
        return context.scene.zoetrope.texture == VERTEX_COLOURS

    def shown(self, _context, body):
        """A `PreviewBody` as it is to be shown."""
        return body

    def place_depends_on(self, context):
        """What `place` depends on, to be compared."""
        active = creatures.creature_of(context.view_layer.objects.active)
        moved = None if active is None else _rows(active.matrix_world)
        return tuple(context.scene.cursor.location), context.scene.zoetrope.placement, moved

    def place(self, context, rest):
        """World matrix for a body (V, 3) at rest in Blender units."""
        return Matrix.Translation(placement.next_to(context, rest))


class ActiveCreature:
    """The body of a creature with the proportions of its sliders, beside it, turned and scaled as it is.

    Parameters
    ----------
    obj : Object
        Its mesh object; found again by `session_uid`, for references die at undo.
    """

    def __init__(self, obj):
        self.uid = obj.session_uid

    def is_needed(self, context):
        """Whether it is still the active creature, which the panel with the sliders is about."""
        obj = creatures.creature_of(context.view_layer.objects.active)
        return obj is not None and obj.session_uid == self.uid and obj == self._find(context)

    def request(self, context):
        """One for its seed, with the factors of its sliders; GenerationError where that is not stored."""
        mesh = self._find(context).data
        return variation.preview_with(mesh[creatures.PROPERTY], mesh.zoetrope_proportions.values())

    def check(self, context, weights):
        """Other weights than those that made it would show another body."""
        variation.check_weights(self._find(context).data[creatures.PROPERTY], weights)

    def is_plain(self, context):
        """Whether it has no textures."""
        return not self._find(context).data.uv_layers

    def shown(self, context, body):
        """The body with the colours of the creature's swatches."""
        swatches = self._find(context).data.zoetrope_paint.swatches
        return other_palette.recoloured(body, np.array([s.colour for s in swatches], np.float32))

    def place_depends_on(self, context):
        """Where the creature is."""
        return _rows(self._find(context).matrix_world)

    def place(self, context, rest):
        """The next free place along X."""
        matrix = self._find(context).matrix_world.copy()
        turned = rest @ np.array(matrix.to_3x3()).T
        bounds = np.stack([turned.min(axis=0), turned.max(axis=0)])
        matrix.translation = placement.beside(context, matrix.translation, bounds)
        return matrix

    def _find(self, context):
        return creatures.find(context.scene, self.uid)


def _rows(matrix):
    return tuple(map(tuple, matrix))
