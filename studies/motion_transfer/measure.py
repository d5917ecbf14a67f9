"""Can motion tokens of a training creature move an unseen body of the same rig, whose true clip is known?

The errors of every creature are stored in `--work`, so that an interrupted run continues.

python -m studies.motion_transfer.measure --out studies/motion_transfer
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from zoetrope.clips.library import CreatureEntry, Library
from zoetrope.engines.weights.bundle import Bundle, load_bundle, read_checksums
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.standard_error import jackknife
from zoetrope.evaluation.protocols.reconstruction import score_clip
from zoetrope.evaluation.protocols.reconstruction_targets import ClipTarget, Target, target_of
from zoetrope.evaluation.report.markdown_tables import number, rows
from zoetrope.evaluation.session.output_files import tool_command
from zoetrope.evaluation.session.result_cache import JsonDict, ResultCache
from zoetrope.training.data.training_tokens import TrainingTokens, load_tokens, tokens_path
from zoetrope.training.from_weights.fit_unseen_creature import fit_motion, fit_shape

from studies.command_line import run, study_parser
from studies.page import write_results

Rig = tuple[str, int]
METHODS = ("transferred", "fitted", "still")
FIELDS = ("shape_field", "motion_field")
"""Files of the weights that the results depend on; they do not depend on the diffusions."""


@dataclass(frozen=True)
class Transfer:
    """Mean end-point errors of one unseen body and clip, box units.

    transferred : with the clip's tokens of the donor, the nearest training body of the rig.
    fitted : with tokens fitted to the true clip.
    still : with the rest pose, moved by the true rigid transforms alone.
    """

    creature: str
    clip: str
    donor: str
    transferred: float
    fitted: float
    still: float


def rig_of(library: Library, entry: CreatureEntry) -> Rig:
    """Return pack and number of joints: the packs use one rig for each family of creatures."""
    return entry.file.split("__")[0], library.read(entry).weights.shape[1]


def nearest_donor(shape: Tensor, tokens: TrainingTokens, clip: str, creatures: Sequence[str]) -> int | None:
    """Return the row of a clip's motion tokens of the creature whose shape tokens are nearest (1, S)."""
    best, nearest = np.inf, None
    for row in np.flatnonzero(tokens.motion_clip == clip):
        creature = tokens.motion_creature[row]
        if creature in creatures:
            bodies = torch.from_numpy(tokens.shape[tokens.shape_creature == creature])
            distance = float((bodies - shape).norm(dim=1).min())
            if distance < best:
                best, nearest = distance, int(row)
    return nearest


def transfer_errors(
    bundle: Bundle, shape: Tensor, target: Target, clip: ClipTarget, donor: Tensor, steps: int
) -> tuple[float, float, float]:
    """Return the errors of a donor's tokens (T, M), of tokens fitted to the clip, and of the rest pose."""
    size = bundle.motion_model.config.codes.stop
    points = torch.from_numpy(target.fit_points.astype(np.float32))
    fitted = fit_motion(bundle, shape, points, torch.from_numpy(clip.fit), steps=steps)
    errors = [score_clip(bundle, shape, each, target, clip)["mean"] for each in (donor[:, :size], fitted)]
    return errors[0], errors[1], float(np.linalg.norm(clip.fit, axis=-1).mean())


def measure_creature(
    bundle: Bundle,
    library: Library,
    tokens: TrainingTokens,
    entry: CreatureEntry,
    clips: Sequence[tuple[str, bool]],
    family: Sequence[str],
    steps: int,
) -> JsonDict:
    """Fit an unseen body and measure the clips that a creature of its family was trained on."""
    target = target_of(entry.file, library.read(entry), clips)
    points = torch.from_numpy(target.samples.points.astype(np.float32))
    distances = torch.from_numpy(target.samples.distance.astype(np.float32))
    shape = fit_shape(bundle, points, distances, torch.from_numpy(tokens.shape), steps=steps)
    results = []
    for clip in target.clips:
        row = nearest_donor(shape, tokens, clip.name, family)
        if row is not None:
            motion, donor = torch.from_numpy(tokens.motion[row]), str(tokens.motion_creature[row])
            errors = transfer_errors(bundle, shape, target, clip, motion, steps * 2 // 3)
            results.append(asdict(Transfer(entry.file, clip.name, donor, *errors)))
    return {"clips": results}


def measure(
    bundle: Bundle,
    library: Library,
    tokens: TrainingTokens,
    entries: Sequence[CreatureEntry],
    steps: int,
    cache: ResultCache,
    fields: Sequence[str],
) -> list[Transfer]:
    """Measure all clips of unseen creatures that a training creature of the same rig has too.

    Parameters
    ----------
    fields : sequence of str
        Checksums of the fields' files; results do not depend on the diffusions.
    """
    families: dict[Rig, list[str]] = {}
    for file in sorted(set(tokens.motion_creature.tolist())):
        if file in library.entries:
            families.setdefault(rig_of(library, library.entries[file]), []).append(file)
    results = []
    for entry in entries:
        family = families.get(rig_of(library, entry), [])
        of_family = set(tokens.motion_clip[np.isin(tokens.motion_creature, family)].tolist())
        if clips := [(c.name, c.cyclic) for c in entry.usable_clips if c.name in of_family]:
            part = cache.part(
                f"transfer/{Path(entry.file).stem}",
                {"fields": list(fields), "steps": steps, "clips": clips, "family": family},
                partial(measure_creature, bundle, library, tokens, entry, clips, family, steps),
            )
            results += [Transfer(**one) for one in part["result"]["clips"]]
            print(f"{entry.file}: {len(part['result']['clips'])} clips", file=sys.stderr, flush=True)
    return results


def table(results: Sequence[Transfer]) -> list[str]:
    """Return a row a pack, and one of all: mean errors, with standard errors over creatures."""
    packs = sorted({one.creature.split("__")[0] for one in results})
    groups = [(pack, [one for one in results if one.creature.split("__")[0] == pack]) for pack in packs]
    body = []
    for title, group in (*groups, ("all", list(results))):
        cells = [title, str(len({one.creature for one in group})), str(len(group))]
        for name in METHODS:
            values = np.array([getattr(one, name) for one in group])
            value, error = jackknife(partial(_mean, values), [one.creature for one in group])
            cells.append(number({"value": value, "se": error if np.isfinite(error) else None}, 1, 4))
        body.append(cells)
    return rows(("pack", "unseen creatures", "clips", *METHODS), body)


def _mean(values: np.ndarray, kept: np.ndarray) -> float:
    return float(values[kept].mean())


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "tokens", "shared")
    parser.add_argument("--steps", type=int, default=300, help="steps of a shape's fit")
    parser.add_argument("--creatures", type=int, help="first so many unseen creatures (default: all)")
    parser.add_argument("--work", type=Path, default=Path("runs/motion_transfer"), help="stores the errors")
    return parser


def main() -> None:
    """Write the table."""
    options = build_parser().parse_args()
    path = options.tokens or tokens_path(options.weights)
    bundle, tokens, library = load_bundle(options.weights), load_tokens(path), Library(options.shared)
    if not len(tokens.motion_clip):
        raise ZoetropeError(
            f"{path} does not hold the names of its clips.",
            code="bad_option",
            remedy="Export the run again with this version of `zoetrope train`.",
        )
    names = tuple(category.name for category in bundle.description.categories)
    unseen = [entry for part in ("validation", "test") for entry in library.creatures(part, names)]
    cache = ResultCache(options.work, tool_command())
    fields = [read_checksums(options.weights)[f"{name}.safetensors"] for name in FIELDS]
    chosen = unseen[: options.creatures]
    results = measure(bundle, library, tokens, chosen, options.steps, cache, fields)
    text = [
        f"Weights `{bundle.checksum[:16]}`. Clips of unseen creatures (validation and test part of "
        "`by_creature`) that a training creature of the same rig has too. Mean end-point error, box units: "
        "with the tokens of that creature (*transferred*), with tokens fitted to the true clip (*fitted*), "
        "and with the true rigid transforms alone (*still*); ± is one standard error over creatures.",
        "",
        *table(results),
    ]
    write_results(options.out, "measure", text)


if __name__ == "__main__":
    run(main)
