"""Drawn creatures beside the training bodies nearest to them: is it new, seen with eyes?"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoetrope.clips.augmentation import body_rest
from zoetrope.clips.library import Library
from zoetrope.engines.base import GenerateRequest
from zoetrope.evaluation.distances import canonical
from zoetrope.evaluation.render import render
from zoetrope.evaluation.session import Session

SIZE = 220
EXTENT = 2.2


def known_body(library: Library, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices in the canonical box, faces and colours of a body by its name ("file" or "file body 3")."""
    file, _, number = name.partition(" body ")
    asset = library.read(library.entries[file])
    rest = body_rest(file, asset.rest, int(number or 0))
    return canonical(rest), asset.faces, asset.colours


def nearest_sheet(session: Session, nearest: Sequence[dict[str, Any]]) -> np.ndarray:
    """A row a drawn creature (left) with its nearest known bodies, as an image (H, W, 3).

    Parameters
    ----------
    nearest : sequence of {"seed", "category", "action", "names"}
        From `novelty_section`.
    """
    pictures = []
    for row in nearest:
        seed = int(row["seed"].split()[-1])
        request = GenerateRequest(row["category"], row["action"], seed, detail=session.detail)
        drawn = session.engine.generate(request, lambda *_: None)
        bodies = [(canonical(drawn.rest), drawn.faces, drawn.colours)]
        bodies += [known_body(session.library, name) for name in row["names"]]
        pictures.append(
            np.concatenate(
                [render(v, f, c, SIZE, centre=np.zeros(3), extent=EXTENT) for v, f, c in bodies], axis=1
            )
        )
    return np.concatenate(pictures)
