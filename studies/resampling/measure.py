"""What it brings to draw again what falls apart: sound bodies and motions, with it, without, and real ones.

`python -m studies.resampling.measure --weights weights --shared ../shared --out studies/resampling`
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.base import CategoryInfo, GenerateRequest
from zoetrope.engines.body_checks import (
    BODY_PASSED,
    CHECK_DETAIL,
    MAX_OVERHANG,
    BodyCheck,
    check_body,
    check_surface,
)
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.motion_checks import (
    MAX_FOOT_CLEARANCE,
    MAX_STRETCH,
    MIN_MOVEMENT,
    MOTION_PASSED,
    PROBE_EDGES,
    MotionCheck,
    Probe,
    check_frames,
    check_motion,
    must_touch_ground,
)
from zoetrope.engines.rejection_sampling import (
    MAX_ATTEMPTS,
    sample_body_candidate,
    sample_motion_candidate,
    sample_passing_body,
    sample_until_passing,
)
from zoetrope.evaluation.protocols.trained_on import trained_on
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.ground_contact import find_feet
from zoetrope.geometry.isosurface import extract_surface
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.signed_distance import find_thin_faces, signed_distance
from zoetrope.geometry.solid import build_solid

from studies.command_line import page_parser

PAGE = "README.md"
FPS, LEAST_FRAMES, MOST_FRAMES = 12, 8, 24
"""At which a real clip is looked at."""


def real(library: Library, entry: CreatureEntry) -> BodyCheck:
    """The flaws that a true body has when it is looked at as a drawn one is."""
    asset = library.read(entry)
    rest = normalising_box(asset.rest).to_box(asset.rest)
    solid = build_solid(rest, asset.faces)
    thin = find_thin_faces(solid)
    surface = extract_surface(
        lambda points: signed_distance(solid, points.astype(np.float64), thin)[0].astype(np.float32),
        CHECK_DETAIL,
    )
    vertices, faces = surface.vertices.astype(np.float64), surface.faces.astype(np.int64)
    return check_surface(vertices, faces, entry.category)


@torch.inference_mode()
def drawn(engine: DnfEngine, category: str, seed: int) -> list[BodyCheck]:
    """The flaws of the bodies that are drawn for a seed, the last or best of them being taken."""
    bundle, resolved = engine.load(), engine.resolve(GenerateRequest(category, "", seed))
    looks: list[BodyCheck] = []

    def look(shape: torch.Tensor) -> BodyCheck:
        looks.append(check_body(bundle, shape, category)[0])
        return looks[-1]

    sample_until_passing(lambda attempt: sample_body_candidate(bundle, resolved, attempt), look, BODY_PASSED)
    return looks


def real_motions(library: Library, entry: CreatureEntry) -> list[MotionCheck]:
    """The flaws of every usable clip of a real creature, on the mesh of its file."""
    asset = library.read(entry)
    edges, height = unique_edges(asset.faces), float(np.ptp(asset.rest[:, 2]))
    found = []
    for clip in entry.usable_clips:
        feet = find_feet(asset.rest) if must_touch_ground(entry.category, clip.action) else []
        count = int(np.clip(round(clip.seconds * FPS), LEAST_FRAMES, MOST_FRAMES))
        frames = asset.evaluate(clip.name, np.linspace(*asset.span(clip.name), count))
        found.append(check_frames(Probe(asset.rest, edges, feet, height), frames))
    return found


@torch.inference_mode()
def drawn_motions(engine: DnfEngine, category: str, action: str, seed: int) -> list[MotionCheck]:
    """The flaws of the motions that are drawn for a seed, the last or best of them being taken."""
    bundle, resolved = engine.load(), engine.resolve(GenerateRequest(category, action, seed))
    body = sample_passing_body(bundle, resolved)
    surface = body.surface
    if surface is None:
        return [MOTION_PASSED]
    looks: list[MotionCheck] = []

    def look(motion: torch.Tensor) -> MotionCheck:
        looks.append(check_motion(bundle, resolved, body.tokens, surface, motion))
        return looks[-1]

    sample_until_passing(
        lambda attempt: sample_motion_candidate(bundle, resolved, body.tokens, attempt), look, MOTION_PASSED
    )
    return looks


def row(category: str, drawn: Sequence[Sequence[object]], sound: object, real: Sequence[bool]) -> list[str]:
    """A kind: sound at first, sound in the end, how many were drawn on average, sound real ones.

    drawn : what was seen of all that was drawn for every seed; a sound one is the last.
    """
    first = sum(looks[0] == sound for looks in drawn)
    last = sum(looks[-1] == sound for looks in drawn)
    mean = np.mean([len(looks) for looks in drawn])
    return [
        category,
        f"{first} of {len(drawn)}",
        f"{last} of {len(drawn)}",
        f"{mean:.1f}",
        f"{sum(real)} of {len(real)}",
    ]


WHO = ("first ones", "ones taken", "real ones")


def why(category: str, drawn: Sequence[Sequence[MotionCheck]], real: Sequence[MotionCheck]) -> list[str]:
    """How many of the first motions, of those that are taken and of real ones have each of the flaws."""
    of = [looks[0] for looks in drawn], [min(looks) for looks in drawn], real
    return [
        category,
        *(str(sum(flaw > 0 for flaw in flaws)) for group in of for flaws in zip(*group, strict=True)),
    ]


def lines(what: str, table: Iterable[list[str]]) -> list[str]:
    """The table of bodies or motions."""
    head = (
        "kind",
        "sound at first",
        f"sound of at most {MAX_ATTEMPTS}",
        f"{what} drawn, mean",
        "real ones sound",
    )
    return rows(head, table)


def in_turn(kind: CategoryInfo, seeds: Iterable[int]) -> list[tuple[str, int]]:
    """Action and seed: the kind's actions in turn."""
    return [(kind.actions[i % len(kind.actions)], seed) for i, seed in enumerate(seeds)]


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "device")
    parser.add_argument("--first", type=int, default=2000, help="first seed")
    parser.add_argument("--seeds", type=int, default=40, help="seeds a kind")
    given = parser.parse_args()
    engine, library = DnfEngine(given.weights, given.device), Library(given.shared)
    known = trained_on(library, engine.description.training)
    seeds = range(given.first, given.first + given.seeds)
    bodies, motions, causes, unsound = [], [], [], []
    for kind in engine.info().categories:
        own = [entry for entry in known if entry.category == kind.name]
        true = {entry.file: real(library, entry) for entry in own}
        unsound += [file for file, flaws in true.items() if flaws != BODY_PASSED]
        looks = [drawn(engine, kind.name, seed) for seed in seeds]
        bodies.append(row(kind.name, looks, BODY_PASSED, [flaws == BODY_PASSED for flaws in true.values()]))
        print(*bodies[-1], flush=True)
        tried = [drawn_motions(engine, kind.name, *one) for one in in_turn(kind, seeds)]
        shown = [flaws for entry in own for flaws in real_motions(library, entry)]
        motions.append(row(kind.name, tried, MOTION_PASSED, [flaws == MOTION_PASSED for flaws in shown]))
        causes.append(why(kind.name, tried, shown))
        print(*motions[-1], flush=True)
    text = [
        f"Seeds {seeds[0]} to {seeds[-1]} of every kind, weights `{engine.info().weights_checksum[:16]}`. A "
        "body is sound where one connected part holds all of it but crumbs that the clean-up removes (looked "
        f"at with {CHECK_DETAIL} cells along the box), where a quadruped stands on four legs, "
        "and where a biped, a dinosaur or a quadruped has its centre of mass over its feet (or outside by "
        f"{MAX_OVERHANG:.1%} of the diagonal at most), none of which "
        "lies on the ground as a crumb (`engines/body_checks.py`). Real ones are the training creatures, "
        "looked at in the same way.",
        "",
        *lines("bodies", bodies),
        f"Real ones that are not: {', '.join(unsound) or 'none'}.",
        "",
        "A motion is sound where it makes 99 of 100 edges, over all frames, no longer or shorter than "
        f"{MAX_STRETCH} times ({PROBE_EDGES} edges of the coarse body, `engines/motion_checks.py`), where it "
        f"brings every foot of a quadruped within {MAX_FOOT_CLEARANCE:.0%} of its height of the ground at one moment "
        f"at least, deaths apart, and where it moves some point by {MIN_MOVEMENT:.1%} of the diagonal. The "
        "kind's actions in turn, on the bodies above; real ones are all usable clips of the training "
        "creatures, on the meshes of their files.",
        "",
        *lines("motions", motions),
        "What is wrong with them:",
        "",
        *rows(("kind", *(f"{who} {what}" for who in WHO for what in MotionCheck._fields)), causes),
    ]
    save_page(given.out / PAGE, "Bodies and motions that are drawn again", text)


if __name__ == "__main__":
    main()
