"""What the fit of the fields costs in the metrics of generation: training clips, real and said by them.

`python -m zoetrope.evaluation.fit_cost --weights weights --shared ../shared --out docs/evaluation`

Whatever else differs between real clips and drawn ones (which clips they are, the diffusions) is the same in
all rows: a difference is what the fields lose of bodies, of motions, or what the engine does afterwards.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import igl
import numpy as np
import torch

from zoetrope.clips.asset import AnimatedAsset
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.bundle import ActionLabel
from zoetrope.engines.decoding import frames_of, surface_of
from zoetrope.evaluation import bounds
from zoetrope.evaluation.clouds import FRAMES, NORMALISATIONS, moments, sample
from zoetrope.evaluation.generation import References, score
from zoetrope.evaluation.opening import open_session
from zoetrope.evaluation.page_tool import page_parser, save_page
from zoetrope.evaluation.references import Item
from zoetrope.evaluation.report_tables import GENERATION, Json, differences, generation_tables
from zoetrope.evaluation.session import Session
from zoetrope.evaluation.token_engines import TrainingTokens
from zoetrope.geometry.normalisation import box_of
from zoetrope.geometry.repair import triangle_normals
from zoetrope.geometry.samples import FlowSampler
from zoetrope.geometry.timeline import resample

PAGE = "fit_cost.md"
SPLIT = "by_creature"
REAL = "real bodies, real motions"
SAID_MOTIONS = "real bodies, fitted motions"
SAID_BODIES = "fitted bodies, real motions"
SAID = "fitted bodies, fitted motions"
SHOWN = "as the engine shows them"
ROWS = (REAL, SAID_MOTIONS, SAID_BODIES, SAID, SHOWN)


def riding(vertices: np.ndarray, rest: np.ndarray, faces: np.ndarray) -> FlowSampler:
    """Points (V, 3) fixed to the faces (F, 3) of a mesh that they are nearest to at rest (W, 3).

    A point keeps its height over its face; what it lies beside it (past an edge) is lost.
    """
    mesh = rest.astype(np.float64), faces.astype(np.int64)
    points = vertices.astype(np.float64)
    _, face, foot = igl.point_mesh_squared_distance(points, *mesh)
    corners = np.ascontiguousarray(mesh[0][mesh[1][face]].transpose(1, 0, 2))
    corner = igl.barycentric_coordinates(np.ascontiguousarray(foot), *corners)
    corner[~np.isfinite(corner).all(axis=1)] = (1.0, 0.0, 0.0)  # a face without area
    normals, _ = triangle_normals(*mesh)
    return FlowSampler(mesh[1], face, corner, ((points - foot) * normals[face]).sum(axis=1))


def at_moments(frames: np.ndarray, cyclic: bool) -> np.ndarray:
    """Model frames (T, V, 3) at the `FRAMES` moments that real clips are taken at, both ends among them."""
    whole = np.concatenate([frames, frames[:1]]) if cyclic else frames
    return resample(whole, False, 1.0, 1.0, FRAMES)[0]


class Sayer:
    """Training clips as weights say them; assets and bodies are kept."""

    def __init__(self, session: Session, engine: TrainingTokens) -> None:
        entries = {entry.file: entry for entry in session.known}
        self.engine, self.detail, self.bundle = engine, session.detail, engine.load()
        self.cyclic = {(e.file, clip.name): clip.cyclic for e in entries.values() for clip in e.usable_clips}
        self.asset = cache(lambda file: session.library.read(entries[file]))
        self.body = cache(self._body)

    def _body(self, file: str) -> tuple[np.ndarray, np.ndarray]:
        return surface_of(self.bundle, self.engine.body_of(file), self.detail, lambda *_: None)[:2]

    @torch.inference_mode()
    def said(self, item: Item, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Clouds (T, P, 3) of a training clip for every row but the real one's."""
        asset: AnimatedAsset = self.asset(item.creature)
        cyclic = self.cyclic[item.creature, item.clip]
        rest, faces = self.body(item.creature)
        shape, motion = self.engine.body_of(item.creature), self.engine.clip_of(item.creature, item.clip)
        box = box_of(asset.rest)
        real_rest = box.into(asset.rest)
        first, last = asset.span(item.clip)
        real = box.into(asset.evaluate(item.clip, np.linspace(first, last, FRAMES)))
        rider = riding(rest, real_rest, asset.faces)

        def moved(vertices: np.ndarray) -> np.ndarray:
            points = vertices.astype(np.float32)
            return at_moments(frames_of(self.bundle, shape, motion, points, lambda *_: None)[0], cyclic)

        request = GenerateRequest(item.category, "", detail=self.detail)
        label = ActionLabel(item.action, cyclic, cyclic, 1)  # not all actions are offered
        asked = replace(self.engine.asked(request), label=label)
        shown = self.engine.decoded(self.bundle, shape, motion, asked, request, lambda *_: None)
        return {
            SAID_MOTIONS: sample(moved(real_rest), asset.faces, rng),
            SAID_BODIES: sample(np.stack([rider.points(frame) for frame in real]), faces, rng),
            SAID: sample(moved(rest), faces, rng),
            SHOWN: sample(shown.vertices[moments(len(shown.vertices))], shown.faces, rng),
        }


def rows_of(session: Session, engine: TrainingTokens) -> dict[str, bounds.Sets]:
    """The same sets of training clips for every row, as many a set as there are references."""
    count = len(session.items(SPLIT, "test"))
    real = bounds.training_clips(session.items(SPLIT, "train"), count, session.sets)
    sayer = Sayer(session, engine)
    made: dict[str, bounds.Sets] = {name: [[] for _ in real] for name in ROWS}
    for number, items in enumerate(real):
        for i, item in enumerate(items):
            made[REAL][number].append(item)
            said = sayer.said(item, np.random.default_rng([number, i]))
            for name, clouds in said.items():
                made[name][number].append(replace(item, clouds=clouds))
            session.on_step(f"saying set {number + 1} of {session.sets}", i + 1, count)
    return made


def scored(session: Session, engine: TrainingTokens) -> dict[str, Json]:
    """Row's name -> {"centred", "as_is"} -> `Row.to_dict`, each kept in the session's store."""
    made: dict[str, bounds.Sets] = {}
    test = session.items(SPLIT, "test")
    references = {kind: References(test, kind, session.device) for kind in NORMALISATIONS}

    def make(name: str) -> Json:
        made.update({} if made else rows_of(session, engine))
        with ThreadPoolExecutor(len(references)) as pool:  # the search trees leave Python's lock
            found = pool.map(lambda one: score(made[name], one, session.on_step), references.values())
            return {kind: row.to_dict() for kind, row in zip(references, found, strict=True)}

    checksum = engine.info().weights_checksum
    key = {"weights": checksum, "sets": session.sets, "detail": session.detail, "references": len(test)}
    parts = {name: f"fit_cost/{name.replace(', ', '-').replace(' ', '_')}" for name in ROWS}
    return {name: session.store.part(parts[name], key, partial(make, name))["result"] for name in ROWS}


def main() -> None:
    """Print the tables and write them as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail", "device")
    parser.add_argument("--tokens", type=Path, help="tokens.npz of their run, if it is not beside them")
    parser.add_argument("--sets", type=int, default=2, help="independent choices of training clips")
    parser.add_argument("--limit", type=int, default=0, help="at most so many references; 0: all")
    parser.add_argument("--work", type=Path, default=Path("runs/evaluation"), help="folder of what is kept")
    given = parser.parse_args()
    session, _ = open_session(
        given.weights,
        given.shared,
        given.tokens,
        given.work,
        given.sets,
        given.detail,
        given.limit,
        given.device,
        split=SPLIT,
    )
    session.on_step = lambda name, i, n: print(f"{name}: {i} of {n}", file=sys.stderr) if i == n else None
    engine = session.engines["training tokens"]
    assert isinstance(engine, TrainingTokens)
    found = scored(session, engine)
    text = [
        f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {given.detail}; the same "
        f"{session.sets} choices of training clips in every row, against the test part of {SPLIT}.",
        "",
        GENERATION,
        "",
        *generation_tables(found),
        "Differences, centred, paired (the same clips; both rows lose the same creature at a time):",
        "",
        *differences(found, REAL, same_sets=True),
    ]
    save_page(given.out / PAGE, "What the fit costs", text)
    print("\n".join(text))


if __name__ == "__main__":
    main()
