"""The service as a child process: answers, errors, cancelling, and its end."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from service_client import Client, job
from zoetrope.geometry.mesh_sequence import MeshSequence


def test_hello_describes_the_engine(client):
    client.send(1, "hello", {"protocol": 1, "client": "test"})
    result = client.answer(1)[0]["result"]
    assert result["protocol"] == 1
    assert result["engine"] == "procedural"
    assert result["categories"] == [{"name": "quadruped", "actions": ["walk"], "height": 1.0}]
    assert result["pid"] == client.child.pid


def test_other_protocol_version_is_refused(client):
    client.send(1, "hello", {"protocol": 2, "client": "test"})
    error = client.answer(1)[0]["error"]
    assert error["code"] == -32010
    assert error["data"]["kind"] == "protocol_mismatch"
    assert error["data"]["remedy"]


def test_generate_writes_the_sequence(client, tmp_path):
    client.send("a", "generate", job(tmp_path, frames=10, height=2.0))
    answer, progress = client.answer("a")
    result = answer["result"]
    sequence = MeshSequence.load_npz(Path(result["file"]))
    assert sequence.vertices.shape == (10, result["vertices"], 3)
    assert abs(float(sequence.rest[:, 2].max()) - 2.0) < 1e-3
    stages = [message["params"]["stage"] for message in progress]
    assert [s for i, s in enumerate(stages) if s not in stages[:i]] == [
        *("load", "shape", "motion", "surface", "frames", "write")
    ]
    fractions = [message["params"]["fraction"] for message in progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert set(result["stages"]) == set(stages)


def test_waiting_request_can_be_cancelled(client, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    client.send(1, "generate", job(tmp_path / "a", detail=192))
    client.send(2, "generate", job(tmp_path / "b"))
    client.send(3, "cancel", {"id": 2})
    seen = {}
    while set(seen) != {1, 2, 3}:
        message = client.read()
        if "id" in message:
            seen[message["id"]] = message
    assert seen[3]["result"]["cancelled"] is True
    assert seen[2]["error"]["code"] == -32001
    assert "result" in seen[1]
    assert not list((tmp_path / "b").iterdir())


def test_cancelled_job_leaves_no_file(client, tmp_path):
    client.send(1, "generate", job(tmp_path, detail=256, frames=2000))
    while client.read()["params"]["stage"] != "frames":
        pass
    client.send(2, "cancel", {"id": 1})
    start = time.monotonic()
    assert client.answer(1)[0]["error"]["data"]["kind"] == "cancelled"
    assert time.monotonic() - start < 2
    assert not list(tmp_path.iterdir())


def test_cancel_of_an_unknown_request_reports_false(client):
    client.send(5, "cancel", {"id": 99})
    assert client.answer(5)[0]["result"] == {"cancelled": False}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"this is no JSON", -32700),
        (b"\xff\xfe\x00", -32700),
        (b"[1, 2]", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "hello"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "sing"}', -32601),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "hello", "params": {"protocol": "one", "client": "x"}}',
            -32602,
        ),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "hello", "params": 7}', -32602),
    ],
)
def test_invalid_message_is_answered_with_an_error_and_the_service_continues(client, line, code):
    client.raw(line)
    assert client.read()["error"]["code"] == code
    client.send(2, "release_memory")
    assert client.answer(2)[0]["result"] == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"detail": 100},
        {"seed": -1},
        {"fps": 0},
        {"fps": 0.9},
        {"frames": 1},
        {"height": -2},
        {"height": 0.0009},
        {"extra": 1},
        {"fps": None},
    ],
)
def test_error_names_the_wrong_parameter(client, tmp_path, wrong):
    client.send(1, "generate", job(tmp_path, **wrong))
    error = client.answer(1)[0]["error"]
    assert error["code"] == -32602
    assert next(iter(wrong)) in error["message"]


def test_missing_job_folder_is_named(client, tmp_path):
    client.send(1, "generate", job(tmp_path / "nowhere"))
    error = client.answer(1)[0]["error"]
    assert error["data"]["kind"] == "bad_request"
    assert "nowhere" in error["message"]


def test_self_test_runs_both_checks(client):
    client.send(1, "self_test")
    result = client.answer(1)[0]["result"]
    assert result["ok"]
    assert [check["name"] for check in result["checks"]] == ["engine", "generate"]


def test_shutdown_ends_the_process(client):
    client.send(1, "shutdown")
    assert client.answer(1)[0]["result"] == {}
    assert client.child.wait(timeout=5) == 0


def test_process_ends_at_end_of_file_while_a_job_runs(client, tmp_path):
    client.send(1, "generate", job(tmp_path, detail=256, frames=5000))
    client.read()
    client.child.stdin.close()
    assert client.child.wait(timeout=3) == 0


def test_missing_weights_are_the_answer_to_hello(tmp_path):
    client = Client("--engine", "dnf", "--weights", str(tmp_path))
    try:
        client.send(1, "hello", {"protocol": 1, "client": "test"})
        error = client.answer(1)[0]["error"]
        assert error["data"]["kind"] == "weights_missing"
    finally:
        client.close()


def test_output_of_libraries_stays_out_of_the_protocol(tmp_path):
    script = tmp_path / "noisy.py"
    script.write_text(
        "import os\n"
        "from zoetrope.engines.procedural import ProceduralEngine\n"
        "from zoetrope.service.server import run\n"
        "class Noisy(ProceduralEngine):\n"
        "    def info(self):\n"
        "        print('hello from a library')\n"
        "        os.write(1, b'and from C\\n')\n"
        "        return super().info()\n"
        "run(lambda name: Noisy())\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        input=b'{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"client":"x"}}\n'
        b'{"jsonrpc":"2.0","id":2,"method":"self_test","params":{}}\n',
        capture_output=True,
        timeout=60,
    )
    for line in done.stdout.splitlines():
        json.loads(line)
    assert b"hello from a library" in done.stderr or not done.stdout
