"""A gallery: seeds 0 to 63 over all categories and actions, none skipped; a picture and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from zoetrope.engines.base import Engine
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.protocols.quality_checks import QualityChecks, check
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rendering import BACKGROUND, film_strip

COUNT = 64
COLUMNS = 8
FRAMES_SHOWN = 2


@dataclass(frozen=True)
class Exhibit:
    """One seed's creature; `error` where none could be generated."""

    seed: int
    category: str
    action: str
    sequence: MeshSequence | None = None
    body: QualityChecks | None = None
    error: str = ""

    @property
    def failed(self) -> list[str]:
        """The checks that it fails, of those that apply to its category."""
        if self.body is None:
            return ["generated"]
        return [name for name, passed in self.body.passes_for(self.category).items() if not passed]


def labels_of_seeds(engine: Engine, count: int = COUNT) -> list[tuple[str, str]]:
    """Return category and action for each seed: the categories in turn, each with its actions in turn."""
    categories = engine.info().categories
    return [
        (one.name, one.actions[seed // len(categories) % len(one.actions)])
        for seed in range(count)
        for one in (categories[seed % len(categories)],)
    ]


def exhibits(
    engine: Engine, detail: int, on_progress: OnProgress, count: int = COUNT, first: int = 0
) -> list[Exhibit]:
    """Generate and check every seed, from `first` on."""
    out = []
    for seed, (category, action) in enumerate(labels_of_seeds(engine, count), start=first):
        on_progress(f"{category} {action}", seed - first, count)
        try:
            sequence = engine.generate(
                GenerateRequest(category, action, seed, detail=detail, faces=None, texture=None),
                ignore_progress,
            )
            out.append(Exhibit(seed, category, action, sequence, check(sequence)))
        except ZoetropeError as error:
            out.append(Exhibit(seed, category, action, error=str(error)))
    return out


def sheet(shown: Sequence[Exhibit], size: int = 112) -> np.ndarray:
    """Render two frames of every creature, `COLUMNS` creatures a row, as an image (H, W, 3) uint8."""
    blank = np.full((size, FRAMES_SHOWN * size, 3), round(255 * float(np.mean(BACKGROUND))), np.uint8)
    tiles = [_tile(one, size, blank) for one in shown]
    tiles += [blank] * (-len(tiles) % COLUMNS)
    lines = (np.concatenate(tiles[i : i + COLUMNS], axis=1) for i in range(0, len(tiles), COLUMNS))
    return np.concatenate(list(lines))


def _tile(one: Exhibit, size: int, blank: np.ndarray) -> np.ndarray:
    picture, mesh = blank, one.sequence
    if mesh is not None:
        picture = film_strip(mesh.vertices, mesh.faces, mesh.colours, FRAMES_SHOWN, size, mesh.cyclic)
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((3, 1), f"{one.seed} {one.category} {one.action}", fill=(0, 0, 0))
    return np.asarray(image)


def read_rejections(path: Path) -> dict[int, str]:
    """Read lines of "seed: reason": the creatures that a person who looked at all would not keep.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the file does not exist, or a line has another form.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        pairs = [line.split(":", 1) for line in lines if line and not line.startswith("#")]
        return {int(seed): reason.strip() for seed, reason in pairs}
    except (OSError, ValueError) as error:
        raise ZoetropeError(
            f"{path} cannot be read as seeds and reasons: {error}.",
            code="bad_option",
            remedy='Write lines of "seed: why it would not be kept".',
        ) from error


def page(
    shown: Sequence[Exhibit],
    engine: Engine,
    detail: int,
    command: str,
    picture: str,
    rejections: dict[int, str] | None,
) -> str:
    """Print the Markdown page."""
    info = engine.info()
    passed = sum(not one.failed for one in shown)
    table = []
    for one in shown:
        vertices = f"{len(one.sequence.rest):,}" if one.sequence else one.error
        failed = ", ".join(one.failed).replace("_", " ")
        reason = [rejections.get(one.seed, "")] if rejections else []
        table.append([str(one.seed), one.category, one.action, vertices, failed, *reason])
    by_eye = "Nobody has judged them by eye yet (`--judged FILE`)."
    if rejections is not None:
        kept = len(shown) - len(rejections)
        by_eye = f"**{kept} of {len(shown)}** would be kept by the one of us who looked at each."
    reason_head = ["not kept because"] if rejections else []
    lines = [
        "# Gallery",
        "",
        f"    {command}",
        "",
        f"Seeds 0 to {len(shown) - 1}, none skipped, categories and their actions in turn, detail "
        f"{detail}; weights {info.weights_name} (`{info.weights_checksum[:16]}`), device {info.device}.",
        "",
        f"**{passed} of {len(shown)}** pass the numeric checks of "
        f"`zoetrope.evaluation.protocols.quality_checks` (legs are checked on quadrupeds only). {by_eye}",
        "",
        f"![{len(shown)} creatures, two moments each]({picture})",
        "",
        *rows(["seed", "category", "action", "vertices", "fails", *reason_head], table),
    ]
    return "\n".join(lines)
