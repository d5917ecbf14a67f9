"""How far known clips lie from themselves: as files have them, and as the fields say them.

`python -m studies.reconstruction_floor.measure --weights weights --shared ../shared --out studies/reconstruction_floor`

In the distance that the metrics of generation are made of. Whatever else differs between real clips and drawn
ones (which clips they are, the diffusions) is the same in all rows.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import torch
from scipy.spatial import KDTree
from zoetrope.engines.decoding import decode_frames, decode_surface
from zoetrope.evaluation.metrics.nearest_neighbours import one_way
from zoetrope.evaluation.metrics.point_clouds import FRAMES, normalised, sample
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.loading import open_session
from zoetrope.evaluation.protocols.outer_surface import OuterSurface
from zoetrope.evaluation.protocols.references import Item
from zoetrope.evaluation.protocols.session import Session
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.timeline import interpolate_to_timeline

from studies.command_line import page_parser
from studies.reconstruction_floor.reconstructed_clips import KnownClips, clouds_of

PAGE = "README.md"
SPLIT = "by_creature"
FILES = "the files' faces"
OUTER = "their outer surfaces"
MOTIONS = "outer surfaces, fitted motions"
BOTH = "fitted bodies, fitted motions"
SHOWN = "as the engine shows them"
ROWS = (FILES, OUTER, MOTIONS, BOTH, SHOWN)
REFERENCES = (FILES, OUTER)


def at_moments(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Model frames (T, V, 3) at the `FRAMES` moments that real clips are taken at, both ends among them."""
    whole = np.concatenate([frames, frames[:1]]) if cyclic else frames
    return interpolate_to_timeline(whole, False, 1.0, 1.0, FRAMES)[0]


def apart(first: np.ndarray, second: np.ndarray) -> float:
    """Chamfer distance of two clips' clouds (T, P, 3), centred, as `nearest` has it: mean over frames."""
    pairs = zip(normalised(first), normalised(second), strict=True)
    trees = [(KDTree(a), KDTree(b)) for a, b in pairs]
    return float(np.mean([one_way(a, b) + one_way(b, a) for a, b in trees]))


class Sayer:
    """Training clips as files have them and as weights say them; what is made once for a creature is kept."""

    def __init__(self, session: Session, clips: KnownClips) -> None:
        entries = {entry.file: entry for entry in session.known}
        self.clips, self.detail, self.bundle = clips, session.detail, clips.load()
        self.asset = cache(lambda file: session.library.read(entries[file]))
        self.outer = cache(lambda file: OuterSurface(self.asset(file)))
        self.body = cache(self._body)

    def _body(self, file: str) -> tuple[np.ndarray, np.ndarray]:
        return decode_surface(self.bundle, self.clips.body_of(file), self.detail, lambda *_: None)

    def real(self, item: Item, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Clouds (T, P, 3) of a training clip, as its file has it."""
        asset, outer = self.asset(item.creature), self.outer(item.creature)
        frames = asset.evaluate(item.clip, np.linspace(*asset.span(item.clip), FRAMES))
        seen = np.stack([outer.on(frame) for frame in frames])
        return {FILES: sample(frames, asset.faces, rng), OUTER: sample(seen, outer.faces, rng)}

    @torch.inference_mode()
    def said(self, item: Item, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Clouds (T, P, 3) of a training clip, as the weights say it."""
        asset, outer = self.asset(item.creature), self.outer(item.creature)
        rest, faces = self.body(item.creature)
        shape, motion = self.clips.body_of(item.creature), self.clips.clip_of(item.creature, item.clip)
        cyclic = self.clips.cyclic[item.creature, item.clip]

        def moved(vertices: np.ndarray) -> np.ndarray:
            points = vertices.astype(np.float32)
            return at_moments(decode_frames(self.bundle, shape, motion, points, lambda *_: None)[0], cyclic)

        return {
            MOTIONS: sample(
                moved(outer.on(normalising_box(asset.rest).to_box(asset.rest))), outer.faces, rng
            ),
            BOTH: sample(moved(rest), faces, rng),
            SHOWN: clouds_of(self.clips.shown(item, self.detail), rng),
        }


def costs(session: Session, clips: KnownClips, count: int) -> dict[str, np.ndarray]:
    """Row's name -> distances (N, 2) of its clips to other points on the files' faces and outer surfaces."""
    sayer = Sayer(session, clips)
    ((*items,),) = bounds.training_clips(session.items(SPLIT, "train"), count, 1)
    found: dict[str, list[list[float]]] = {name: [] for name in ROWS}
    for i, item in enumerate(items):
        rng = np.random.default_rng(i)
        references, clouds = sayer.real(item, rng), sayer.real(item, rng) | sayer.said(item, rng)
        for name in ROWS:
            found[name].append([apart(clouds[name], references[one]) for one in REFERENCES])
        session.on_step("clips", i + 1, count)
    return {name: np.array(values) for name, values in found.items()}


def table(found: dict[str, np.ndarray]) -> list[str]:
    """A row each: mean and median distance to both references, in thousandths."""
    head = ["clips", *(f"to {reference}: {what}" for reference in REFERENCES for what in ("mean", "median"))]
    columns = ((f(values[:, i]) for i in range(2) for f in (np.mean, np.median)) for values in found.values())
    return rows(
        head,
        ([name, *(f"{1e3 * x:.2f}" for x in each)] for name, each in zip(found, columns, strict=True)),
    )


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail", "device")
    parser.add_argument(
        "--tokens", type=Path, help="training_tokens.npz of their run, if it is not beside them"
    )
    parser.add_argument("--clips", type=int, default=118, help="training clips, drawn with a fixed seed")
    given = parser.parse_args()
    session, _ = open_session(
        given.weights,
        given.shared,
        given.tokens,
        Path("runs/evaluation"),
        1,
        given.detail,
        0,
        given.device,
        split=SPLIT,
    )
    session.on_step = lambda name, i, n: (
        print(f"{name}: {i} of {n}", file=sys.stderr) if i % 10 == 0 else None
    )
    if not session.known_clips:
        parser.error("There are no tokens beside these weights: give --tokens.")
    found = costs(session, session.known_clips, given.clips)
    text = [
        f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {given.detail}. Distances of "
        f"{given.clips} training clips to themselves × 10³: 16-frame Chamfer over 2,048 points a frame, each "
        "frame centred, as MMD, COV and 1-NNA take it. Where a row meets its own reference, what is left is "
        "that other points were drawn. What a file hides inside (mouths, eyes, parts that reach into each "
        "other) no creature with one outer surface can have.",
        "",
        *table(found),
    ]
    save_page(given.out / PAGE, "What the fit costs", text)
    print("\n".join(text))


if __name__ == "__main__":
    main()
