"""The training's own clips as the fields say them, on their own bodies: what no diffusion can surpass."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from zoetrope.atomic_write import atomic_write
from zoetrope.engines.base import GenerateRequest, ignore_progress
from zoetrope.engines.body_checks import check_body
from zoetrope.engines.bundle import ActionLabel, Bundle, field_checksums
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.rejection_sampling import SampledBody, sample_passing_motion
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.evaluation.metrics.point_clouds import sample
from zoetrope.evaluation.protocols.references import Item
from zoetrope.evaluation.protocols.sample_sets import moments_of
from zoetrope.evaluation.protocols.token_baselines import checked
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.training.data.training_tokens import TrainingTokens


class KnownClips:
    """Weights, and the tokens of what they were trained on.

    Parameters
    ----------
    weights : Path
    known : TrainingTokens
        Of the run that made the weights, with the names of creatures and clips.
    cyclic : mapping of (creature, clip) to bool
        Of the training's clips: do they repeat?

    Raises
    ------
    ZoetropeError
        Code "bad_option": the tokens are of other weights.
    """

    def __init__(
        self,
        weights: Path,
        known: TrainingTokens,
        cyclic: Mapping[tuple[str, str], bool],
        device: str = "auto",
    ) -> None:
        self.engine = DnfEngine(weights, device)
        self.known = checked(known, self.engine.description)
        # the filter is for what is drawn
        self.engine.description = replace(self.engine.description, smoothing=None)
        self.cyclic = cyclic

    def load(self) -> Bundle:
        """The weights."""
        return self.engine.load()

    def checksum(self) -> str:
        """Of the fields and tokens alone: no diffusion is asked."""
        said = hashlib.sha256("".join(field_checksums(self.engine.weights)).encode())
        for table in (self.known.shape, self.known.motion):
            said.update(np.ascontiguousarray(table).data)
        return said.hexdigest()

    def has(self, item: Item) -> bool:
        """Is a real clip one of the training's?"""
        return bool(self._rows(item.creature, item.clip).size)

    def body_of(self, creature: str) -> Tensor:
        """Shape tokens (1, S) of a training creature's own body."""
        bodies = np.flatnonzero(self.known.shape_creature == creature)
        return torch.from_numpy(self.known.shape[bodies[:1]]).to(self.engine.device())

    def clip_of(self, creature: str, clip: str) -> Tensor:
        """Motion tokens (T, M) of a training creature's clip."""
        return torch.from_numpy(self.known.motion[self._rows(creature, clip)[0]]).to(self.engine.device())

    def shown(self, item: Item, detail: int) -> MeshSequence:
        """A training clip as the engine shows it."""
        resolved = self._resolved(item, detail)
        body, motion = self.body_of(item.creature), self.clip_of(item.creature, item.clip)
        return self.engine.decode(resolved, body, motion, ignore_progress)

    def moved(self, engine: DnfEngine, item: Item, seed: int, detail: int) -> MeshSequence:
        """A known body, moved as an engine of the same fields draws it for a clip's label."""
        resolved = self._resolved(item, detail, seed)
        bundle, tokens = engine.load(), self.body_of(item.creature)
        with torch.inference_mode():
            surface = check_body(bundle, tokens, item.category)[1]
            motion = sample_passing_motion(bundle, resolved, SampledBody(tokens, 0, surface))[0]
        return engine.decode(resolved, tokens, motion, ignore_progress)

    def _resolved(self, item: Item, detail: int, seed: int = 0) -> ResolvedRequest:
        """Return the request of a clip like this one, also of actions that the engine does not offer."""
        request = GenerateRequest(item.category, "", seed, detail=detail, palette=0)
        cyclic = self.cyclic[item.creature, item.clip]
        order = self.engine.description.action_order
        action = order.index(item.action) + 1 if item.action in order else 0
        label = ActionLabel(item.action, cyclic, cyclic, 1)
        return replace(self.engine.resolve(request), action_index=action, action_label=label)

    def _rows(self, creature: str, clip: str) -> np.ndarray:
        return np.flatnonzero((self.known.motion_creature == creature) & (self.known.motion_clip == clip))


def clouds_of(shown: MeshSequence, rng: np.random.Generator) -> np.ndarray:
    """Points (T, P, 3) at the moments that real clips are taken at."""
    return sample(shown.vertices[moments_of(shown)], shown.faces, rng)


def said(
    show: Callable[[Item, int], MeshSequence],
    items: list[Item],
    number: int,
    path: Path,
    on_item: Callable[[int, int], None],
) -> list[Item]:
    """A set of training clips, their clouds those of the fields; kept in a file of clouds and names.

    Parameters
    ----------
    show : callable
        What is shown for a clip, and its place in the set.
    number : int
        Of the set: no two sets have the same points.
    """
    names = np.array([f"{item.creature}, {item.clip}" for item in items])
    if path.exists():
        with np.load(path, allow_pickle=False) as data:
            if np.array_equal(data["names"], names):
                return [replace(item, clouds=c) for item, c in zip(items, data["clouds"], strict=True)]
    made = []
    for i, item in enumerate(items):
        made.append(clouds_of(show(item, i), np.random.default_rng([number, i])))
        on_item(i + 1, len(items))
    with atomic_write(path) as part, part.open("wb") as stream:
        np.savez(stream, allow_pickle=False, clouds=np.stack(made), names=names)
    return [replace(item, clouds=cloud) for item, cloud in zip(items, made, strict=True)]
