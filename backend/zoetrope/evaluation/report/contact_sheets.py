"""Pictures of the report: samples in motion, and what they are nearest to in the training."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoetrope.clips.library import Library
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.evaluation.metrics.point_clouds import FRAMES
from zoetrope.evaluation.session.session import Session
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.geometry.rendering import contact_sheet, film_strip, render, stack_with_labels

SIZE, SMALL = 220, 150
"""Pixels of a body's picture, and of one frame of a clip: the sheets are kept in the repository."""
COLOURS = 96
PICTURES = ("samples.png", "nearest_bodies.png", "nearest_clips.png")
EXTENT = 2.2
FRAMES_SHOWN = 6
CLIPS = 4
"""Samples that are shown with their nearest clips; each takes four rows."""

Nearest = Sequence[dict[str, Any]]
"""`novelty_section`'s "nearest"."""


def report_sheets(session: Session, nearest: Nearest) -> dict[str, np.ndarray]:
    """Generate the listed samples again; return the images (H, W, 3) of `PICTURES` by their names."""
    samples = []
    for row in nearest:
        seed = int(row["seed"].split()[-1])
        request = GenerateRequest(
            row["category"], row["action"], seed, detail=session.detail, faces=None, texture=None
        )
        samples.append(session.engine.generate(request, ignore_progress))
    titles = [_title(row) for row in nearest]
    sheets = (
        contact_sheet(samples, FRAMES_SHOWN, SMALL, labels=titles),
        bodies_sheet(session.library, samples, nearest),
        clips_sheet(session.library, samples[:CLIPS], nearest[:CLIPS]),
    )
    return dict(zip(PICTURES, sheets, strict=True))


def bodies_sheet(library: Library, samples: Sequence[MeshSequence], nearest: Nearest) -> np.ndarray:
    """Render a row for each sample (left) with its nearest training bodies, as an image (H, W, 3)."""
    rows = []
    for one, row in zip(samples, nearest, strict=True):
        bodies = [(normalising_box(one.rest).to_box(one.rest), one.faces, one.colours)]
        bodies += [_training_body(library, name) for name in row["names"]]
        rows.append([render(v, f, c, SIZE, centre=np.zeros(3), extent=EXTENT) for v, f, c in bodies])
    return np.concatenate([np.concatenate(row, axis=1) for row in rows])


def clips_sheet(library: Library, samples: Sequence[MeshSequence], nearest: Nearest) -> np.ndarray:
    """Render each sample's clip above its nearest training clips, as an image (H, W, 3)."""
    strips, titles = [], []
    for one, row in zip(samples, nearest, strict=True):
        strips.append(film_strip(one.vertices, one.faces, one.colours, FRAMES_SHOWN, SMALL, one.cyclic))
        titles.append(_title(row))
        for file, clip in row["clips"]:
            asset = library.read(library.entries[file])
            frames = asset.evaluate(clip, np.linspace(*asset.span(clip), FRAMES))
            strips.append(film_strip(frames, asset.faces, asset.colours, FRAMES_SHOWN, SMALL))
            titles.append(f"   {file}, {clip}")
    return stack_with_labels(strips, titles)


def _title(row: dict[str, Any]) -> str:
    return f"{row['seed']}: {row['category']}, {row['action']}"


def _training_body(library: Library, file: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices in the box, faces and colours of a creature."""
    asset = library.read(library.entries[file])
    return normalising_box(asset.rest).to_box(asset.rest), asset.faces, asset.colours
