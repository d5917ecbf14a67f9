"""Pictures of the report: drawn creatures that move, and beside them what they are nearest to in training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.clips.augmentation import body_rest
from zoetrope.clips.library import Library
from zoetrope.engines.base import GenerateRequest
from zoetrope.evaluation.metrics.surface_distance import canonical
from zoetrope.evaluation.protocols.references import FRAMES
from zoetrope.evaluation.protocols.session import Session
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rendering import contact_sheet, film_strip, render, save_png, stack_with_labels

SIZE, SMALL = 220, 150
"""Pixels of a body's picture, and of one moment of a clip: the sheets stand in the repository."""
COLOURS = 96
EXTENT = 2.2
MOMENTS = 6
CLIPS = 4
"""Drawn clips that are shown with their nearest: each takes four rows."""


def redrawn(session: Session, nearest: Sequence[dict[str, Any]]) -> list[MeshSequence]:
    """The creatures of `novelty_section`'s "nearest" once more, from their seeds.

    Parameters
    ----------
    nearest : sequence of {"seed", "category", "action", ...}
    """
    requests = (
        GenerateRequest(row["category"], row["action"], int(row["seed"].split()[-1]), detail=session.detail)
        for row in nearest
    )
    return [session.engine.generate(request, lambda *_: None) for request in requests]


def drawn_sheet(drawn: Sequence[MeshSequence], nearest: Sequence[dict[str, Any]]) -> np.ndarray:
    """A row a drawn creature, its moments from left to right, as an image (H, W, 3)."""
    titles = [f"{row['seed']}: {row['category']}, {row['action']}" for row in nearest]
    return contact_sheet(drawn, MOMENTS, SMALL, labels=titles)


def known_body(library: Library, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices in the canonical box, faces and colours of a body by its name ("file" or "file body 3")."""
    file, _, number = name.partition(" body ")
    asset = library.read(library.entries[file])
    rest = body_rest(file, asset.rest, int(number or 0))
    return canonical(rest), asset.faces, asset.colours


def bodies_sheet(
    session: Session, drawn: Sequence[MeshSequence], nearest: Sequence[dict[str, Any]]
) -> np.ndarray:
    """A row a drawn creature (left) with its nearest known bodies ("names"), as an image (H, W, 3)."""
    pictures = []
    for one, row in zip(drawn, nearest, strict=True):
        bodies = [(canonical(one.rest), one.faces, one.colours)]
        bodies += [known_body(session.library, name) for name in row["names"]]
        pictures.append(
            np.concatenate(
                [render(v, f, c, SIZE, centre=np.zeros(3), extent=EXTENT) for v, f, c in bodies], axis=1
            )
        )
    return np.concatenate(pictures)


def clips_sheet(
    session: Session, drawn: Sequence[MeshSequence], nearest: Sequence[dict[str, Any]]
) -> np.ndarray:
    """A drawn clip and under it its nearest training clips ("clips": file, clip), as an image (H, W, 3)."""
    strips, titles = [], []
    for one, row in zip(drawn, nearest, strict=True):
        strips.append(film_strip(one.vertices, one.faces, one.colours, MOMENTS, SMALL, one.cyclic))
        titles.append(f"{row['seed']}: {row['category']}, {row['action']}")
        for file, clip in row["clips"]:
            asset = session.library.read(session.library.entries[file])
            frames = asset.evaluate(clip, np.linspace(*asset.span(clip), FRAMES))
            strips.append(film_strip(frames, asset.faces, asset.colours, MOMENTS, SMALL))
            titles.append(f"   {file}, {clip}")
    return stack_with_labels(strips, titles)


def save_sheets(session: Session, nearest: Sequence[dict[str, Any]], out: Path) -> None:
    """Write drawn.png, nearest_bodies.png and nearest_clips.png: the pictures that the pages show."""
    drawn = redrawn(session, nearest)
    save_png(out / "drawn.png", drawn_sheet(drawn, nearest), COLOURS)
    save_png(out / "nearest_bodies.png", bodies_sheet(session, drawn, nearest), COLOURS)
    save_png(out / "nearest_clips.png", clips_sheet(session, drawn[:CLIPS], nearest[:CLIPS]), COLOURS)
