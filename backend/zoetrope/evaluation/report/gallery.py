"""A gallery: seeds 0 to 63 over all categories and actions, none skipped; a picture and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from zoetrope.engines.base import Engine, GenerateRequest, OnProgress
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.clean_bodies import CleanBody, check
from zoetrope.evaluation.report.tables import rows
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rendering import BACKGROUND, film_strip

COUNT = 64
ACROSS = 8
MOMENTS = 2


@dataclass(frozen=True)
class Exhibit:
    """One seed's creature; `error` where nothing was drawn."""

    seed: int
    category: str
    action: str
    sequence: MeshSequence | None = None
    body: CleanBody | None = None
    error: str = ""

    @property
    def failed(self) -> list[str]:
        """Bars that it misses; legs are asked of four-legged creatures alone."""
        if self.body is None:
            return ["drawn"]
        return [name for name, passed in self.body.resolve_request(self.category).items() if not passed]


def programme(engine: Engine, count: int = COUNT) -> list[tuple[str, str]]:
    """Category and action of each seed: the categories in turn, each with its actions in turn."""
    categories = engine.info().categories
    return [
        (one.name, one.actions[seed // len(categories) % len(one.actions)])
        for seed in range(count)
        for one in (categories[seed % len(categories)],)
    ]


def exhibits(
    engine: Engine, detail: int, on_step: OnProgress, count: int = COUNT, first: int = 0
) -> list[Exhibit]:
    """Draw and check every seed, from `first` on."""
    made = []
    for seed, (category, action) in enumerate(programme(engine, count), start=first):
        on_step(f"{category} {action}", seed - first, count)
        try:
            sequence = engine.generate(
                GenerateRequest(category, action, seed, detail=detail), lambda *_: None
            )
        except ZoetropeError as error:
            made.append(Exhibit(seed, category, action, error=str(error)))
            continue
        made.append(Exhibit(seed, category, action, sequence, check(sequence)))
    return made


def sheet(shown: Sequence[Exhibit], size: int = 112) -> np.ndarray:
    """Two moments of every creature, `ACROSS` creatures a row (H, W, 3) uint8."""
    tiles = [_tile(one, size) for one in shown]
    tiles += [np.full_like(tiles[0], _blank())] * (-len(tiles) % ACROSS)
    return np.concatenate(
        [np.concatenate(tiles[i : i + ACROSS], axis=1) for i in range(0, len(tiles), ACROSS)]
    )


def _blank() -> int:
    return round(255 * float(np.mean(BACKGROUND)))


def _tile(one: Exhibit, size: int) -> np.ndarray:
    if one.sequence is None:
        picture = np.full((size, MOMENTS * size, 3), _blank(), np.uint8)
    else:
        drawn = one.sequence
        picture = film_strip(drawn.vertices, drawn.faces, drawn.colours, MOMENTS, size, drawn.cyclic)
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((3, 1), f"{one.seed} {one.category} {one.action}", fill=(0, 0, 0))
    return np.asarray(image)


def read_judgement(path: Path) -> dict[int, str]:
    """Seeds that a person who looked at each would not keep, with the reason: lines of "seed: reason".

    Raises
    ------
    ZoetropeError
        Code "bad_option": there is no such file, or a line is none of these.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        pairs = [line.split(":", 1) for line in lines if line and not line.startswith("#")]
        return {int(seed): reason.strip() for seed, reason in pairs}
    except (OSError, ValueError) as error:
        raise ZoetropeError(
            f"{path} is no judgement: {error}.",
            code="bad_option",
            remedy='Write lines of "seed: why it would not be kept".',
        ) from error


def page(
    shown: Sequence[Exhibit],
    engine: Engine,
    detail: int,
    command: str,
    picture: str,
    judged: dict[int, str] | None,
) -> str:
    """The Markdown page."""
    info = engine.info()
    passed = sum(not one.failed for one in shown)
    head = ["seed", "category", "action", "vertices", "misses", *(["not kept because"] if judged else [])]
    table = []
    for one in shown:
        cells = [
            str(one.seed),
            one.category,
            one.action,
            f"{len(one.sequence.rest):,}" if one.sequence else one.error,
            ", ".join(one.failed).replace("_", " "),
        ]
        table.append([*cells, judged.get(one.seed, "")] if judged else cells)
    kept = (
        f"**{len(shown) - len(judged)} of {len(shown)}** would be kept by the one of us who looked at each."
        if judged is not None
        else "Nobody has judged them by eye yet (`--judged FILE`)."
    )
    return "\n".join(
        [
            "# Gallery",
            "",
            f"    {command}",
            "",
            f"Seeds 0 to {len(shown) - 1}, none skipped, categories and their actions in turn, detail "
            f"{detail}; weights {info.weights_name} (`{info.weights_checksum[:16]}`), device {info.device}.",
            "",
            f"**{passed} of {len(shown)}** pass the numeric checks of "
            f"`zoetrope.evaluation.protocols.clean_bodies` (three legs are asked of quadrupeds alone). {kept}",
            "",
            f"![{len(shown)} creatures, two moments each]({picture})",
            "",
            *rows(head, table),
        ]
    )
