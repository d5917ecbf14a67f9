"""The donors whose bodies are nearest to a sampled one, by their shape tokens."""

from collections.abc import Sequence

import numpy as np

from zoetrope.rigs.donors.donor import Donor


def nearest_donor(donors: Sequence[Donor], shape_tokens: np.ndarray) -> Donor | None:
    """Return the donor whose shape tokens are nearest; None where none has tokens of this length.

    Parameters
    ----------
    donors : sequence of Donor
    shape_tokens : (S,) float
        Raw tokens of a body, of the same weights.
    """
    comparable = [donor for donor in donors if donor.shape_tokens.size == shape_tokens.size]
    if not comparable:
        return None
    tokens = np.stack([donor.shape_tokens.ravel() for donor in comparable])
    return comparable[int(np.linalg.norm(tokens - shape_tokens, axis=1).argmin())]
