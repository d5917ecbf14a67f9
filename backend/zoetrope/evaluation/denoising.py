"""How much noise the diffusion of bodies leaves: what of a drawn body's tokens is no body's.

Known bodies fill few of the directions that tokens have, so a good denoiser takes nearly all noise off them
until there is so much that one body cannot be told from another. What it leaves near the end of the path is
what drawn bodies keep, and breaks thin legs.

`python -m zoetrope.evaluation.denoising --weights W --tokens tokens.npz [--beside W] --out docs/evaluation`
"""

from pathlib import Path

import torch
from torch import Tensor

from zoetrope.diffusion.flow_matching import noised
from zoetrope.engines.bundle import Bundle, load_bundle
from zoetrope.evaluation.page_tool import page_parser, save_page
from zoetrope.evaluation.report_tables import rows
from zoetrope.training.known import KnownTokens, load_tokens

PAGE = "denoising.md"
TIMES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
BODIES = 512


def categories_of(bundle: Bundle, known: KnownTokens) -> Tensor:
    """Numbers (N,) of the known bodies' categories, 1-based; 0 where the weights have no such label."""
    names = [category.name for category in bundle.description.categories]
    return torch.tensor([names.index(c) + 1 if c in names else 0 for c in known.shape_category])


@torch.inference_mode()
def left_of_noise(
    bundle: Bundle, known: KnownTokens, times: tuple[float, ...] = TIMES, count: int = BODIES
) -> list[tuple[float, float]]:
    """Errors of the body that the model says is behind noise, a pair a time: of its latent, of its codes.

    Both are root mean squares over standardised numbers of `count` known bodies, drawn with a fixed seed.
    """
    model, generator = bundle.shape_model, torch.Generator().manual_seed(0)
    tokens, labels = model.standardiser(torch.from_numpy(known.shape)), categories_of(bundle, known)
    chosen = torch.randint(len(tokens), (count,), generator=generator)
    clean, own = tokens[chosen], model.config.latent
    found = []
    for time in times:
        t = torch.full((count,), time)
        x = noised(clean, torch.randn(clean.shape, generator=generator), t)
        error = x - time * model(x, t, labels[chosen]) - clean
        latent, codes = (part.square().mean().sqrt() for part in (error[:, :own], error[:, own:]))
        found.append((float(latent), float(codes)))
    return found


def main() -> None:
    """Print the table and write it as a page."""
    parser = page_parser(__doc__, PAGE, "weights")
    parser.add_argument("--tokens", type=Path, required=True, help="tokens.npz of their run")
    parser.add_argument("--beside", type=Path, help="other weights of the same tokens")
    given = parser.parse_args()
    known, head, columns, told = load_tokens(given.tokens), ["time", "noise"], [], []
    for folder in (given.weights, given.beside):
        if folder is None:
            continue
        bundle = load_bundle(folder)
        name = bundle.description.name
        head += [f"{name}: latent", f"{name}: codes"]
        told.append(f"{name} `{bundle.checksum[:16]}`")
        columns.append(left_of_noise(bundle, known))
    body = [
        [f"{time:g}", f"{time / (1 - time):.2f}", *(f"{value:.3f}" for one in columns for value in one[i])]
        for i, time in enumerate(TIMES)
    ]
    text = [
        f"What is left of the noise on {BODIES} known bodies when the diffusion of bodies says in one step "
        "which body is behind it: root mean squares over standardised tokens, the noise's own in the second "
        f"column. Weights: {', '.join(told)}.",
        "",
        *rows(head, body),
    ]
    save_page(given.out / PAGE, "What the diffusion of bodies leaves of noise", text)
    print("\n".join(text))


if __name__ == "__main__":
    main()
