"""Decoding raw tokens with the fields of weights, with gradients: what token fitting minimises errors of."""

from torch import Tensor

from zoetrope.engines.weights.bundle import Bundle
from zoetrope.training.data.interpolation_limits import SignedDistance


def distances_at(bundle: Bundle, tokens: Tensor, points: Tensor) -> Tensor:
    """Decode signed distances (B, N) of points (B, N, 3).

    Parameters
    ----------
    tokens : (B, S) float
        Raw shape tokens.
    """
    return compose_distance(bundle, tokens)(points)


def compose_distance(bundle: Bundle, tokens: Tensor) -> SignedDistance:
    """Compose the signed distance of raw shape tokens (B, S), for points (B, N, 3)."""
    latents, codes = bundle.shape_model.split(tokens)
    weights = bundle.shape_dictionary.compose(codes)

    def distance(points: Tensor) -> Tensor:
        out: Tensor = bundle.shape_field(points, latents, weights)
        return out

    return distance


def motion_offsets(bundle: Bundle, shape_latents: Tensor, tokens: Tensor, points: Tensor) -> Tensor:
    """Decode offsets (T, M, 3) of points (T, M, 3).

    Parameters
    ----------
    shape_latents : (T, Z) float
    tokens : (T, Z + L C or more) float
        Raw motion tokens; channels after the codes are not read.
    """
    config = bundle.motion_model.config
    codes = tokens[:, config.codes].reshape(len(tokens), config.layers, config.code)
    weights = bundle.motion_dictionary.compose(codes)
    out: Tensor = bundle.motion_field(points, shape_latents, tokens[:, config.latents], weights)
    return out
