"""Lines, folders and links that no honest client sends: one error each, and the service goes on."""

import errno
import json
import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
from service_client import Client, job
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.service import jobs
from zoetrope.service.generation_jobs import generate, shares
from zoetrope.service.jobs import RESULT, Job
from zoetrope.service.requests import Generate
from zoetrope.service.server import MAX_LINE

DEEP = 10_000


@pytest.fixture(scope="module")
def client():
    """One service for all of this file: it must outlive everything."""
    client = Client("--engine", "procedural")
    yield client
    client.close()


def request(params, **more):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "hello", "params": params, **more}).encode()


def still_answers(client):
    client.send("after", "release_memory")
    answer = client.read()
    assert answer == {"jsonrpc": "2.0", "id": "after", "result": {}}  # and nothing came in between


@pytest.mark.parametrize(
    "line",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP,
        b'{"jsonrpc":"2.0","id":1,"method":"hello","params":' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"jsonrpc":"2.0","id":1,"method":"hello","params":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
        b'{"x":' + b"[" * DEEP + b"]" * DEEP + b',"jsonrpc":"2.0","id":1,"method":"hello","params":{}}',
        b'{"jsonrpc":"2.0","id":"\\ud800","method":"hello","params":{}}',
        b'{"jsonrpc":"2.0","id":1,"method":"\\udc00","params":{}}',
        request({"protocol": 1, "client": "\udcff"}),
        request({"protocol": 1, "client": "x" * MAX_LINE}),
        b"x" * (3 * MAX_LINE),
        b"\xef\xbb\xbf" + request({"protocol": 1, "client": "x"}),
        b'{"jsonrpc":"2.0","id":null,"method":"hello"}',
        b'{"jsonrpc":"2.0","id":true,"method":"hello"}',
        b'{"jsonrpc":"2.0","id":1,"method":"' + b"y" * 100_000 + b'"}',
        b"\x00",
        b"NaN",
        request({"protocol": float("nan"), "client": "x"}),
    ],
    ids=lambda line: f"{line[:30]!r} {len(line)}",
)
def test_every_hostile_line_gets_one_error_and_the_service_goes_on(client, line):
    client.raw(line)
    error = client.read()["error"]
    assert error["data"]["kind"] == "bad_request"
    assert len(error["message"]) < 1000
    still_answers(client)


def test_a_line_at_the_limit_is_read(client):
    line = request({"protocol": 1, "client": ""})
    padded = line[:-3] + b"x" * (MAX_LINE - 1 - len(line)) + line[-3:]
    assert len(padded) == MAX_LINE - 1
    client.raw(padded)
    assert client.read()["result"]["protocol"] == 1


def test_a_folder_whose_name_is_not_unicode_is_answered_with_the_requests_id(client, tmp_path):
    client.send(5, "generate", job(tmp_path / "\udcff"))
    answer = client.read()
    assert answer["id"] == 5
    assert answer["error"]["data"]["kind"] == "bad_request"
    still_answers(client)


@pytest.mark.parametrize("name", ["nowhere", "nul\x00", "x" * 5000, "file/below"])
def test_a_folder_that_cannot_be_is_a_bad_request(client, tmp_path, name):
    (tmp_path / "file").write_text("")
    client.send(1, "generate", job(tmp_path / name))
    error = client.answer(1)[0]["error"]
    assert error["data"]["kind"] == "bad_request"
    assert "does not exist" in error["message"]
    assert len(error["message"]) < 1000
    still_answers(client)


def test_a_folder_removed_while_the_job_runs_is_a_bad_request_and_not_made_again(client, tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    client.send(1, "generate", job(folder, detail=128))
    while client.read()["params"]["stage"] != "surface":
        pass
    folder.rmdir()
    error = client.answer(1)[0]["error"]
    assert error["data"]["kind"] == "bad_request"
    assert not folder.exists()
    still_answers(client)


@pytest.mark.parametrize("way", ["link", "dangling", "folder"])
def test_what_is_in_the_way_of_the_result_is_named_and_stays(client, tmp_path, way):
    folder, precious = tmp_path / "job", tmp_path / "precious"
    folder.mkdir()
    precious.write_text("mine")
    if way == "folder":
        (folder / RESULT).mkdir()
    else:
        (folder / RESULT).symlink_to(precious if way == "link" else tmp_path / "nothing")
    client.send(1, "generate", job(folder))
    error = client.answer(1)[0]["error"]
    assert error["data"]["kind"] == "bad_request"
    assert RESULT in error["message"]
    assert precious.read_text() == "mine"
    assert os.path.lexists(folder / RESULT)
    assert not (tmp_path / "nothing").exists()
    still_answers(client)


def test_links_with_the_names_of_temporary_files_are_not_followed(client, tmp_path):
    folder, precious = tmp_path / "job", tmp_path / "precious"
    folder.mkdir()
    precious.write_text("mine")
    (folder / f"{RESULT}.part").symlink_to(precious)
    client.send(1, "generate", job(folder))
    assert "result" in client.answer(1)[0]
    assert precious.read_text() == "mine"
    assert (folder / f"{RESULT}.part").is_symlink()


def test_a_cancelled_second_job_leaves_the_firsts_result(client, tmp_path):
    client.send(1, "generate", job(tmp_path, frames=10))
    first = client.answer(1)[0]["result"]
    client.send(2, "generate", job(tmp_path, detail=256, frames=2000))
    while client.read()["params"]["stage"] != "frames":
        pass
    client.send(3, "cancel", {"id": 2})
    client.send(4, "cancel", {"id": 1})
    seen = {}
    while set(seen) != {2, 3, 4}:
        message = client.read()
        if "id" in message:
            seen[message["id"]] = message
    assert seen[2]["error"]["data"]["kind"] == "cancelled"
    assert [seen[i]["result"]["cancelled"] for i in (3, 4)] == [True, False]
    assert MeshSequence.load_npz(Path(first["file"])).vertices.shape[0] == 10
    still_answers(client)


def run_job(folder, notify=lambda _: None):
    params = Generate(str(folder), "quadruped", 1, 24.0, 64, "walk", frames=4)
    return Job(1, shares(params, ""), lambda engine, job: generate(engine, params, job), notify)


def test_a_folder_removed_during_the_write_cannot_be_written(tmp_path, monkeypatch):
    folder = tmp_path / "job"
    folder.mkdir()
    replace = os.replace

    def too_late(source, target):
        shutil.rmtree(folder)
        replace(source, target)

    monkeypatch.setattr(os, "replace", too_late)
    with pytest.raises(ZoetropeError) as caught:
        run_job(folder).run(ProceduralEngine())
    assert caught.value.code == "cannot_write"
    assert not folder.exists()


def test_a_full_disk_is_named_and_the_result_of_before_is_kept(tmp_path, monkeypatch):
    (tmp_path / RESULT).write_text("before")

    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ZoetropeError) as caught:
        run_job(tmp_path).run(ProceduralEngine())
    assert caught.value.code == "disk_full"
    assert (tmp_path / RESULT).read_text() == "before"
    assert os.listdir(tmp_path) == [RESULT]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ZoetropeError) as caught:
        run_job(tmp_path).run(ProceduralEngine())
    assert caught.value.code == "cannot_write"


def test_a_cancel_after_the_write_removes_the_jobs_own_result(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "MIN_INTERVAL", 0.0)

    def cancel_at_the_end(progress):
        if progress.stage == "write":
            one.cancel()

    one = run_job(tmp_path, cancel_at_the_end)
    with pytest.raises(Cancelled):
        one.run(ProceduralEngine())
    assert not list(tmp_path.iterdir())


def test_the_worker_outlives_a_task_that_raises():
    from io import BytesIO

    from zoetrope.service.server import Server

    server, done = Server(lambda name: ProceduralEngine(), BytesIO(), BytesIO()), threading.Event()

    def fail():
        raise SystemExit

    server._tasks.put(fail)
    server._tasks.put(done.set)
    assert done.wait(timeout=5)
