"""Motion carried over: clips of training creatures on unseen bodies of the same rig, whose truth is known.

`python -m studies.motion_transfer.measure --weights W --tokens RUN/weights/training_tokens.npz --shared ../shared --out FOLDER`

Every creature's errors are kept in `--work` as they are found: a run that was stopped goes on from there.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.bundle import Bundle, field_checksums, load_bundle
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.standard_error import jackknife
from zoetrope.evaluation.protocols.reconstruction import score_clip
from zoetrope.evaluation.protocols.reconstruction_targets import ClipTarget, Target, target_of
from zoetrope.evaluation.report.page_files import save_page, tool_command
from zoetrope.evaluation.report.store import JsonDict, Store
from zoetrope.evaluation.report.tables import number, rows
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens
from zoetrope.training.from_weights.fit_tokens import fit_motion, fit_shape

from studies.command_line import page_parser

PAGE = "README.md"
Rig = tuple[str, int]


@dataclass(frozen=True)
class Carried:
    """One unseen body and clip; mean end-point errors, box units.

    carried : with the tokens that the clip has on the nearest training body of the rig; fitted : with tokens
    fitted to the truth; still : of the rest pose, moved by the true rigid transforms alone.
    """

    creature: str
    clip: str
    donor: str
    carried: float
    fitted: float
    still: float


def rig_of(library: Library, entry: CreatureEntry) -> Rig:
    """Pack and number of joints: the packs build their families on one rig each."""
    return entry.file.split("__")[0], library.read(entry).weights.shape[1]


def nearest_donor(shape: Tensor, known: TrainingTokens, clip: str, among: Sequence[str]) -> int | None:
    """The row of a clip's tokens on that creature of `among` whose own latents are nearest (1, S), if any."""
    best, found = np.inf, None
    for row in np.flatnonzero(known.motion_clip == clip):
        creature = known.motion_creature[row]
        if creature in among:
            bodies = torch.from_numpy(known.shape[known.shape_creature == creature])
            distance = float((bodies - shape).norm(dim=1).min())
            if distance < best:
                best, found = distance, int(row)
    return found


def carried(
    bundle: Bundle, shape: Tensor, target: Target, clip: ClipTarget, donor: Tensor, steps: int
) -> tuple[float, float, float]:
    """Errors of a donor's tokens (T, M), of tokens fitted to the clip itself, and of standing still."""
    own = (
        bundle.motion_model.config.latent
        + bundle.motion_model.config.layers * bundle.motion_model.config.code
    )
    points = torch.from_numpy(target.fit_points.astype(np.float32))
    fitted = fit_motion(bundle, shape, points, torch.from_numpy(clip.fit), steps=steps)
    errors = [score_clip(bundle, shape, tokens, target, clip)["mean"] for tokens in (donor[:, :own], fitted)]
    return errors[0], errors[1], float(np.linalg.norm(clip.fit, axis=-1).mean())


def measure(
    bundle: Bundle,
    library: Library,
    known: TrainingTokens,
    entries: Sequence[CreatureEntry],
    steps: int,
    store: Store,
    fields: Sequence[str],
) -> list[Carried]:
    """All clips of unseen creatures that a training creature of the same rig has too; kept a creature.

    fields : the checksums of the fields' files: with other diffusions nothing here changes.
    """
    trained = sorted(set(known.motion_creature.tolist()))
    rigs: dict[Rig, list[str]] = {}
    for file in trained:
        if file in library.entries:
            rigs.setdefault(rig_of(library, library.entries[file]), []).append(file)
    made = []
    for entry in entries:
        family = rigs.get(rig_of(library, entry), [])
        if clips := [(c.name, c.cyclic) for c in entry.usable_clips if _known(known, c.name, family)]:
            part = store.part(
                f"transfer/{Path(entry.file).stem}",
                {"fields": list(fields), "steps": steps, "clips": clips, "family": family},
                partial(_creature, bundle, library, known, entry, clips, family, steps),
            )
            found = [Carried(**one) for one in part["result"]["clips"]]
            made += found
            print(f"{entry.file}: {len(found)} clips", file=sys.stderr, flush=True)
    return made


def _creature(
    bundle: Bundle,
    library: Library,
    known: TrainingTokens,
    entry: CreatureEntry,
    clips: Sequence[tuple[str, bool]],
    family: Sequence[str],
    steps: int,
) -> JsonDict:
    target = target_of(entry.file, library.read(entry), clips)
    points = torch.from_numpy(target.samples.points.astype(np.float32))
    distances = torch.from_numpy(target.samples.distance.astype(np.float32))
    shape = fit_shape(bundle, points, distances, torch.from_numpy(known.shape), steps=steps)
    found = []
    for clip in target.clips:
        row = nearest_donor(shape, known, clip.name, family)
        if row is not None:
            errors = carried(bundle, shape, target, clip, torch.from_numpy(known.motion[row]), steps * 2 // 3)
            found.append(asdict(Carried(entry.file, clip.name, str(known.motion_creature[row]), *errors)))
    return {"clips": found}


def _known(known: TrainingTokens, clip: str, family: Sequence[str]) -> bool:
    return any(creature in family for creature in known.motion_creature[known.motion_clip == clip])


def _mean(values: np.ndarray, kept: np.ndarray) -> float:
    return float(values[kept].mean())


def table(found: Sequence[Carried]) -> list[str]:
    """A row a family of rigs (pack), and one of all: mean errors, creatures as groups."""
    packs = sorted({one.creature.split("__")[0] for one in found})
    groups = [(pack, [one for one in found if one.creature.split("__")[0] == pack]) for pack in packs]
    body = []
    for title, some in (*groups, ("all", list(found))):
        cells = [title, str(len({one.creature for one in some})), str(len(some))]
        for name in ("carried", "fitted", "still"):
            values = np.array([getattr(one, name) for one in some])
            value, error = jackknife(partial(_mean, values), [one.creature for one in some])
            cells.append(number({"value": value, "se": error if np.isfinite(error) else None}, 1, 4))
        body.append(cells)
    return rows(("pack", "unseen creatures", "clips", "carried over", "fitted", "standing still"), body)


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared")
    parser.add_argument("--tokens", type=Path, required=True, help="training_tokens.npz of their run")
    parser.add_argument("--steps", type=int, default=300, help="steps of a shape's fit")
    parser.add_argument("--work", type=Path, default=Path("runs/evaluation"), help="where errors are kept")
    given = parser.parse_args()
    bundle, known, library = load_bundle(given.weights), load_tokens(given.tokens), Library(given.shared)
    if not len(known.motion_clip):
        raise ZoetropeError(
            f"{given.tokens} does not say whose clips it holds.",
            code="bad_option",
            remedy="Export the run again: `zoetrope train` of this version writes the names.",
        )
    names = tuple(category.name for category in bundle.description.categories)
    unseen = [entry for part in ("validation", "test") for entry in library.creatures(part, names)]
    store = Store(given.work, tool_command())
    fields = field_checksums(given.weights)
    found = measure(bundle, library, known, unseen, given.steps, store, fields)
    lines = table(found)
    text = [
        "Clips of unseen creatures (validation and test part of the split by creature) that a training "
        "creature of the same rig has too: mean end-point error, box units, of that creature's tokens on the "
        "unseen body, beside tokens fitted to the truth and beside not moving at all (but for the rigid "
        "part). "
        f"Weights `{bundle.checksum[:16]}`; ± is one standard error over creatures.",
        "",
        *lines,
    ]
    save_page(given.out / PAGE, "Motion carried over", text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
