"""The libraries that are compared, and the memory of one in a process of its own.

python -m studies.unwrapping.libraries LIBRARY MESH.npz prints the MiB that unwrapping adds to the peak.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from zoetrope.assets.uv import PADDING, unwrap

SIZE = 1024
Unwrap = Callable[[np.ndarray, np.ndarray], np.ndarray]


def xatlas_unwrap(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return texture coordinates (F, 3, 2) by xatlas."""
    import xatlas

    atlas = xatlas.Atlas()
    atlas.add_mesh(vertices.astype(np.float32), faces.astype(np.uint32))
    options = xatlas.PackOptions()
    options.resolution, options.padding = SIZE, PADDING
    atlas.generate(xatlas.ChartOptions(), options)
    _, indices, uvs = atlas[0]
    return np.asarray(uvs[indices.astype(np.int64)])


LIBRARIES: dict[str, Unwrap] = {
    "uvunwrap": lambda vertices, faces: unwrap(vertices, faces, SIZE),
    "xatlas": xatlas_unwrap,
}


def peak_memory() -> float:
    """Return the MiB that this process had at most (Linux; getrusage would count the parent's)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m studies.unwrapping.libraries", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("library", choices=list(LIBRARIES))
    parser.add_argument("mesh", type=Path, help=".npz with vertices and faces")
    return parser


def main() -> None:
    """Unwrap a mesh and print the memory that it adds to the peak, in MiB."""
    options = build_parser().parse_args()
    with np.load(options.mesh) as mesh:
        vertices, faces = mesh["vertices"], mesh["faces"]
    before = peak_memory()
    LIBRARIES[options.library](vertices, faces)
    print(peak_memory() - before)


if __name__ == "__main__":
    main()
