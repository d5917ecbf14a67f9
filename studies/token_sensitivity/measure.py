"""What an error in each part of a token does to the body: why the diffusions' loss weighs parts as it does.

`python -m studies.token_sensitivity.measure RUN --out studies/token_sensitivity`
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor
from zoetrope.engines.bundle import Bundle, load_bundle
from zoetrope.evaluation.report.page_files import save_page
from zoetrope.evaluation.report.tables import rows
from zoetrope.training.data.prepared import PreparedData, load_prepared
from zoetrope.training.data.training_tokens import FILE, initial_tokens, load_tokens
from zoetrope.training.from_weights.fit_tokens import motion_offsets
from zoetrope.training.stages.batches import flat_frames, motion_batch, shape_batch
from zoetrope.training.stages.tokens import EXTRA, RIGID

from studies.command_line import page_parser

PAGE = "README.md"
SHARES = (0.0, 0.1, 0.3, 0.5, 1.0)
"""Noise on a part's numbers, in their deviations over all that was trained on."""
NEAR = 0.02
"""Distances that are looked at: points nearer to the surface than this, box units."""
BATCHES = 8
EVERY = 6
"""One creature in so many is looked at."""


def _with_noise(tokens: Tensor, part: slice, share: float, deviation: Tensor, seed: int) -> Tensor:
    noise = torch.randn(tokens[..., part].shape, generator=torch.Generator().manual_seed(seed))
    noisy = tokens.clone()
    noisy[..., part] += share * deviation[part] * noise
    return noisy


def distance_errors(
    bundle: Bundle, data: PreparedData, tokens: Tensor, deviation: Tensor
) -> dict[str, list[float]]:
    """Mean error of distances near the surface for noise on a body's latent, and on its codes."""
    own = bundle.shape_field.config.latent
    parts = {"shape: latent": slice(0, own), "shape: codes": slice(own, tokens.shape[1])}

    def error(part: slice, share: float, batch: int) -> float:
        generator = torch.Generator().manual_seed(batch)
        bodies, points, distances, _ = shape_batch(data, 24, 512, generator)
        noisy = _with_noise(tokens[bodies], part, share, deviation, batch)
        latent, codes = bundle.shape_model.split(noisy)
        found = bundle.shape_field(points, latent, bundle.shape_dictionary.compose(codes))[0]
        near = distances.abs() < NEAR
        return float((found - distances).abs()[near].mean())

    return _over_batches(parts, error)


def offset_errors(
    bundle: Bundle, data: PreparedData, shapes: Tensor, tokens: Tensor, deviation: Tensor
) -> dict[str, list[float]]:
    """Mean error of flow points (end-point error) for noise on a clip's latents, and on its codes."""
    own, last = bundle.motion_field.config.latent, tokens.shape[-1] - EXTRA
    parts = {"motion: latents": slice(0, own), "motion: codes": slice(own, last)}
    latents = shapes[:, : bundle.motion_field.config.shape_latent]

    def error(part: slice, share: float, batch: int) -> float:
        generator = torch.Generator().manual_seed(batch)
        clips, frames, bodies, where, moved = motion_batch(data, 48, 192, generator)
        shape, points = flat_frames(latents[bodies], where)
        noisy = _with_noise(tokens[clips[:, None], frames].flatten(0, 1), part, share, deviation, batch)
        found = motion_offsets(bundle, shape, noisy[:, :last], points)
        return float((found - moved.flatten(0, 1)).norm(dim=-1).mean())

    return _over_batches(parts, error)


def rigid_errors(data: PreparedData, tokens: Tensor, deviation: Tensor) -> dict[str, list[float]]:
    """Mean way of the body's flow points for noise on the six numbers of its rigid transform."""
    first = tokens.shape[-1] - EXTRA
    parts = {"motion: rigid transform": slice(first, first + RIGID)}

    def error(part: slice, share: float, batch: int) -> float:
        rng = np.random.default_rng(batch)
        clip, frame = int(rng.integers(len(tokens))), int(rng.integers(tokens.shape[1]))
        points = data.flow_points[data.first_body[data.creature_of_clip[clip]]].numpy()
        noisy = _with_noise(tokens[clip, frame][None], part, share, deviation, batch)[0]
        return float(
            np.linalg.norm(
                _placed(noisy[part], points) - _placed(tokens[clip, frame][part], points), axis=1
            ).mean()
        )

    return _over_batches(parts, error, 50 * BATCHES)


def _placed(rigid: Tensor, points: np.ndarray) -> np.ndarray:
    turned: np.ndarray = Rotation.from_rotvec(rigid[:3].numpy()).apply(points)
    return turned + rigid[3:].numpy()


def _over_batches(
    parts: dict[str, slice], error: Callable[[slice, float, int], float], batches: int = BATCHES
) -> dict[str, list[float]]:
    return {
        name: [float(np.mean([error(part, share, i) for i in range(batches)])) for share in SHARES]
        for name, part in parts.items()
    }


@torch.inference_mode()
def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE)
    parser.add_argument("run", type=Path, help="folder of a finished run: data, tokens and weights")
    given = parser.parse_args()
    bundle, known = load_bundle(given.run / "weights"), load_tokens(given.run / FILE)
    data = load_prepared(given.run / "data", every=EVERY)
    shapes, motions = initial_tokens(known, data)
    of_shape = torch.from_numpy(known.shape).std(0)
    of_motion = torch.from_numpy(known.motion).flatten(0, 1).std(0)
    found = distance_errors(bundle, data, shapes, of_shape)
    found |= offset_errors(bundle, data, shapes, motions, of_motion)
    found |= rigid_errors(data, motions, of_motion)
    head = ("noise on", *(f"{share:g}" for share in SHARES))
    lines = rows(head, ([name, *(f"{value:.4f}" for value in values)] for name, values in found.items()))
    text = [
        "Mean errors in box units (longest side 1.8) when part of a token has noise of as many deviations: "
        f"of shapes the distance at points within {NEAR:g} of the surface, of motions the points' "
        f"offsets, of the rigid transform their way; over {len(data.creatures)} training creatures.",
        "",
        *lines,
    ]
    save_page(given.out / PAGE, "What errors of the tokens do", text)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
