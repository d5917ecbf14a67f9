"""The object that shows a preview: marked, unselectable, not rendered, and never saved."""

import bpy
import numpy as np

from ...core.colours import face_texels, png
from .. import meshes
from ..colours import materials, textures
from ..creatures import PREVIEW, is_preview

NAME = "Zoetrope Preview"
KINDS = ("objects", "meshes", "materials", "images")


def find(scene):
    """The preview object of a scene, or None."""
    named = scene.objects.get(NAME)
    if named is not None and is_preview(named):
        return named
    return next((obj for obj in scene.objects if is_preview(obj)), None)


def show(scene, body, metres):
    """Show a body in a scene, in the object that is there already or in a new one; returns it.

    One that the artist has changed or taken into Edit Mode is replaced.

    body: `PreviewBody`; metres: in one Blender unit.
    """
    rest, obj = body.rest / np.float32(metres), find(scene)
    if obj is not None and _is_whole(obj.data, len(rest)) and _same_faces(obj.data, body.faces):
        obj.data.vertices.foreach_set("co", np.ascontiguousarray(rest).ravel())
        if not np.array_equal(_colours(obj.data), _bytes(body.colours)):
            _paint(obj.data, body.colours, body.faces)
        obj.data.update()
        return obj
    if obj is not None:
        remove()
    mesh = meshes.new_mesh(NAME, rest, body.faces, body.colours, face_texels.uvs(len(body.faces)))
    mesh[PREVIEW] = True
    image = textures.new_image(NAME, png.encode(face_texels.pixels(body.colours, body.faces)))
    material = materials.new_material(NAME, body.colours, image)
    image[PREVIEW] = material[PREVIEW] = True
    mesh.materials.append(material)
    obj = bpy.data.objects.new(NAME, mesh)
    obj[PREVIEW] = True
    obj.hide_select = obj.hide_render = True
    scene.collection.objects.link(obj)
    return obj


def remove():
    """Remove every preview of the file; returns whether there was any.

    Data that an object of the artist's uses too stays, as the artist's.
    """
    found = [(kind, block) for kind in KINDS for block in getattr(bpy.data, kind) if PREVIEW in block]
    for kind, block in found:  # objects first: then only others use their data
        if kind == "objects" or block.users == 0:
            getattr(bpy.data, kind).remove(block)
        else:
            del block[PREVIEW]
    return bool(found)


def _is_whole(mesh, count):
    """Whether a preview's mesh has so many vertices, and all that `_paint` paints."""
    colours = mesh.color_attributes.get(meshes.COLOURS)
    if mesh.is_editmode or len(mesh.vertices) != count or colours is None or len(colours.data) != count:
        return False
    material = mesh.materials[0] if mesh.materials else None
    return material is not None and len(textures.of_material(material)) == 1


def _same_faces(mesh, faces):
    if len(mesh.polygons) != len(faces):
        return False
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    return np.array_equal(corners, faces.ravel())


def _paint(mesh, colours, faces):
    """Give it other colours (V, 3): the attribute, the texture, and solid shading's one."""
    rgba = np.ones((len(colours), 4), np.float32)
    rgba[:, :3] = colours
    mesh.color_attributes[meshes.COLOURS].data.foreach_set("color_srgb", rgba.ravel())
    material = mesh.materials[0]
    material.diffuse_color = materials.viewport_colour(colours)
    (image,) = textures.of_material(material)
    textures.write_png(image, png.encode(face_texels.pixels(colours, faces)))


def _colours(mesh):
    rgba = np.empty(4 * len(mesh.vertices), np.float32)
    mesh.color_attributes[meshes.COLOURS].data.foreach_get("color_srgb", rgba)
    return _bytes(rgba.reshape(-1, 4)[:, :3])


def _bytes(colours):
    return np.clip(255 * colours + 0.5, 0, 255).astype(np.uint8)
