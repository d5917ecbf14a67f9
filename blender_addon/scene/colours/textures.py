"""PNG files and pixels to images that are packed into the .blend file."""

import bpy
import numpy as np

from ...core.colours import png
from ..creatures import PROPERTY


def new_image(name, data, is_data=False):
    """A packed image of a PNG file's bytes; returns it. is_data: no colour, so not converted (Non-Color)."""
    image = bpy.data.images.new(name, 8, 8)
    image[PROPERTY] = True
    # No such file is there: *Unpack* writes it, and the FBX exporter tells images apart by it.
    image.filepath_raw = f"//{bpy.path.clean_name(image.name)}.png"
    _pack(image, data)
    image.source = "FILE"
    image.colorspace_settings.is_data = is_data
    image.alpha_mode = "NONE" if is_data else "STRAIGHT"
    return image


def is_readable(image):
    """Whether an image has pixels of four bytes."""
    return bool(image.size[0] and image.size[1]) and image.channels == 4 and not image.is_float


def read(image):
    """The pixels (H, W, 4) uint8 of an image, the lower row first; None where it has no bytes."""
    if not is_readable(image):
        return None
    width, height = image.size
    values = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(values)
    values *= 255
    values += 0.5
    return values.astype(np.uint8).reshape(height, width, 4)


def write(image, pixels):
    """Give an image other pixels (H, W, 4) uint8, the lower row first, and pack it."""
    opaque = (pixels[..., 3] == 255).all()
    write_png(image, png.encode(pixels[::-1, :, : 3 if opaque else 4]))


def write_png(image, data):
    """Give an image other pixels, those of a PNG file's bytes, and pack it."""
    _pack(image, data)
    image.buffers_free()  # what is shown is read from the packed file again
    image.update_tag()


def remove_unused(images):
    """Remove those of images of ours that nothing uses."""
    for image in images:
        if image.users == 0 and PROPERTY in image:
            bpy.data.images.remove(image)


def of_material(material):
    """The images in a material's nodes."""
    nodes = () if material.node_tree is None else material.node_tree.nodes
    return list(dict.fromkeys(n.image for n in nodes if n.type == "TEX_IMAGE" and n.image is not None))


def _pack(image, data):
    image.pack(data=data, data_len=len(data))
