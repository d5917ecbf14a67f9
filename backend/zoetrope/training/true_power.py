"""How much true clips move at each harmonic of their window: what the filter in time brings draws down to.

Clips as the fields say them will not do: the fit's error differs from frame to frame, which trembles
(docs/evaluation/spectra.md).
"""

from functools import lru_cache

import numpy as np
import torch

from zoetrope.clips.asset import AnimatedAsset
from zoetrope.clips.library import Library
from zoetrope.diffusion.smoothing import power
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.normalisation import box_of
from zoetrope.geometry.rigid import applied
from zoetrope.geometry.samples import FlowSampler
from zoetrope.training.data import Prepared
from zoetrope.training.known import MIRRORED, KnownTokens
from zoetrope.training.preparation import window_times

POINTS = 200
"""Points of a body that are looked at."""


def of_frames(frames: np.ndarray) -> np.ndarray:
    """Power (2, T) of positions (T, P, 3) by harmonic, told one way and as a loop; zeros behind the last."""
    found = np.zeros((2, len(frames)), dtype=np.float32)
    for kind in (0, 1):
        own = power(frames, bool(kind))
        found[kind, : len(own)] = own
    return found


def of_samples(data: Prepared) -> np.ndarray | None:
    """Power (C, 2, T) of prepared clips on their creatures' own bodies; None where no motion is prepared."""
    if not data.offsets.numel():
        return None
    clips = torch.arange(len(data.clips), device=data.device)
    bodies = data.first_body[data.of_clip]
    points = data.flow_points[bodies, :POINTS, :].cpu().numpy()
    offsets = data.offsets[data.row(bodies, clips), :, :POINTS].float().cpu().numpy()
    moves = zip(points, offsets, data.rigid.cpu().numpy(), strict=True)
    return np.stack([of_frames(applied(rest + moved, rigid)) for rest, moved, rigid in moves])


def of_files(known: KnownTokens, library: Library) -> np.ndarray:
    """Power (C, 2, T) of the clips of tokens, read from the files of the shared library.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the library does not have all of them, or the tokens do not say whose they are.
    """
    frames = known.motion.shape[1]
    files = known.motion_creature.tolist()
    missing = sorted(set(files) - set(library.entries))
    if missing or not files:
        raise ZoetropeError(
            f"The tokens are of {missing[0] if missing else 'no name'}, which is not in this library.",
            code="bad_option",
            remedy="Give the creatures that the weights were trained on.",
        )

    @lru_cache(maxsize=1)
    def opened(file: str) -> tuple[AnimatedAsset, FlowSampler]:
        asset = library.read(library.entries[file])
        rest = box_of(asset.rest).into(asset.rest)
        return asset, FlowSampler.draw(rest, asset.faces, POINTS, np.random.default_rng(0))

    def one(file: str, name: str) -> np.ndarray:
        asset, sampler = opened(file)
        clip = next(c for c in library.entries[file].clips if c.name == name)
        shown = asset.evaluate(name, window_times(asset.span(name), frames, clip.cyclic))
        return of_frames(np.stack([sampler.points(frame) for frame in box_of(asset.rest).into(shown)]))

    pairs = zip(files, known.motion_clip.tolist(), strict=True)
    return np.stack([one(file, name.removesuffix(MIRRORED)) for file, name in pairs])
