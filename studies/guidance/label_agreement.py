"""Do samples show the category and action that were requested? A classifier trained on real clips judges.

python -m studies.guidance.label_agreement --out studies/guidance
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from zoetrope.clips.library import Library
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.evaluation.report.markdown_tables import rows
from zoetrope.training.data.labels import UNLABELLED

from studies.command_line import run, study_parser
from studies.guidance.label_classifier import FRAMES, Example, example, train
from studies.page import write_results

LABELS = ("category", "action")
FIRST_SEED = 5_000_000
"""Seeds that no other report uses."""


def real_examples(library: Library, part: str, offered: Mapping[str, Sequence[str]]) -> list[Example]:
    """Return the labelled clips of a part of `by_creature` whose category and action the engine offers."""
    examples = []
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
            examples.append(example(asset.rest, asset.faces, frames, clip.seconds, clip.cyclic, *labels))
    return examples


def labels_to_sample(held_out: Sequence[Example], count: int) -> list[tuple[str, str]]:
    """Choose labels as frequent as among held-out clips: rare ones are harder for the classifier too."""
    order = np.random.default_rng(0).permutation(len(held_out))
    chosen = [held_out[i] for i in np.resize(order, count).tolist()]
    return [(one.category, one.action) for one in chosen]


def sampled_examples(engine: DnfEngine, labels: Sequence[tuple[str, str]], detail: int) -> list[Example]:
    """Sample a creature for each pair of category and action."""
    examples = []
    for index, (category, action) in enumerate(labels):
        request = GenerateRequest(
            category, action, FIRST_SEED + index, detail=detail, faces=None, texture=None
        )
        result = engine.generate(request, ignore_progress)
        count = len(result.vertices)
        last = count * (1 - 1 / FRAMES) if result.cyclic else count - 1
        chosen = np.linspace(0, last, FRAMES).round().astype(int).clip(0, count - 1)
        frames, seconds = result.vertices[chosen], float(result.seconds[-1])
        examples.append(example(result.rest, result.faces, frames, seconds, result.cyclic, category, action))
    return examples


def agreement(real: tuple[np.ndarray, np.ndarray], sampled: tuple[np.ndarray, np.ndarray]) -> list[list[str]]:
    """Return a row a label: shares in percent that the classifier recognises, and their difference.

    Parameters
    ----------
    real, sampled : two arrays (N,) of bool
        Whether the classifier recognises the category, and the action, of each clip.
    """
    body = []
    for name, *groups in zip(LABELS, real, sampled, strict=True):
        shares = [float(np.mean(group)) for group in groups]
        errors = [(s * (1 - s) / len(group)) ** 0.5 for s, group in zip(shares, groups, strict=True)]
        cells = [f"{100 * s:.1f} ± {100 * e:.1f}" for s, e in zip(shares, errors, strict=True)]
        difference = f"{100 * (shares[1] - shares[0]):+.1f} ± {100 * np.hypot(*errors):.1f}"
        body.append([name, *cells, difference])
    return body


def agreement_by_label(
    name: str, real: tuple[list[Example], np.ndarray], sampled: tuple[list[Example], np.ndarray]
) -> list[list[str]]:
    """Return a row for each category or action: how many real and sampled clips are recognised."""
    groups = real, sampled
    body = []
    for label in sorted({getattr(one, name) for examples, _ in groups for one in examples}):
        cells = []
        for examples, correct in groups:
            chosen = [
                bool(c) for one, c in zip(examples, correct, strict=True) if getattr(one, name) == label
            ]
            cells.append(f"{sum(chosen)} of {len(chosen)}")
        body.append([label, *cells])
    return body


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(__doc__, "weights", "shared", "detail", "device")
    parser.add_argument("--count", type=int, default=200, help="samples")
    parser.add_argument("--motion", type=float, help="motion guidance (default: the weights')")
    parser.add_argument("--steps", type=int, default=800, help="steps of the classifier's training")
    return parser


def main() -> None:
    """Write the tables."""
    options = build_parser().parse_args()
    engine, library = DnfEngine(options.weights, options.device), Library(options.shared)
    offered = {category.name: category.actions for category in engine.info().categories}
    training = real_examples(library, "train", offered)
    held_out = [e for part in ("validation", "test") for e in real_examples(library, part, offered)]
    classifier = train(training, options.steps)
    if options.motion:
        engine.description = replace(engine.description, motion_guidance=options.motion)
    sampled = sampled_examples(engine, labels_to_sample(held_out, options.count), options.detail)
    real_correct, sampled_correct = classifier.correct(held_out), classifier.correct(sampled)
    head = ("label", "recognised, held-out real clips, %", "recognised, samples, %", "difference")
    table = rows(head, agreement(real_correct, sampled_correct))
    for index, name in enumerate(LABELS):
        groups = (held_out, real_correct[index]), (sampled, sampled_correct[index])
        table += rows((name, "held-out real clips", "samples"), agreement_by_label(name, *groups))
    text = [
        f"Weights `{engine.info().weights_checksum[:16]}`, motion guidance "
        f"{engine.description.motion_guidance:g}, seeds from {FIRST_SEED:,}, detail {options.detail}. The "
        f"classifier was trained on {len(training)} clips of the training part; it is tested on "
        f"{len(held_out)} clips of unseen creatures and {len(sampled)} samples with the same "
        "label frequencies.",
        "",
        *table,
    ]
    write_results(options.out, "label_agreement", text)


if __name__ == "__main__":
    run(main)
