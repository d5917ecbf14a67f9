"""The palette of a creature's mesh as swatches: changing one repaints its texture and its vertex colours."""

import contextlib

import bpy
import numpy as np

from ...core import stored
from ...core.colours import region_paint
from ..creatures import PROPERTY, why_locked
from ..levels import found as levels
from ..meshes import COLOURS, REGIONS
from . import materials, textures

_held = False
_indices = {}
"""`session_uid` of a regions image -> (number of colours, table indices (H, W)), for the next time."""
KEPT_INDICES = 4
_shown = {}
"""`session_uid` of a base colour image -> the palette that its pixels have, once it was repainted.

Undo in a window brings back swatches, vertex colours and the packed file, but not the pixels in memory.
"""

REMEDY = "Undo that, or generate the creature again."


def store(mesh, result, images):
    """Give a new mesh the swatches of a result; images: texture's name -> Image."""
    paint = mesh.zoetrope_paint
    paint.base_colour, paint.regions = images.get("base_colour"), images.get("regions")
    by_texel = None if paint.regions is None else textures.read(paint.regions)
    regions = result.regions if by_texel is None else by_texel[..., :3]
    shown = region_paint.shown_regions(regions, len(result.palette))
    with _no_repaint():
        for i, colour in enumerate(np.clip(result.palette, 0, 1)):
            swatch = paint.swatches.add()
            swatch.name, swatch.shown = region_paint.region_name(i), bool(shown[i])
            swatch.colour = swatch.painted = colour


def of_mesh(mesh):
    """The swatches of a mesh's regions that can be seen; empty where it has none."""
    return [swatch for swatch in mesh.zoetrope_paint.swatches if swatch.shown]


def set_palette(mesh, palette):
    """Set all swatches of a mesh to the colours (K, 3) of a palette, and repaint it once."""
    with _no_repaint():
        for swatch, colour in zip(mesh.zoetrope_paint.swatches, np.clip(palette, 0, 1), strict=True):
            swatch.colour = colour
    repaint(mesh)


def repaint(mesh):
    """Paint a mesh, and its base colour texture, with the colours of its swatches.

    What the artist has painted by hand stays. A texture that another mesh shares is copied first. A mesh that
    cannot be painted now gets the colours with the next change.
    """
    if _held or why_locked(mesh) or is_edited(mesh):
        return
    paint = mesh.zoetrope_paint
    old, new = _palette(paint, "painted"), _palette(paint, "colour")
    if np.array_equal(old, new):
        return
    image = _own_image(mesh)
    if image is not None:
        _repaint_image(image, paint.regions, old, new)
    shown = _repaint_vertices(mesh, old, new)
    if shown is not None:
        _follow_viewport_colour(mesh, *shown)
    for level in levels.meshes_of(mesh):
        _repaint_vertices(level, old, new)
    for swatch in paint.swatches:
        swatch.painted = swatch.colour
    mesh.update_tag()


def is_edited(mesh):
    """Whether a mesh or one of its levels is in Edit Mode: it has no vertex colours there."""
    return any(each.is_editmode for each in (mesh, *levels.meshes_of(mesh)))


def notes(mesh):
    """Sentences about what the swatches of a mesh should paint and cannot."""
    paint = mesh.zoetrope_paint
    if not paint.swatches or is_edited(mesh):
        return []
    found, needed = [], (paint.base_colour, paint.regions)
    if not all(needed):
        if any(needed) or stored.part(mesh.get(PROPERTY), "request").get("texture"):
            name = "colors" if paint.base_colour is None else "color regions"
            found.append(
                f"The image of the creature's {name} was removed: its texture is not painted. {REMEDY}"
            )
    elif not has_texture(mesh):
        name = next(image.name for image in needed if not textures.is_readable(image))
        found.append(f"{name} has no pixels of four bytes: the texture is not painted. {REMEDY}")
    if not has_vertex_colours(mesh):
        text = f"The attribute {COLOURS} or {REGIONS} was changed or removed: vertex colors are not painted."
        found.append(f"{text} {REMEDY}")
    return found


def has_texture(mesh):
    """Whether a mesh has a texture that its swatches can paint."""
    needed = mesh.zoetrope_paint.base_colour, mesh.zoetrope_paint.regions
    return all(needed) and all(textures.is_readable(image) for image in needed)


def has_vertex_colours(mesh):
    """Whether a mesh has vertex colours that its swatches can paint; none in Edit Mode."""
    colours, regions, count = (
        mesh.color_attributes.get(COLOURS),
        mesh.attributes.get(REGIONS),
        len(mesh.vertices),
    )
    if colours is None or regions is None or regions.data_type != "INT":
        return False
    return len(colours.data) == len(regions.data) == count  # else other domains


def is_hand_painted(mesh):
    """Whether a mesh or its texture has colours that its swatches did not paint."""
    paint = mesh.zoetrope_paint
    palette, found = _palette(paint, "painted"), []
    if len(palette) and has_texture(mesh):
        found.append(_read_image(paint.base_colour, paint.regions, len(palette)))
    if len(palette):
        found.append(_read_vertices(mesh, len(palette))[1:])
    table = region_paint.colour_table(palette)
    return any(
        not np.array_equal(pixels.reshape(-1, 4)[:, :3], table[indices][:, None].view(np.uint8)[:, :3])
        for pixels, indices in found
        if indices is not None
    )


def show_again():
    """Bring textures to the swatches' colours after undo or redo."""
    for mesh in bpy.data.meshes if _shown else ():
        paint = mesh.zoetrope_paint
        if paint.base_colour is None or paint.regions is None:
            continue
        shown, now = _shown.get(paint.base_colour.session_uid), _palette(paint, "painted")
        if shown is not None and shown.shape == now.shape and not np.array_equal(shown, now):
            _repaint_image(paint.base_colour, paint.regions, shown, now)
            mesh.update_tag()


@contextlib.contextmanager
def _no_repaint():
    global _held
    _held = True
    try:
        yield
    finally:
        _held = False


def _palette(paint, name):
    """The colours (K, 3) float32 in a property of all swatches."""
    return np.array([getattr(swatch, name) for swatch in paint.swatches], np.float32).reshape(-1, 3)


def _repaint_image(image, regions, old, new):
    pixels, indices = _read_image(image, regions, len(new))
    if indices is None:
        return
    tables = region_paint.colour_table(old), region_paint.colour_table(new)
    painted = region_paint.repainted(pixels.reshape(-1, 4), indices, *tables)
    textures.write(image, painted.reshape(pixels.shape))
    _shown[image.session_uid] = new


def _read_image(image, regions, count):
    """Pixels (H, W, 4) uint8 of a base colour image and table indices (H W,); None where there are none."""
    pixels = textures.read(image)
    indices = None if pixels is None else _indices_of(regions, count)
    if indices is None:
        return pixels, None
    size = pixels.shape[:2]
    if indices.shape != size:  # the artist has scaled it
        rows, columns = (np.arange(n) * m // n for n, m in zip(size, indices.shape, strict=True))
        indices = indices[rows[:, None], columns]
    return pixels, indices.ravel()


def _indices_of(regions, count):
    """Table indices (H, W) of a regions image, which are kept for the next time; None without pixels."""
    kept = _indices.get(regions.session_uid)
    if kept is None or kept[0] != count:
        pixels = textures.read(regions)
        if pixels is None:
            return None
        kept = count, region_paint.table_indices(pixels, count)
        _indices[regions.session_uid] = kept
        while len(_indices) > KEPT_INDICES:
            del _indices[next(iter(_indices))]
    return kept[1]


def _repaint_vertices(mesh, old, new):
    """Paint the vertex colours of a mesh; returns what the palettes give them (V, 3), or None without any."""
    colours, pixels, indices = _read_vertices(mesh, len(new))
    if indices is None:
        return None
    tables = region_paint.colour_table(old), region_paint.colour_table(new)
    painted = region_paint.repainted(pixels, indices, *tables)
    colours.data.foreach_set("color_srgb", (painted / np.float32(255)).ravel())
    return [table[indices][:, None].view(np.uint8)[:, :3] / 255 for table in tables]


def _read_vertices(mesh, count):
    """A mesh's color attribute, its bytes (V, 4) and table indices (V,); None where it has none."""
    if not has_vertex_colours(mesh):
        return None, None, None
    colours, regions, number = mesh.color_attributes[COLOURS], mesh.attributes[REGIONS], len(mesh.vertices)
    values, rgba = np.empty(number, np.int32), np.empty(4 * number, np.float32)
    regions.data.foreach_get("value", values)
    colours.data.foreach_get("color_srgb", rgba)
    indices = region_paint.table_indices(region_paint.from_integers(values), count)
    return colours, np.clip(255 * rgba + 0.5, 0, 255).astype(np.uint8).reshape(-1, 4), indices


def _follow_viewport_colour(mesh, old, new):
    """Keep our material's viewport colour at the mean of the vertices' (N, 3), unless the artist set it."""
    before, now = materials.viewport_colour(old), materials.viewport_colour(new)
    for material in mesh.materials:
        if (
            material is not None
            and PROPERTY in material
            and np.allclose(material.diffuse_color, before, atol=1e-3)
        ):
            material.diffuse_color = now


def _own_image(mesh):
    """A mesh's base colour image; where another mesh or file shares it, a copy that takes its place."""
    image = mesh.zoetrope_paint.base_colour
    if image is None or mesh.zoetrope_paint.regions is None:
        return None
    shared = (other for other in bpy.data.meshes if other != mesh and other.users)
    if image.library is None and not any(other.zoetrope_paint.base_colour == image for other in shared):
        return image
    if image.is_dirty:  # or what was painted by hand would stay with the original
        image.pack()
    own = image.copy()
    mesh.zoetrope_paint.base_colour = own
    copies = {}
    for holder in _material_holders(mesh):
        if holder.material is not None and image in textures.of_material(holder.material):
            holder.material = _with_image(holder.material, image, own, copies)
    return own


def _material_holders(mesh):
    """Everything whose `material` is shown on a mesh or its levels: slots of one object, and others' own."""
    users = [obj for obj in bpy.data.objects if obj.data == mesh and obj.is_editable]
    for i, obj in enumerate(users):
        yield from (slot for slot in obj.material_slots if i == 0 or slot.link == "OBJECT")
    for level in levels.meshes_of(mesh):
        yield from (slot for obj in bpy.data.objects if obj.data == level for slot in obj.material_slots)


def _with_image(material, old, new, copies):
    """A copy of a material with another image, one a material; itself where nothing else uses it."""
    if material not in copies:
        copies[material] = copied = material if material.users == 1 else material.copy()
        for node in copied.node_tree.nodes:
            if node.type == "TEX_IMAGE" and node.image == old:
                node.image = new
    return copies[material]
