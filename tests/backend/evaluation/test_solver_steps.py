"""Rows of the sampler's steps, paired with the most."""

import numpy as np
from zoetrope.evaluation.generation import References, score
from zoetrope.evaluation.references import Item
from zoetrope.evaluation.solver_steps import table


def items(rng, count, length=1.0):
    made = []
    for i in range(count):
        clouds = rng.normal(size=(2, 64, 3)) * [length, 1, 1 + 0.2 * (i % 4)]
        made.append(Item(f"creature {i % 4}", "walk", "quadruped", "walk", clouds.astype(np.float32)))
    return made


def test_the_most_steps_are_the_yardstick():
    rng = np.random.default_rng(0)
    references = References(items(rng, 8), "as_is")
    good, bad = items(rng, 8), items(rng, 8, length=9.0)
    found = {"2": score([bad], references).to_dict(), "250": score([good], references).to_dict()}
    few, most = table(found, "250")[2:4]
    assert most.startswith("| 250 |")
    assert most.endswith("| – | – | – |")
    far = (found["2"]["mmd"]["value"] - found["250"]["mmd"]["value"]) * 1e3
    assert far > 10
    assert f"{far:.1f}" in few
