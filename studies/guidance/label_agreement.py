"""Do drawn creatures show what was asked for? A classifier trained on real clips looks at both.

`python -m studies.guidance.label_agreement --weights weights --shared ../shared --out studies/guidance`
"""

from dataclasses import replace

import numpy as np
from zoetrope.clips.library import Library
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.dnf import DnfEngine
from zoetrope.evaluation.protocols.label_classifier import FRAMES, Example, example, train
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.training.data.labels import UNLABELLED

from studies.command_line import page_parser

PAGE = "README.md"
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


def asked(held_out: list[Example], count: int) -> list[tuple[str, str]]:
    """Labels to draw, as frequent as among held-out clips: rare ones are harder for the classifier too."""
    order = np.random.default_rng(0).permutation(len(held_out))
    chosen = [held_out[i] for i in np.resize(order, count)]
    return [(one.category, one.action) for one in chosen]


def drawn_examples(engine: DnfEngine, labels: list[tuple[str, str]], detail: int) -> list[Example]:
    """Drawn creatures of these categories and actions."""
    found = []
    for number, (category, action) in enumerate(labels):
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


def by_label(
    name: str,
    real: tuple[list[Example], np.ndarray],
    drawn: tuple[list[Example], np.ndarray],
) -> list[list[str]]:
    """A row a category or action: how many of the real and of the drawn clips the classifier gets."""
    labels = sorted({getattr(one, name) for examples, _ in (real, drawn) for one in examples})
    table = []
    for label in labels:
        counts = []
        for examples, right in (real, drawn):
            chosen = [bool(r) for one, r in zip(examples, right, strict=True) if getattr(one, name) == label]
            counts.append(f"{sum(chosen)} of {len(chosen)}")
        table.append([label, *counts])
    return table


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights", "shared", "detail")
    parser.add_argument("--count", type=int, default=200, help="drawn creatures")
    parser.add_argument("--motion", type=float, help="motion guidance; the weights' own if not given")
    parser.add_argument("--steps", type=int, default=800, help="steps of the classifier's training")
    given = parser.parse_args()
    engine, library = DnfEngine(given.weights), Library(given.shared)
    offered = {category.name: category.actions for category in engine.info().categories}
    seen = real_examples(library, "train", offered)
    held_out = [e for part in ("validation", "test") for e in real_examples(library, part, offered)]
    classifier = train(seen, given.steps)
    if given.motion:
        engine.description = replace(engine.description, motion_guidance=given.motion)
    drawn = drawn_examples(engine, asked(held_out, given.count), given.detail)
    head = ["label", "right on held-out real clips, %", "agrees with what was asked, %", "difference"]
    real, ours = classifier.right(held_out), classifier.right(drawn)
    table = rows(head, compared(real, ours))
    for place, name in enumerate(("category", "action")):
        both = (held_out, real[place]), (drawn, ours[place])
        table += rows((name, "held-out real clips", "drawn"), by_label(name, *both))
    text = [
        f"A classifier trained on {len(seen)} real clips of the training part, asked of {len(held_out)} "
        f"clips of unseen creatures and of {len(drawn)} drawn ones (weights "
        f"`{engine.info().weights_checksum[:16]}`, motion guidance "
        f"{engine.description.motion_guidance:g}, seeds from {FIRST_SEED:,}, detail {given.detail}), labels "
        "as frequent as among the unseen clips. Aim: a difference within 10 points.",
        "",
        *table,
    ]
    save_page(given.out / PAGE, "What was asked, and what is seen", text)
    print("\n".join(table))


if __name__ == "__main__":
    main()
