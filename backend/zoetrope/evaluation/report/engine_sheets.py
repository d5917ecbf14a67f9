"""Pictures of what each engine samples: seeds 0 to 15, none skipped, large enough to see faces."""

from typing import NamedTuple

import numpy as np

from zoetrope.engines.base import Engine
from zoetrope.engines.frames.engine import FrameEngine
from zoetrope.engines.progress import OnProgress, ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_frames import GREY
from zoetrope.geometry.rendering import camera_rotation, render, stack_with_labels

SEEDS, COLUMNS, SIZE = 16, 4, 320
SHARE = 0.3
"""Of the clip: the frame that is shown."""


class _Picture(NamedTuple):
    label: str
    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray


def engine_sheet(engine: Engine, detail: int, on_progress: OnProgress) -> np.ndarray:
    """Render 16 creatures, the categories in turn, as an image (H, W, 3) of rows of four."""
    categories = engine.info().categories
    rows, labels = [], []
    camera = camera_rotation()
    for first in range(0, SEEDS, COLUMNS):
        images, names = [], []
        for seed in range(first, first + COLUMNS):
            category = categories[seed % len(categories)].name
            action = engine.info().default_action(category)
            request = GenerateRequest(category, action, seed, detail=detail, faces=None, texture=None)
            shown = _picture(engine, request)
            names.append(shown.label)
            images.append(
                render(shown.vertices, shown.faces, shown.colours, SIZE, camera=camera)
                if len(shown.faces)
                else np.full((SIZE, SIZE, 3), 255, np.uint8)
            )
            on_progress(f"sheet of {engine.info().engine}", seed + 1, SEEDS)
        rows.append(np.concatenate(images, axis=1))
        labels.append(" | ".join(names))
    return stack_with_labels(rows, labels)


def _picture(engine: Engine, request: GenerateRequest) -> _Picture:
    """Return one frame of a request; an empty one where nothing could be sampled, which is shown too."""
    label = f"{request.seed} {request.category}, {request.action}"
    try:
        if isinstance(engine, FrameEngine):
            clip = engine.generate_frames(request, ignore_progress)
            vertices, faces = clip.frames[int(SHARE * len(clip.frames))]
            return _Picture(label, vertices, faces, np.full_like(vertices, GREY))
        made = engine.generate(request, ignore_progress)
    except ZoetropeError as error:
        empty = np.zeros((0, 3), np.float32)
        return _Picture(f"{label}: {error.code}", empty, empty.astype(np.int32), empty)
    return _Picture(label, made.vertices[int(SHARE * len(made.vertices))], made.faces, made.colours)
