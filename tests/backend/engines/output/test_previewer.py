"""Bodies that are kept for further previews."""

import numpy as np
from zoetrope.engines.output.previewer import KEPT_BODIES, PreviewedBodies, PreviewedBody


def body():
    return PreviewedBody(None, np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))


def test_the_body_that_was_used_longest_ago_is_forgotten():
    bodies = PreviewedBodies()
    for seed in range(KEPT_BODIES):
        bodies.keep(("fish", seed), body())
    first = bodies["fish", 0]
    bodies.keep(("fish", KEPT_BODIES), body())
    assert bodies["fish", 0] is first
    assert ("fish", 1) not in bodies
    assert len(bodies) == KEPT_BODIES
