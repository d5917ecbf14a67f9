"""Which library unwraps generated creatures best: seconds, memory, charts, used share, stretch?

python -m studies.unwrapping.measure --out studies/unwrapping      (xatlas: pip install xatlas)
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from zoetrope.assets.texels import rasterise
from zoetrope.assets.uv import PADDING
from zoetrope.engines.body.body_mesh import make_body_mesh
from zoetrope.engines.body.colours import compose_colours
from zoetrope.engines.decoding.surface import compose_distance, decode_surface
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.rejection_sampling import sample_passing_body
from zoetrope.engines.weights.bundle import bundle_checksum
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.mesh_properties import face_components
from zoetrope.geometry.texture_vertices import texture_vertices

from studies.command_line import run, study_parser
from studies.page import write_results
from studies.unwrapping.libraries import LIBRARIES, SIZE, Unwrap

SEEDS = (11, 12)
HEADS = ("library", "s", "s, slowest", "MiB", "charts", "used", "overlap", "stretch", "mirrored charts")


def meshes(engine: DnfEngine, faces: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Generate the low-poly meshes of two seeds a category, without motion."""
    bundle = engine.load()
    for category in engine.description.categories:
        for seed in SEEDS:
            request = GenerateRequest(category.name, "", seed, faces=faces, texture=None)
            resolved = engine.resolve(request)
            with torch.inference_mode():
                body = sample_passing_body(bundle, resolved)
                full = decode_surface(bundle, body.tokens, request.detail, ignore_progress, body.surface)
                colours = compose_colours(bundle, body.tokens, resolved.category_index, seed)
                mesh = make_body_mesh(
                    request, full, compose_distance(bundle, body.tokens), colours, ignore_progress
                )
            yield mesh.rest, mesh.faces


def stretch(vertices: np.ndarray, faces: np.ndarray, uvs: np.ndarray) -> float:
    """Return the root mean square stretch, 1 where all lengths are kept up to one scale.

    The L2 stretch of Sander et al., "Texture mapping progressive meshes" (2001).
    """
    triangles = vertices.astype(np.float64)[faces]
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    s, t = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    area = np.linalg.norm(np.cross(one, other), axis=1) / 2
    flat = (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]) / 2
    kept = np.abs(flat) > 1e-12
    along_s = (t[kept, 1:] * one[kept] - s[kept, 1:] * other[kept]) / (2 * flat[kept, None])
    along_t = (s[kept, :1] * other[kept] - t[kept, :1] * one[kept]) / (2 * flat[kept, None])
    squared = ((along_s**2).sum(1) + (along_t**2).sum(1)) / 2
    total = area[kept].sum()
    return float(np.sqrt((squared * area[kept]).sum() / total) * np.sqrt(np.abs(flat[kept]).sum() / total))


def measure(unwrap: Unwrap, vertices: np.ndarray, faces: np.ndarray) -> tuple[float, ...]:
    """Return seconds of one core, charts, used and overlapping share, stretch, mirrored charts of a mesh."""
    before = time.process_time()
    uvs = unwrap(vertices, faces)
    seconds = time.process_time() - before
    corners, vertex, _ = texture_vertices(faces, uvs)
    chart = face_components(corners, len(vertex))
    s, t = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    flat = (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]) / 2
    area = np.abs(flat).sum()
    covered = len(rasterise(uvs, 4 * SIZE).row) / (4 * SIZE) ** 2
    mirrored = int((np.bincount(chart, flat) < 0).sum())
    overlap = max(0.0, 1 - covered / area)
    return seconds, int(chart.max()) + 1, area, overlap, stretch(vertices, faces, uvs), mirrored


def memory(name: str, vertices: np.ndarray, faces: np.ndarray) -> float:
    """Return the MiB that unwrapping a mesh adds to the peak memory of a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        mesh = Path(folder) / "mesh.npz"
        np.savez(mesh, vertices=vertices, faces=faces)
        command = [sys.executable, "-m", "studies.unwrapping.libraries", name, str(mesh)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "device")
    parser.add_argument("--faces", type=int, default=5000, help="face budget")
    return parser


def main() -> None:
    """Measure all libraries on the same meshes and write the page's table."""
    options = build_parser().parse_args()
    torch.set_num_threads(1)
    made = list(meshes(DnfEngine(options.weights, options.device), options.faces))
    table = []
    for name, library in LIBRARIES.items():
        found = np.array([measure(library, *mesh) for mesh in made])
        mib = max(memory(name, *mesh) for mesh in made)
        mean = found.mean(axis=0)
        cells = [name, f"{mean[0]:.2f}", f"{found[:, 0].max():.2f}", f"{mib:.0f}", f"{mean[1]:.0f}"]
        table.append([*cells, f"{mean[2]:.0%}", f"{mean[3]:.2%}", f"{mean[4]:.3f}", f"{mean[5]:.0f}"])
    checksum = bundle_checksum(options.weights)[:16]
    lines = [
        f"Weights `{checksum}`; {len(made)} creatures of {options.faces:,} faces, texture {SIZE}, padding "
        f"{PADDING} texels; means, seconds of one core. *MiB*: added to the peak memory of a process, the "
        "most of all meshes. *Used*: share of the texture that faces cover. *Overlap*: share of their area "
        "that other faces cover too. *Stretch*: root mean square (Sander et al. 2001), 1 is none.",
        "",
    ]
    write_results(options.out, "measure", [*lines, *rows(HEADS, table)])


if __name__ == "__main__":
    run(main)
