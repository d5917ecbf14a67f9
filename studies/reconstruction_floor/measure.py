"""How far are training clips from their own reconstructions, in the distance that the metrics use?

No sample can be closer to the training clips than this.

python -m studies.reconstruction_floor.measure --out studies/reconstruction_floor
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from scipy.spatial import KDTree
from zoetrope.clips.library import ClipEntry, CreatureEntry, Library
from zoetrope.engines.decoding.motion import decode_frames
from zoetrope.engines.decoding.surface import decode_surface
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import ActionLabel
from zoetrope.evaluation.metrics.chamfer import directed_chamfer
from zoetrope.evaluation.metrics.point_clouds import FRAMES, normalised, sample
from zoetrope.evaluation.protocols.leak_check import training_creatures
from zoetrope.evaluation.protocols.outer_surface import OuterSurface
from zoetrope.evaluation.protocols.sample_sets import reference_frames
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.training.data.training_tokens import load_tokens, tokens_path

from studies.command_line import run, study_parser
from studies.page import write_results

FACES = "all faces of the file"
OUTER = "outer surface"
MOTION = "outer surface, reconstructed motion"
BOTH = "reconstructed surface and motion"
ENGINE = "as the engine returns it"
ROWS = (FACES, OUTER, MOTION, BOTH, ENGINE)
REFERENCES = (FACES, OUTER)


def resample_frames(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Interpolate model frames (T, V, 3) to the `FRAMES` times at which real clips are sampled."""
    closed = np.concatenate([frames, frames[:1]]) if cyclic else frames
    return interpolate_to_timeline(closed, False, 1.0, 1.0, FRAMES)[0]


def chamfer_of_clips(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Chamfer distance of two clips' point clouds (T, P, 3), centred, mean over frames."""
    pairs = [(KDTree(a), KDTree(b)) for a, b in zip(normalised(first), normalised(second), strict=True)]
    return float(np.mean([directed_chamfer(a, b) + directed_chamfer(b, a) for a, b in pairs]))


class Reconstructor:
    """Training clips from their files and from their tokens; what belongs to a creature is cached.

    Parameters
    ----------
    engine : DnfEngine
        Its temporal filter is turned off: it is for samples.
    library : Library
    tokens : Path
        Training tokens of the engine's weights.
    detail : int
    """

    def __init__(self, engine: DnfEngine, library: Library, tokens: Path, detail: int) -> None:
        self.engine, self.detail, self.tokens = engine, detail, load_tokens(tokens)
        engine.description = replace(engine.description, smoothing=None)
        self.bundle = engine.load()
        self.asset = cache(lambda file: library.read(library.entries[file]))
        self.outer = cache(lambda file: OuterSurface(self.asset(file)))
        self.surface = cache(
            lambda file: decode_surface(self.bundle, self.shape_tokens(file), detail, ignore_progress)
        )

    def shape_tokens(self, creature: str) -> torch.Tensor:
        """Return the shape tokens (1, S) of a creature's body."""
        rows = np.flatnonzero(self.tokens.shape_creature == creature)
        return torch.from_numpy(self.tokens.shape[rows[:1]]).to(self.engine.device())

    def clip_rows(self, creature: str, clip: str) -> np.ndarray:
        """Return the rows of a clip's motion tokens, none if it was not trained on."""
        return np.flatnonzero((self.tokens.motion_creature == creature) & (self.tokens.motion_clip == clip))

    @torch.inference_mode()
    def clouds(
        self, entry: CreatureEntry, clip: ClipEntry, rng: np.random.Generator
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return point clouds (T, P, 3) of a clip: of the references, and of all rows with other points."""
        asset, outer = self.asset(entry.file), self.outer(entry.file)
        frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), FRAMES))
        outer_frames = np.stack([outer.on(frame) for frame in frames])

        def real() -> dict[str, np.ndarray]:
            return {
                FACES: sample(frames, asset.faces, rng),
                OUTER: sample(outer_frames, outer.faces, rng),
            }

        shape = self.shape_tokens(entry.file)
        motion = self.tokens.motion[self.clip_rows(entry.file, clip.name)[0]]
        motion_tokens = torch.from_numpy(motion).to(self.engine.device())

        def move(vertices: np.ndarray) -> np.ndarray:
            moved = decode_frames(self.bundle, shape, motion_tokens, vertices.astype(np.float32))
            return resample_frames(moved.vertices, clip.cyclic)

        references, again = real(), real()
        rest, faces = self.surface(entry.file)
        outer_rest = outer.on(normalising_box(asset.rest).to_box(asset.rest))
        sequence = self._engine_result(entry, clip, shape, motion_tokens)
        return references, again | {
            MOTION: sample(move(outer_rest), outer.faces, rng),
            BOTH: sample(move(rest), faces, rng),
            ENGINE: sample(sequence.vertices[reference_frames(sequence)], sequence.faces, rng),
        }

    def _engine_result(
        self, entry: CreatureEntry, clip: ClipEntry, shape: torch.Tensor, motion: torch.Tensor
    ) -> MeshSequence:
        request = GenerateRequest(
            entry.category, "", 0, detail=self.detail, palette=0, faces=None, texture=None
        )
        label = ActionLabel(clip.action, clip.cyclic, clip.cyclic, 1)
        resolved = replace(self.engine.resolve(request), action_label=label)
        return self.engine.decode(resolved, shape, motion, ignore_progress)


def measure(
    reconstructor: Reconstructor, clips: Sequence[tuple[CreatureEntry, ClipEntry]]
) -> dict[str, np.ndarray]:
    """Return row -> distances (N, 2) of its clips to the two references."""
    distances: dict[str, list[list[float]]] = {name: [] for name in ROWS}
    for i, (entry, clip) in enumerate(clips):
        references, clouds = reconstructor.clouds(entry, clip, np.random.default_rng(i))
        for name in ROWS:
            distances[name].append([chamfer_of_clips(clouds[name], references[one]) for one in REFERENCES])
        if i % 10 == 9:
            print(f"{i + 1} of {len(clips)} clips", file=sys.stderr, flush=True)
    return {name: np.array(values) for name, values in distances.items()}


def table(distances: dict[str, np.ndarray]) -> list[str]:
    """Return a row each: mean and median distance × 10³ to both references."""
    head = ["clips", *(f"to {one}: {name}" for one in REFERENCES for name in ("mean", "median"))]
    body = []
    for name, values in distances.items():
        columns = [f(values[:, i]) for i in range(len(REFERENCES)) for f in (np.mean, np.median)]
        body.append([name, *(f"{1e3 * x:.2f}" for x in columns)])
    return rows(head, body)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "tokens", "shared", "detail", "device")
    parser.add_argument("--clips", type=int, default=118, help="training clips, chosen with a fixed seed")
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    engine, library = DnfEngine(options.weights, options.device), Library(options.shared)
    tokens = options.tokens or tokens_path(options.weights)
    reconstructor = Reconstructor(engine, library, tokens, options.detail)
    categories = {category.name for category in engine.info().categories}
    pairs = [
        (entry, clip)
        for entry in training_creatures(library, engine.description.training)
        for clip in entry.usable_clips
        if entry.category in categories and len(reconstructor.clip_rows(entry.file, clip.name))
    ]
    chosen = np.random.default_rng(0).choice(len(pairs), min(options.clips, len(pairs)), replace=False)
    distances = measure(reconstructor, [pairs[i] for i in chosen])
    text = [
        f"Weights `{engine.info().weights_checksum[:16]}`, detail {options.detail}, {len(chosen)} training "
        "clips. Distance of a clip to itself × 10³: Chamfer over 16 frames of 2,048 points, each frame "
        "centred, as in MMD, COV and 1-NNA. Where a row is its own reference, other points were sampled on "
        "the same surface.",
        "",
        *table(distances),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
