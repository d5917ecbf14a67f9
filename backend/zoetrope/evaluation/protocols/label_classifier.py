"""A small classifier of category and action that is trained on real clips: does guidance do what is asked?

A set network over points that are followed through a clip (PointNet; Qi et al. 2017): every point is its
place at rest and its way through sixteen frames, the clip is the maximum and the mean over points.
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
SHOWN = 192
"""Points of a clip that one step of training sees."""


@dataclass(frozen=True)
class Example:
    """One clip in the box: rest (P, 3), ways (T, P, 3) of its points, seconds, whether it repeats."""

    rest: np.ndarray
    ways: np.ndarray
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
    """Follow points of a mesh, rest (V, 3), through `FRAMES` evenly spaced frames (T, V, 3)."""
    box = normalising_box(rest)
    rest, frames = box.to_box(rest), box.to_box(frames)
    face, corner = sample_surface(rest.astype(np.float64), faces, POINTS, np.random.default_rng(seed))
    still = barycentric_points(rest, faces, face, corner)
    ways = np.stack([barycentric_points(frame, faces, face, corner) for frame in frames]) - still
    return Example(still.astype(np.float32), ways.astype(np.float32), seconds, cyclic, category, action)


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

    def forward(self, rest: Tensor, ways: Tensor, clip: Tensor) -> tuple[Tensor, Tensor]:
        """rest (B, P, 3), ways (B, T, P, 3), clip (B, 2): log seconds, cyclic -> logits (B, C), (B, A)."""
        moving = ways.permute(0, 2, 1, 3).flatten(2)  # (clip, point, frame and axis)
        each = self.points(torch.cat([rest, moving], dim=-1))
        h = self.whole(torch.cat([each.amax(1), each.mean(1), clip], dim=-1))
        return self.category(h), self.action(h)


@dataclass
class LabelClassifier:
    """A trained network and the names of its classes."""

    net: LabelNet
    categories: list[str]
    actions: list[str]

    @torch.inference_mode()
    def guess(self, examples: Sequence[Example]) -> list[tuple[str, str]]:
        """Category and action of clips."""
        category, action = self.net.eval()(*_batch(examples, None))
        pairs = zip(category.argmax(1).tolist(), action.argmax(1).tolist(), strict=True)
        return [(self.categories[c], self.actions[a]) for c, a in pairs]

    def right(self, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
        """Where category and action (N,) are guessed as the examples say."""
        guessed = self.guess(examples)
        category = [g[0] == e.category for g, e in zip(guessed, examples, strict=True)]
        action = [g[1] == e.action for g, e in zip(guessed, examples, strict=True)]
        return np.array(category), np.array(action)


def _batch(examples: Sequence[Example], rng: np.random.Generator | None) -> tuple[Tensor, Tensor, Tensor]:
    """Arrays of examples; with a generator: fewer points, mirrored, loops begun anywhere, other sizes."""
    rests, ways, clips = [], [], []
    for one in examples:
        rest, way = one.rest, one.ways
        if rng is not None:
            chosen = rng.choice(POINTS, SHOWN, replace=False)
            rest, way = rest[chosen], way[:, chosen]
            if one.cyclic:
                way = np.roll(way, rng.integers(FRAMES), axis=0)
            if rng.random() < 0.5:
                rest, way = rest * [-1, 1, 1], way * [-1, 1, 1]
            axes = np.exp(rng.normal(0, 0.1, 3))
            rest, way = rest * axes, way * axes
        rests.append(rest)
        ways.append(way)
        clips.append([np.log(max(one.seconds, 0.05)), float(one.cyclic)])
    made = (torch.from_numpy(np.array(x, np.float32)) for x in (rests, ways, clips))
    rest_, ways_, clips_ = made
    return rest_, ways_, clips_


def train(examples: Sequence[Example], steps: int = 800, batch: int = 48, seed: int = 0) -> LabelClassifier:
    """Train on real clips; classes are drawn evenly, so that rare ones count."""
    categories = sorted({e.category for e in examples})
    actions = sorted({e.action for e in examples})
    pairs = [(e.category, e.action) for e in examples]
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
        loss = functional.cross_entropy(category, truth[rows, 0]) + functional.cross_entropy(
            action, truth[rows, 1]
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return LabelClassifier(net, categories, actions)
