"""Memory that really runs out, in a process with a limit: one error a request, and the service goes on."""

import subprocess
import sys

import pytest
from service_client import Client, job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets RLIMIT_AS")
LIMIT = 800_000_000
SERVE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
from zoetrope.engines import memory_estimate, procedural
if sys.argv[2] == "unknown":
    memory_estimate.available_memory = lambda: None
from zoetrope.service.server import run
run(lambda name: procedural.ProceduralEngine())
"""


class LimitedClient(Client):
    """A client of a service whose address space is limited."""

    def __init__(self, available):
        pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
        self.child = subprocess.Popen([sys.executable, "-c", SERVE, str(LIMIT), available], **pipes)


@pytest.mark.parametrize(
    ("available", "message"),
    [("known", "2,000 frames at detail 256 take about"), ("unknown", "There is not enough")],
)
def test_memory_that_runs_out_is_one_error_and_the_next_request_is_answered(tmp_path, available, message):
    client = LimitedClient(available)
    try:
        client.send(1, "generate", job(tmp_path, detail=256, frames=2000))
        error = client.answer(1)[0]["error"]
        assert error["code"] == -32006
        assert error["message"].startswith(message)
        assert "etail" in error["data"]["remedy"]
        assert not list(tmp_path.iterdir())
        client.send(2, "generate", job(tmp_path, frames=4))
        assert "result" in client.answer(2)[0]
    finally:
        client.close()
