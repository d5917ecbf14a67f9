"""What rigidity does to known clips: how far from the truth they are, how much edges change, by its reach.

`python -m studies.rigidity.measure --tokens training_tokens.npz --shared ../shared --out studies/rigidity`
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy.spatial import KDTree
from zoetrope.clips.library import Library
from zoetrope.engines.bundle import Bundle
from zoetrope.engines.decoding import decode_frames, decode_surface
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.protocols.motion_quality import edge_change
from zoetrope.evaluation.protocols.reconstruction_targets import FRAMES
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.arap_smoothing import RIGID_LENGTH, ArapSmoother
from zoetrope.geometry.field_samples import FlowSampler
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens

from studies.command_line import page_parser

PAGE = "README.md"
POINTS = 1000
REACHES = (0.01, 0.02, 0.03, 0.05)
Numbers = tuple[float, float]
"""End-point error (box units) and edge change."""


def chosen(known: TrainingTokens, category: str, count: int) -> list[int]:
    """Indices of some of a category's clips, always the same ones."""
    of = np.flatnonzero(known.motion_category == category)
    return sorted(np.random.default_rng(0).permutation(of)[:count].tolist())


@torch.inference_mode()
def measured(
    bundle: Bundle,
    known: TrainingTokens,
    library: Library,
    number: int,
    detail: int,
    reaches: Sequence[float] = REACHES,
) -> list[Numbers]:
    """A clip as the fields say it, without rigidity and with each reach; last its true mesh's edge change.

    The errors are those of points of the true mesh, which move with the nearest vertex of ours.
    """
    creature, clip = str(known.motion_creature[number]), str(known.motion_clip[number])
    body = np.flatnonzero(known.shape_creature == creature)[0]
    shape, motion = torch.from_numpy(known.shape[body : body + 1]), torch.from_numpy(known.motion[number])
    rest, faces = decode_surface(bundle, shape, detail, lambda *_: None)

    entry = library.entries[creature]
    asset = library.read(entry)
    cyclic = next(one.cyclic for one in entry.clips if one.name == clip)
    box = normalising_box(asset.rest)
    true_rest, meshes = box.to_box(asset.rest), box.to_box(asset.clip(clip, FRAMES, cyclic=cyclic).frames)
    sampler = FlowSampler.sample(true_rest, asset.faces, POINTS, np.random.default_rng(0))
    points = sampler.points(true_rest).astype(np.float32)
    true = np.stack([sampler.points(mesh) for mesh in meshes])

    frames = decode_frames(bundle, shape, motion, np.concatenate([rest, points]), lambda *_: None)[0]
    ours, said = frames[:, : len(rest)], frames[:, len(rest) :]
    nearest = KDTree(rest).query(points)[1]
    out = [(_error(said, true), edge_change(rest, faces, ours))]
    for reach in reaches:
        rigidity = ArapSmoother(rest, faces, reach)
        calm = np.stack([rigidity(frame) for frame in ours])
        out.append((_error(said + (calm - ours)[:, nearest], true), edge_change(rest, faces, calm)))
    return [*out, (0.0, edge_change(true_rest, asset.faces, meshes))]


def _error(ours: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(ours - true, axis=-1).mean())


def cells(name: str, clips: Sequence[Sequence[Numbers]]) -> list[str]:
    """A row of means over clips: errors, then edge changes, the true one last."""
    mean = np.mean(clips, axis=0)
    return [name, str(len(clips)), *(f"{e:.4f}" for e in mean[:-1, 0]), *(f"{c:.3f}" for c in mean[:, 1])]


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail")
    parser.add_argument("--tokens", type=Path, required=True, help="training_tokens.npz of the weights' run")
    parser.add_argument("--clips", type=int, default=12, help="clips a category")
    given = parser.parse_args()
    engine, library, known = DnfEngine(given.weights, "cpu"), Library(given.shared), load_tokens(given.tokens)
    bundle = engine.load()
    table, every = [], []
    for category in sorted(set(known.motion_category.tolist())):
        numbers = chosen(known, category, given.clips)
        clips = [measured(bundle, known, library, number, given.detail) for number in numbers]
        table.append(cells(category, clips))
        every += clips
        print(*table[-1], flush=True)
    table.append(cells("all", every))
    tried = ["none", *map(str, REACHES)]
    head = ["kind", "clips", *(f"error, {one}" for one in tried), *(f"edges, {one}" for one in tried)]
    text = [
        f"Training clips as the fields say them, detail {given.detail}, weights `{bundle.checksum[:16]}`, "
        "without the rigidity of `zoetrope.geometry.arap_smoothing` and with its reaches (shares of the diagonal; "
        f"{RIGID_LENGTH} is used). Error: mean distance to where points of the true mesh are, box units. Edges: "
        "mean over edges and frames of |log(length / rest length)|, last of the true mesh.",
        "",
        *rows([*head, "edges, true"], table),
    ]
    save_page(given.out / PAGE, "Rigidity of the moving surface", text)


if __name__ == "__main__":
    main()
