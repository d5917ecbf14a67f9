"""Nearest neighbours of animated point clouds: speed-up by landmarks, and cost of a table.

`python benchmarks/chamfer.py --split by_clip`
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from measuring import RESULTS, fill, markdown, measured, save
from zoetrope.clips.library import Library, find_shared
from zoetrope.evaluation.metrics import nearest_neighbours as nearest
from zoetrope.evaluation.metrics.point_clouds import NORMALISATIONS, normalised
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.generation import References, score
from zoetrope.evaluation.protocols.references import LabelledSequence, clips_of_split, sample_clips

TARGET = 15 * 60
"""Seconds on two cores for one table of 130 sequences against 130."""


def sequences(clips: list[LabelledSequence], normalisation: str, count: int) -> nearest.Sequences:
    """Return clips as the metrics take them, with `count` landmarks per frame."""
    names = sorted({clip.creature for clip in clips})
    groups = np.array([names.index(clip.creature) for clip in clips])
    return nearest.Sequences(
        np.stack([normalised(clip.clouds, normalisation) for clip in clips]), groups, count=count
    )


def compare_landmarks(clips: list[LabelledSequence], counts: list[int]) -> list[dict[str, Any]]:
    """Time the search for nearest neighbours with different numbers of landmarks, on one thread."""
    rows: list[dict[str, Any]] = []
    answers = []
    whole = nearest.directed_chamfer
    for count in counts:
        row: dict[str, Any] = {"landmarks": count, "clips": len(clips)}
        searches = [0]

        def counted(a: Any, b: Any, searches: list[int] = searches) -> float:
            searches[0] += 1
            return whole(a, b)

        nearest.directed_chamfer = counted
        try:
            with measured(row):
                found = nearest.nearest_within(sequences(clips, "centred", count))
        finally:
            nearest.directed_chamfer = whole
        pairs = len(clips) * (len(clips) - 1) / 2
        row["share"] = searches[0] / (pairs * 2 * clips[0].clouds.shape[0])
        answers.append(found.index)
        rows.append(row)
        print(f"{count} landmarks: {row['seconds']:.1f} s", file=sys.stderr)
    if any(not np.array_equal(answers[0], other) for other in answers):
        raise SystemExit("Different numbers of landmarks give different neighbours.")
    return rows


def table(train: list[LabelledSequence], test: list[LabelledSequence]) -> dict[str, Any]:
    """Time the 1-NNA of one set of training clips in both normalisations, reference distances included."""
    made = bounds.training_clips(train, len(test), 1)
    row: dict[str, Any] = {"references": len(test)}

    def one(normalisation: str) -> float:
        return score(made, References(test, normalisation)).one_nna.value

    with measured(row), ThreadPoolExecutor(len(NORMALISATIONS)) as pool:
        row["one_nna"] = dict(zip(NORMALISATIONS, pool.map(one, NORMALISATIONS), strict=True))
    return row


def main() -> int:
    """Measure, print, write benchmarks/results/chamfer.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, help="folder of the labelled creatures")
    parser.add_argument("--split", default="by_clip", help="by_clip or by_creature")
    parser.add_argument("--clips", type=int, default=44, help="clips for comparing landmarks")
    parser.add_argument(
        "--landmarks", type=int, nargs="+", default=[0, 64, 128, 256], help="landmarks per frame"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    shared = options.shared or find_shared()
    if shared is None:
        raise SystemExit("The labelled creatures are not beside the repository: give --shared.")
    library = Library(shared)
    parts = (clips_of_split(library, options.split, part) for part in ("train", "test"))
    train, test = (sample_clips(library, clips) for clips in parts)
    rows = compare_landmarks(test[:: max(1, len(test) // options.clips)][: options.clips], options.landmarks)
    whole = table(train, test)
    plain = rows[0]["seconds"]
    text = "\n\n".join(
        [
            f"Nearest of each of {rows[0]['clips']} clips among the others, one thread, trees built in it:",
            markdown(
                ("landmarks", "seconds", "against the first", "share of all searches of a frame", "MiB"),
                [
                    (
                        str(row["landmarks"]),
                        f"{row['seconds']:.1f}",
                        f"{plain / row['seconds']:.2f}x",
                        f"{100 * row['share']:.0f} %",
                        f"{row['mib']:.0f}",
                    )
                    for row in rows
                ],
            ),
            f"One set against {whole['references']} references of {options.split}, both normalisations, "
            f"distances among references included: {whole['seconds'] / 60:.1f} minutes, "
            f"{whole['mib']:.0f} MiB (target {TARGET // 60} minutes on two cores).",
        ]
    )
    print(text)
    if options.page:
        fill(options.page, "chamfer", text)
    print(
        f"\nWritten to {save('chamfer', {'landmarks': rows, 'table': whole}, options.out)}", file=sys.stderr
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
