"""Renders the donors with their skeletons: from the side, from the front and from above.

.venvs/backend/bin/python scripts/donor_sheet.py build/donors [--only Fox] [--size 360] [--columns 3]

Bones of the left side are blue, of the right side red, others black; dots are heads.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.rendering import camera_rotation, render
from zoetrope.rigs.donors.library import load_donors

VIEWS = ((90.0, 0.0), (0.0, 0.0), (0.0, 90.0))
"""Azimuth and elevation in degrees."""
COLOURS = {"L": (0, 70, 220), "R": (210, 20, 20), "": (0, 0, 0)}
EXTENT = 2.0
"""Box units from edge to edge of a picture."""
FADE = 0.55
"""Share of white in the mesh's colours."""
PER_SHEET = 12


def view(donor, azimuth, elevation, size, with_names):
    """Return the picture (size, size, 3) uint8 of a donor and its bones from one direction."""
    camera = camera_rotation(azimuth, elevation)
    faded = FADE + (1 - FADE) * donor.colours
    options = {"centre": np.zeros(3), "extent": EXTENT, "camera": camera}
    image = Image.fromarray(render(donor.rest, donor.faces, faded, size, **options))
    draw = ImageDraw.Draw(image)
    ends = np.stack([donor.skeleton.heads, donor.skeleton.tails]) @ camera.T
    across, down = size * (0.5 + ends[..., 0] / EXTENT), size * (0.5 - ends[..., 2] / EXTENT)
    for joint, name in enumerate(donor.skeleton.names):
        colour = COLOURS[name[-1] if name.endswith((".L", ".R")) else ""]
        (x, u), (y, v) = across[:, joint], down[:, joint]
        draw.line((x, y, u, v), fill=colour, width=2)
        draw.ellipse((x - 3, y - 3, x + 3, y + 3), outline=colour, fill=(255, 255, 120))
        if with_names:
            draw.text((0.5 * (x + u), 0.5 * (y + v)), name, fill=colour)
    return np.array(image)


def tile(donor, size, with_names):
    """Return all views of a donor side by side, with its name."""
    image = Image.fromarray(
        np.concatenate([view(donor, *direction, size, with_names) for direction in VIEWS], axis=1)
    )
    ImageDraw.Draw(image).text((4, 2), f"{donor.name} ({len(donor.skeleton.names)} joints)", fill=(0, 0, 0))
    return np.array(image)


def main():
    """Render the sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the sheets")
    parser.add_argument("--weights", type=Path, default=find_weights(), help="folder of the weights")
    parser.add_argument("--only", default="", help="only donors whose name contains this")
    parser.add_argument("--size", type=int, default=300, help="pixels of a view")
    parser.add_argument("--columns", type=int, default=2, help="donors side by side")
    parser.add_argument("--names", action="store_true", help="write the joints' names")
    given = parser.parse_args()
    library = load_donors(given.weights)
    names = [name for name in library.names if given.only in name]
    given.out.mkdir(parents=True, exist_ok=True)
    for first in range(0, len(names), PER_SHEET):
        tiles = [tile(library[name], given.size, given.names) for name in names[first : first + PER_SHEET]]
        tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % given.columns)
        rows = [
            np.concatenate(tiles[i : i + given.columns], axis=1) for i in range(0, len(tiles), given.columns)
        ]
        path = given.out / f"donors_{first // PER_SHEET + 1:02d}.png"
        Image.fromarray(np.concatenate(rows)).save(path)
        print(path)


if __name__ == "__main__":
    main()
