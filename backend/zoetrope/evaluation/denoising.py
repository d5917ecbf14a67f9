"""How much noise the diffusions leave: what of drawn tokens is no body's and no motion's.

Known bodies and clips fill few of the directions that tokens have, so a good denoiser takes nearly all noise
off them until there is so much that one cannot be told from another. What it leaves near the end of the path
is what drawn tokens keep: thin legs break of it, and motion trembles.

`python -m zoetrope.evaluation.denoising --weights W --tokens tokens.npz [--beside W] --out docs/evaluation`
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import noised
from zoetrope.engines.bundle import Bundle, load_bundle
from zoetrope.evaluation.page_tool import page_parser, save_page
from zoetrope.evaluation.report_tables import rows
from zoetrope.training.known import KnownTokens, load_tokens
from zoetrope.training.labelled_clips import labelled_clips

PAGE = "denoising.md"
TIMES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
BODIES, CLIPS = 512, 96
Left = list[tuple[float, ...]]
"""Root mean squares of what is left of the noise on each part of the tokens; a tuple a time."""


def left_in_bodies(bundle: Bundle, known: KnownTokens, times: Sequence[float] = TIMES) -> Left:
    """Errors of the body that the model says is behind noise: of its latent, of its codes.

    Over standardised numbers of `BODIES` known bodies, drawn with a fixed seed.
    """
    model, generator = bundle.shape_model, torch.Generator().manual_seed(0)
    tokens = model.standardiser(torch.from_numpy(known.shape))
    names = [category.name for category in bundle.description.categories]
    labels = torch.tensor([names.index(c) + 1 if c in names else 0 for c in known.shape_category])
    chosen = torch.randint(len(tokens), (BODIES,), generator=generator)
    return _left(
        tokens[chosen],
        lambda count: torch.randn(count, model.size, generator=generator),
        lambda x, t: model(x, t, labels[chosen]),
        (model.config.latent, model.size),
        times,
    )


def left_in_motions(bundle: Bundle, known: KnownTokens, times: Sequence[float] = TIMES) -> Left:
    """Errors of the clip that the model says is behind noise: of latents, codes, rigid transforms.

    Over standardised numbers of `CLIPS` known clips of labels that the weights draw, on their creatures' own
    bodies, no frame being given.
    """
    model, generator = bundle.motion_model, torch.Generator().manual_seed(0)
    config, clips = model.config, labelled_clips(bundle.description, known)
    chosen = [clips[int(i)] for i in torch.randint(len(clips), (CLIPS,), generator=generator)]
    flags = torch.tensor([clip.flags for clip in chosen]).float()
    category = torch.tensor([clip.category for clip in chosen])
    action = torch.tensor([clip.action for clip in chosen])
    body = [clip.body for clip in chosen]
    shape = model.shape_standardiser(torch.from_numpy(known.shape[body, : config.shape]))
    size = (config.frames, model.size)
    return _left(
        model.standardiser(torch.from_numpy(known.motion[[clip.row for clip in chosen]])),
        lambda count: model.noise(torch.randn(count, *size, generator=generator), flags[:, 0]),
        lambda x, t: model(
            x, t, shape, category, action, flags, torch.zeros_like(x), torch.zeros(x.shape[:2])
        ),
        (config.latent, model.size - config.extra, model.size - 2),
        times,
    )


@torch.inference_mode()
def _left(
    clean: Tensor,
    noise_of: Callable[[int], Tensor],
    velocity: Callable[[Tensor, Tensor], Tensor],
    ends: Sequence[int],
    times: Sequence[float],
) -> Left:
    found = []
    for time in times:
        t = torch.full((len(clean),), time)
        x = noised(clean, noise_of(len(clean)), t)
        error = x - time * velocity(x, t) - clean
        parts = [error[..., first:end] for first, end in zip((0, *ends), ends, strict=False)]
        found.append(tuple(float(part.square().mean().sqrt()) for part in parts))
    return found


def table(names: Sequence[str], parts: Sequence[str], columns: Sequence[Left]) -> list[str]:
    """A row a time, the noise's own deviation beside what weights of some names leave of it."""
    head = ["time", "noise", *(f"{name}: {part}" for name in names for part in parts)]
    return rows(
        head,
        (
            [
                f"{time:g}",
                f"{time / (1 - time):.2f}",
                *(f"{value:.3f}" for one in columns for value in one[i]),
            ]
            for i, time in enumerate(TIMES)
        ),
    )


def main() -> None:
    """Print the tables and write them as a page."""
    parser = page_parser(__doc__, PAGE, "weights")
    parser.add_argument("--tokens", type=Path, required=True, help="tokens.npz of their run")
    parser.add_argument("--beside", type=Path, help="other weights of the same tokens")
    given = parser.parse_args()
    known = load_tokens(given.tokens)
    bundles = [load_bundle(folder) for folder in (given.weights, given.beside) if folder]
    names = [bundle.description.name for bundle in bundles]
    told = ", ".join(f"{name} `{one.checksum[:16]}`" for name, one in zip(names, bundles, strict=True))
    text = [
        "What is left of the noise on known bodies and clips when a diffusion says in one step what is "
        "behind it: root mean squares over standardised tokens, the noise's own (over the share of the clean "
        f"tokens) in the second column. Weights: {told}.",
        "",
        f"Bodies ({BODIES}):",
        "",
        *table(names, ("latent", "codes"), [left_in_bodies(one, known) for one in bundles]),
        f"Clips ({CLIPS}):",
        "",
        *table(names, ("latents", "codes", "rigid"), [left_in_motions(one, known) for one in bundles]),
    ]
    save_page(given.out / PAGE, "What the diffusions leave of noise", text)
    print("\n".join(text))


if __name__ == "__main__":
    main()
