"""Renders every creature of the shared library as the reader sees it: rest pose and its own colours.

.venvs/backend/bin/python scripts/creature_sheet.py --shared ../shared docs/images/training_creatures.jpg
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.library import YAW_TO_FRONT, Library
from zoetrope.geometry.rendering import render

SIZE, COLUMNS = 110, 18


def tile(library, name):
    """Return the picture (H, W, 3) uint8 of one creature with its name; each face has its own corners."""
    asset = read_gltf(library.folder / name, YAW_TO_FRONT.get(name, 0.0))
    vertices = asset.rest[asset.faces].reshape(-1, 3)
    faces = np.arange(len(vertices)).reshape(-1, 3)
    image = Image.fromarray(render(vertices, faces, asset.corner_colours.reshape(-1, 3), SIZE))
    ImageDraw.Draw(image).text((2, 1), name.partition("__")[2].removesuffix(".glb")[:17], fill=(0, 0, 0))
    return np.array(image)


def main():
    """Render the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder of the creatures")
    parser.add_argument("out", type=Path, help="picture to write")
    given = parser.parse_args()
    library = Library(given.shared)
    tiles = [tile(library, name) for name in sorted(library.entries)]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % COLUMNS)
    rows = [np.concatenate(tiles[i : i + COLUMNS], axis=1) for i in range(0, len(tiles), COLUMNS)]
    Image.fromarray(np.concatenate(rows)).save(given.out, quality=85)
    print(f"{given.out}: {len(library.entries)} creatures")


if __name__ == "__main__":
    main()
