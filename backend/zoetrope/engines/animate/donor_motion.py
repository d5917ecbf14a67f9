"""A sampled motion on a donor: its own vertices over time, and its skeleton fitted to them."""

from dataclasses import dataclass

import numpy as np
import torch

from zoetrope.engines.decoding.motion import decode_filtered_frames
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.output.assembly import clip_duration, find_loop_start
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.sampling.rejection_sampling import SampledBody, sample_passing_motion
from zoetrope.engines.weights.bundle import ActionLabel
from zoetrope.geometry.isosurface import Surface
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.fit import FitError, fit_error, fit_motion
from zoetrope.rigs.skeleton import SkeletonMotion


@dataclass(frozen=True)
class DonorMotion:
    """One sampled clip on a donor, in the donor's box.

    Parameters
    ----------
    label : ActionLabel
    seconds : float
        Duration; of one cycle, for a loop.
    frames : (T, V, 3) float32
        The donor's vertices as the motion field moves them.
    motion : SkeletonMotion
        The donor's skeleton fitted to them.
    error : FitError
        Of the skeleton on these frames.
    speed : float
        Travel speed in body heights a second.
    """

    label: ActionLabel
    seconds: float
    frames: np.ndarray
    motion: SkeletonMotion
    error: FitError
    speed: float


def sample_donor_motion(
    engine: DnfEngine, donor: Donor, action: str, seed: int, on_progress: OnProgress
) -> DonorMotion:
    """Sample a motion of a donor that passes the quality checks, and fit the donor's skeleton to it.

    Parameters
    ----------
    engine : DnfEngine
    donor : Donor
    action : str
        Of the donor's category.
    seed : int
    on_progress : callable
        May raise to cancel.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the category has no such action.
    """
    resolved = engine.resolve(
        GenerateRequest(
            category=donor.category, action=action, seed=seed, detail=64, faces=None, texture=None
        )
    )
    bundle, label = engine.load(), resolved.action_label
    shape = torch.from_numpy(donor.shape_tokens).to(engine.device())
    body = SampledBody(shape, 0, Surface(donor.rest.astype(np.float32), donor.faces.astype(np.int32), 0))
    with torch.inference_mode():
        tokens, _ = sample_passing_motion(
            bundle, resolved, body, on_progress, engine.steps, engine.max_attempts
        )
        frames = decode_filtered_frames(
            bundle, shape, tokens, donor.rest.astype(np.float32), donor.category, label
        ).vertices
        seconds = clip_duration(bundle, label, tokens)
        speed = float(bundle.motion_model.split(tokens).timing.mean(0).cpu().numpy()[1])
    if label.cyclic:
        frames = np.roll(frames, -find_loop_start(frames), axis=0)
    on_progress("skeleton", 0, 1)
    motion = fit_motion(donor.skeleton, donor.weights, donor.rest, frames, cyclic=label.cyclic)
    error = fit_error(donor.skeleton, donor.weights, donor.rest, frames, motion)
    on_progress("skeleton", 1, 1)
    return DonorMotion(label, seconds, frames, motion, error, max(0.0, speed))
