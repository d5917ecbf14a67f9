"""A small classifier of category and action, trained on real clips: do samples show the requested labels?

A set network over points that are followed through a clip (PointNet, Qi et al. 2017): the input of a point is
its rest position and its offsets in sixteen frames; a clip is the maximum and mean over its points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from zoetrope.geometry.field_samples import barycentric_points, sample_surface
from zoetrope.geometry.normalisation import normalising_box

FRAMES = 16
POINTS = 512
TRAINING_POINTS = 192
"""Points of a clip in one training step."""


@dataclass(frozen=True)
class Example:
    """One labelled clip in the box: points at rest (P, 3) and their offsets (T, P, 3)."""

    rest: np.ndarray
    offsets: np.ndarray
    seconds: float
    cyclic: bool
    category: str
    action: str


def example(
    rest: np.ndarray,
    faces: np.ndarray,
    frames: np.ndarray,
    seconds: float,
    cyclic: bool,
    category: str,
    action: str,
    seed: int = 0,
) -> Example:
    """Follow points on a mesh, rest (V, 3), through `FRAMES` evenly spaced frames (T, V, 3)."""
    box = normalising_box(rest)
    rest, frames = box.to_box(rest), box.to_box(frames)
    face, corner = sample_surface(rest.astype(np.float64), faces, POINTS, np.random.default_rng(seed))
    points = barycentric_points(rest, faces, face, corner)
    offsets = np.stack([barycentric_points(frame, faces, face, corner) for frame in frames]) - points
    return Example(points.astype(np.float32), offsets.astype(np.float32), seconds, cyclic, category, action)


class LabelNet(nn.Module):
    """Logits of category and action."""

    def __init__(self, categories: int, actions: int, width: int = 128) -> None:
        super().__init__()
        self.points = nn.Sequential(
            nn.Linear(3 + 3 * FRAMES, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, 2 * width),
        )
        self.whole = nn.Sequential(nn.Linear(4 * width + 2, width), nn.ReLU(), nn.Dropout(0.3))
        self.category, self.action = nn.Linear(width, categories), nn.Linear(width, actions)

    def forward(self, rest: Tensor, offsets: Tensor, clip: Tensor) -> tuple[Tensor, Tensor]:
        """rest (B, P, 3), offsets (B, T, P, 3), clip (B, 2): log seconds, cyclic -> logits (B, C), (B, A)."""
        by_point = offsets.permute(0, 2, 1, 3).flatten(2)  # (clip, point, frame and axis)
        each = self.points(torch.cat([rest, by_point], dim=-1))
        h = self.whole(torch.cat([each.amax(1), each.mean(1), clip], dim=-1))
        return self.category(h), self.action(h)


@dataclass
class LabelClassifier:
    """A trained network and the names of its classes."""

    net: LabelNet
    categories: list[str]
    actions: list[str]

    @torch.inference_mode()
    def predict(self, examples: Sequence[Example]) -> list[tuple[str, str]]:
        """Predict category and action of clips."""
        category, action = self.net.eval()(*_batch(examples, None))
        pairs = zip(category.argmax(1).tolist(), action.argmax(1).tolist(), strict=True)
        return [(self.categories[c], self.actions[a]) for c, a in pairs]

    def correct(self, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
        """Return of which clips category (N,) and action (N,) are predicted correctly."""
        pairs = list(zip(self.predict(examples), examples, strict=True))
        return (
            np.array([predicted[0] == one.category for predicted, one in pairs]),
            np.array([predicted[1] == one.action for predicted, one in pairs]),
        )


def _batch(examples: Sequence[Example], rng: np.random.Generator | None) -> tuple[Tensor, Tensor, Tensor]:
    """Stack examples. With a generator, augment: fewer points, mirrored, loops shifted, axes scaled."""
    arrays: tuple[list[np.ndarray], list[np.ndarray], list[list[float]]] = ([], [], [])
    for one in examples:
        rest, offsets = one.rest, one.offsets
        if rng is not None:
            chosen = rng.choice(POINTS, TRAINING_POINTS, replace=False)
            rest, offsets = rest[chosen], offsets[:, chosen]
            if one.cyclic:
                offsets = np.roll(offsets, rng.integers(FRAMES), axis=0)
            if rng.random() < 0.5:
                rest, offsets = rest * [-1, 1, 1], offsets * [-1, 1, 1]
            scale = np.exp(rng.normal(0, 0.1, 3))
            rest, offsets = rest * scale, offsets * scale
        arrays[0].append(rest)
        arrays[1].append(offsets)
        arrays[2].append([np.log(max(one.seconds, 0.05)), float(one.cyclic)])
    rest_, offsets_, clip = (torch.from_numpy(np.array(x, np.float32)) for x in arrays)
    return rest_, offsets_, clip


def train(examples: Sequence[Example], steps: int = 800, batch: int = 48, seed: int = 0) -> LabelClassifier:
    """Train on real clips; labels are sampled by the inverse root of their frequency."""
    categories = sorted({one.category for one in examples})
    actions = sorted({one.action for one in examples})
    pairs = [(one.category, one.action) for one in examples]
    chance = np.array([pairs.count(pair) ** -0.5 for pair in pairs])
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = LabelNet(len(categories), len(actions))
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    truth = torch.tensor([[categories.index(c), actions.index(a)] for c, a in pairs])
    for _ in range(steps):
        rows = rng.choice(len(examples), batch, p=chance / chance.sum())
        category, action = net.train()(*_batch([examples[i] for i in rows], rng))
        targets = truth[rows]
        loss = functional.cross_entropy(category, targets[:, 0])
        loss = loss + functional.cross_entropy(action, targets[:, 1])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return LabelClassifier(net, categories, actions)
