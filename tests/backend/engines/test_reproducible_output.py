"""The shipped weights generate the same bytes as when this test was written."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from zoetrope.engines import create_engine
from zoetrope.engines.request import GenerateRequest
from zoetrope.engines.weights.bundle import bundle_checksum
from zoetrope.engines.weights.folders import find_weights

REPOSITORY_WEIGHTS = Path(__file__).resolve().parents[3] / "weights"
WEIGHTS = "268bf8423d4e2ae5"
RECORDED_ON = "AMD EPYC"
SHA256 = {
    "AVX2": "0a0dc537a7a4040fac4b54c0ab5f1315c0595391f947ead94adf8c74c65feb35",
    "AVX512": "2733071fb82451077b459a4c8b44e3de8491dc52ba6231ea643cc934759c712e",
}
"""By instructions, as virtual machines give processors of several generations one name. Kernels of other
processors round differently; there the creature agrees to within a millimetre."""


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


@pytest.fixture(scope="module")
def sequence():
    weights = find_weights()
    if weights is None or weights.resolve() != REPOSITORY_WEIGHTS:
        pytest.skip("recorded with the weights of the repository")
    if not bundle_checksum(weights).startswith(WEIGHTS):
        pytest.fail("The weights of the repository changed: record the values of this file anew.")
    return create_engine("dnf", weights, "cpu").generate(GenerateRequest(seed=7, detail=64), lambda *_: None)


def test_same_seed_gives_the_same_bytes_as_before(sequence):
    instructions = torch.backends.cpu.get_cpu_capability()
    recorded = cpu_model() == RECORDED_ON and instructions in SHA256
    if not recorded or torch.__version__.partition("+")[0] != "2.13.0":
        pytest.skip("recorded with another processor or torch")
    digest = hashlib.sha256()
    for name in ("faces", "rest", "vertices", "transforms", "colours", "seconds"):
        digest.update(np.ascontiguousarray(getattr(sequence, name)).tobytes())
    assert digest.hexdigest() == SHA256[instructions]


def test_same_seed_gives_the_same_creature_on_every_processor(sequence):
    assert abs(len(sequence.rest) - 4184) <= 20
    np.testing.assert_allclose(np.ptp(sequence.rest, axis=0), [0.4471, 1.5763, 1.0600], atol=2e-3)
    np.testing.assert_allclose(sequence.vertices.mean((0, 1)), [-0.0055, 0.0494, 0.5353], atol=2e-3)
    np.testing.assert_allclose(sequence.colours.mean(0), [0.453, 0.446, 0.371], atol=5e-3)
    assert len(sequence.vertices) == 27
