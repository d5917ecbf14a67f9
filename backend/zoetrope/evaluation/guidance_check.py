"""Do drawn creatures show what was asked for? A classifier trained on real clips looks at both.

`python -m zoetrope.evaluation.guidance_check --weights weights --shared ../shared --out docs/evaluation`
"""

import argparse
from pathlib import Path

import numpy as np

from zoetrope.clips.library import Library
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.gallery import programme
from zoetrope.evaluation.label_classifier import FRAMES, Example, example, train
from zoetrope.evaluation.report_pages import rows, save_page
from zoetrope.training.labels import UNLABELLED

PAGE = "guidance.md"
FIRST_SEED = 5_000_000
"""The drawn creatures' seeds are no other report's."""


def real_examples(library: Library, part: str, offered: dict[str, tuple[str, ...]]) -> list[Example]:
    """The labelled clips of a part of the split by creature whose category and action the engine offers."""
    found = []
    for entry in library.creatures(part):
        if entry.category not in offered:
            continue
        asset = library.read(entry)
        for clip in entry.usable_clips:
            if clip.action == UNLABELLED or clip.action not in offered[entry.category]:
                continue
            times = np.linspace(*asset.span(clip.name), FRAMES, endpoint=not clip.cyclic)
            frames = asset.evaluate(clip.name, times)
            labels = entry.category, clip.action
            found.append(example(asset.rest, asset.faces, frames, clip.seconds, clip.cyclic, *labels))
    return found


def drawn_examples(engine: DnfEngine, count: int, detail: int) -> list[Example]:
    """Drawn creatures, categories and their actions in turn."""
    found = []
    for number, (category, action) in enumerate(programme(engine, count)):
        request = GenerateRequest(category, action, FIRST_SEED + number, detail=detail)
        made = engine.generate(request, lambda *_: None)
        last = len(made.vertices) * (1 - 1 / FRAMES) if made.cyclic else len(made.vertices) - 1
        moments = np.linspace(0, last, FRAMES).round().astype(int).clip(0, len(made.vertices) - 1)
        seconds = float(made.seconds[-1])
        frames = made.vertices[moments]
        found.append(example(made.rest, made.faces, frames, seconds, made.cyclic, category, action))
    return found


def compared(real: tuple[np.ndarray, np.ndarray], drawn: tuple[np.ndarray, np.ndarray]) -> list[list[str]]:
    """A row a label: how often the classifier agrees, in percent with standard errors, and the difference."""
    table = []
    for name, truth, ours in zip(("category", "action"), real, drawn, strict=True):
        shares = [float(np.mean(x)) for x in (truth, ours)]
        errors = [(s * (1 - s) / len(x)) ** 0.5 for s, x in zip(shares, (truth, ours), strict=True)]
        cells = [f"{100 * s:.1f} ± {100 * e:.1f}" for s, e in zip(shares, errors, strict=True)]
        table.append([name, *cells, f"{100 * (shares[1] - shares[0]):+.1f} ± {100 * np.hypot(*errors):.1f}"])
    return table


def main() -> None:
    """Print the table and write it as a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of the weights")
    parser.add_argument("--shared", type=Path, required=True, help="folder of the labelled creatures")
    parser.add_argument("--count", type=int, default=200, help="drawn creatures")
    parser.add_argument("--steps", type=int, default=800, help="steps of the classifier's training")
    parser.add_argument("--detail", type=int, default=64, help="cells of the extraction grid")
    parser.add_argument("--out", type=Path, required=True, help=f"folder for {PAGE}")
    given = parser.parse_args()
    engine, library = DnfEngine(given.weights), Library(given.shared)
    offered = {category.name: category.actions for category in engine.info().categories}
    seen = real_examples(library, "train", offered)
    held_out = [e for part in ("validation", "test") for e in real_examples(library, part, offered)]
    classifier = train(seen, given.steps)
    drawn = drawn_examples(engine, given.count, given.detail)
    head = ["label", "right on held-out real clips, %", "agrees with what was asked, %", "difference"]
    table = rows(head, compared(classifier.right(held_out), classifier.right(drawn)))
    text = [
        f"A classifier trained on {len(seen)} real clips of the training part, asked of {len(held_out)} "
        f"clips of unseen creatures and of {len(drawn)} drawn ones (weights "
        f"`{engine.info().weights_checksum[:16]}`, seeds from {FIRST_SEED:,}, detail {given.detail}). Aim: a "
        "difference within 10 points.",
        "",
        *table,
    ]
    save_page(given.out / PAGE, "What was asked, and what is seen", text)
    print("\n".join(table))


if __name__ == "__main__":
    main()
