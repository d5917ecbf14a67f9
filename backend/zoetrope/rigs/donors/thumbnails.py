"""Small pictures of the donors, for menus."""

from pathlib import Path

import numpy as np
from PIL import Image

from zoetrope.atomic_write import atomic_write
from zoetrope.geometry.rendering import camera_rotation, render
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.library import DonorLibrary

FOLDER = "donor_thumbnails"
"""In the folder of the weights; a file NAME.png for each donor."""
SIZE = 96
"""Pixels. Blender shows menu previews at up to 256, in lists at 32 to 128."""
MARGIN = 1.04
"""Width of a picture as a factor of the donor's."""
GAMMA = 0.8
"""Brightens the colours: menus are dark."""
COLOURS = 48
"""Of the palette of a picture: a third of the bytes, and no visible difference."""


def thumbnail(donor: Donor, size: int = SIZE) -> Image.Image:
    """Render a donor from the front left, on a transparent background (RGBA)."""
    camera = camera_rotation()
    seen = donor.rest @ camera.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    centre, extent = (0.5 * (low + high)) @ camera, MARGIN * float(np.delete(high - low, 1).max())

    def rendered(colours: np.ndarray) -> np.ndarray:
        return render(donor.rest, donor.faces, colours, size, centre=centre, extent=extent, camera=camera)

    shaded, outline = rendered(donor.colours**GAMMA), rendered(np.zeros_like(donor.colours))
    alpha = 255 - outline[..., :1]
    # It is rendered over white, which is taken out of half-covered pixels again.
    share = np.maximum(alpha / 255.0, 1e-3)
    colour = np.clip((shaded - 255.0 * (1.0 - share)) / share, 0, 255).astype(np.uint8)
    return Image.fromarray(np.concatenate([colour, alpha], axis=-1))


def write_thumbnails(weights: Path, library: DonorLibrary) -> list[Path]:
    """Write the pictures of all donors into a folder of weights; those of other donors there are removed.

    Raises
    ------
    ZoetropeError
        Code "disk_full", "cannot_write".
    """
    folder = weights / FOLDER
    folder.mkdir(exist_ok=True)
    paths = []
    for name in library.names:
        paths.append(folder / f"{name}.png")
        picture = thumbnail(library[name]).quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
        with atomic_write(paths[-1]) as part:
            picture.save(part, "PNG", optimize=True)
    for path in set(folder.glob("*.png")) - set(paths):
        path.unlink()
    return paths
