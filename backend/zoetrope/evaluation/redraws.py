"""What it brings to draw again a body that falls apart: sound bodies with it and without, real ones beside.

`python -m zoetrope.evaluation.redraws --weights weights --shared ../shared --out docs/evaluation`
"""

from collections.abc import Iterable

import numpy as np
import torch

from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.sound_bodies import DETAIL, DRAWS, SOUND, Flaws, first_sound, flaws_of, look_at
from zoetrope.evaluation.page_tool import page_parser, save_page
from zoetrope.evaluation.report_tables import rows
from zoetrope.evaluation.trained_on import trained_on
from zoetrope.geometry.distance import signed_distance
from zoetrope.geometry.isosurface import extract
from zoetrope.geometry.legs import FOUR_LEGGED
from zoetrope.geometry.normalisation import box_of
from zoetrope.geometry.repair import solid_of
from zoetrope.geometry.thickness import thin_faces

PAGE = "redraws.md"


def real(library: Library, entry: CreatureEntry) -> Flaws:
    """The flaws that a true body has when it is looked at as a drawn one is."""
    asset = library.read(entry)
    rest = box_of(asset.rest).into(asset.rest)
    solid = solid_of(rest, asset.faces)
    thin = thin_faces(solid)
    surface = extract(
        lambda points: signed_distance(solid, points.astype(np.float64), thin)[0].astype(np.float32), DETAIL
    )
    vertices, faces = surface.vertices.astype(np.float64), surface.faces.astype(np.int64)
    return flaws_of(vertices, faces, entry.category in FOUR_LEGGED)


@torch.inference_mode()
def drawn(engine: DnfEngine, category: str, seed: int) -> list[Flaws]:
    """The flaws of the bodies that are drawn for a seed, the last or best of them being taken."""
    bundle, asked = engine.load(), engine.asked(GenerateRequest(category, ""))
    looks: list[Flaws] = []

    def look(shape: torch.Tensor) -> Flaws:
        looks.append(look_at(bundle, shape, category in FOUR_LEGGED))
        return looks[-1]

    first_sound(lambda number: engine.drawn_body(bundle, seed, number, asked), look)
    return looks


def row(category: str, bodies: list[list[Flaws]], true: list[Flaws]) -> list[str]:
    """A kind: sound at first, sound in the end, bodies drawn, median of what is loose, sound real ones."""
    first = sum(looks[0] == SOUND for looks in bodies)
    last = sum(min(looks) == SOUND for looks in bodies)
    mean = np.mean([len(looks) for looks in bodies])
    sound = sum(flaws == SOUND for flaws in true)
    return [
        category,
        f"{first} of {len(bodies)}",
        f"{last} of {len(bodies)}",
        f"{mean:.1f}",
        f"{sound} of {len(true)}",
    ]


def lines(table: Iterable[list[str]], unsound: Iterable[str]) -> list[str]:
    """The table, and which real creatures are not sound."""
    head = ("kind", "sound at first", f"sound of at most {DRAWS}", "bodies drawn, mean", "real ones sound")
    return [*rows(head, table), f"Real ones that are not: {', '.join(unsound) or 'none'}.", ""]


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "device")
    parser.add_argument("--first", type=int, default=2000, help="first seed")
    parser.add_argument("--seeds", type=int, default=40, help="seeds a kind")
    given = parser.parse_args()
    engine, library = DnfEngine(given.weights, given.device), Library(given.shared)
    known = trained_on(library, engine.description.training)
    seeds = range(given.first, given.first + given.seeds)
    table, unsound = [], []
    for kind in engine.info().categories:
        true = {entry.file: real(library, entry) for entry in known if entry.category == kind.name}
        unsound += [file for file, flaws in true.items() if flaws != SOUND]
        bodies = [drawn(engine, kind.name, seed) for seed in seeds]
        table.append(row(kind.name, bodies, list(true.values())))
        print(*table[-1], flush=True)
    text = [
        f"Seeds {seeds[0]} to {seeds[-1]} of every kind, weights `{engine.info().weights_checksum[:16]}`. A "
        "body is sound where one connected part holds all of it but crumbs that the clean-up removes (looked "
        f"at with {DETAIL} cells along the box), and where a quadruped stands on four legs "
        "(`engines/sound_bodies.py`). Real ones are the training creatures, looked at in the same way.",
        "",
        *lines(table, unsound),
    ]
    save_page(given.out / PAGE, "Bodies that are drawn again", text)


if __name__ == "__main__":
    main()
