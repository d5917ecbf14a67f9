"""A stand-in for the backend: standard library alone, the real protocol, a recorded result.

Environment variables choose its behaviour.
STAND_IN_MODE: ok | crash, hang (in the middle of a job) | mute (never answers hello) | garbage (among the
messages) | protocol (another version) | stranger (no categories in its answer to hello) | error | late (a
result after its cancel) | damaged (a result that is no archive).
STAND_IN_PAUSE: seconds a step (20 of sampling, 20 of extraction).
STAND_IN_RESULT: result file in place of the recorded one.
"""

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

RESULT = Path(os.environ.get("STAND_IN_RESULT") or Path(__file__).with_name("recorded.npz"))
MODE = os.environ.get("STAND_IN_MODE", "ok")
PAUSE = float(os.environ.get("STAND_IN_PAUSE", "0"))
GARBAGE = (
    b"\x00\xff this is no message",
    b"[]",
    b"42",
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "method": "progress"}',
    b'{"jsonrpc": "2.0", "method": "progress", "params": {"id": 2, "stage": 5, "fraction": "x"}}',
    b'{"jsonrpc": "2.0", "id": 2, "result": 7}',
    b'{"jsonrpc": "2.0", "id": 2, "error": "no"}',
    b'{"jsonrpc": "2.0", "id": 999, "result": {}}',
    b"[" * 100_000,
)
cancelled = set()
lock = threading.Lock()


def send(**message):
    with lock:
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        sys.stdout.flush()


def fail(ident, code, kind, message, remedy=""):
    send(id=ident, error={"code": code, "message": message, "data": {"kind": kind, "remedy": remedy}})


def hello(ident):
    send(
        id=ident,
        result={
            "protocol": 99 if MODE == "protocol" else 1,
            "package": "0.1.0",
            "device": "cpu",
            "device_name": "CPU",
            "engine": "stand-in",
            "weights": {"name": "none", "checksum": "", "parameters": 0},
            "categories": [{}]
            if MODE == "stranger"
            else [
                {"name": "quadruped", "actions": ["walk", "run"], "height": 1.0},
                {"name": "dinosaur", "actions": ["walk"], "height": 3.0},
            ],
            "details": [64, 96, 128, 192, 256],
            "pid": os.getpid(),
        },
    )


def generate(ident, params):
    began = time.monotonic()
    for stage, start in (("shape", 0.1), ("surface", 0.4)):
        for step in range(20):
            if ident in cancelled and MODE != "late":
                shutil.rmtree(params["job_folder"], ignore_errors=True)
                fail(ident, -32001, "cancelled", "The job was cancelled.")
                return
            time.sleep(PAUSE)
            send(
                method="progress",
                params={
                    "id": ident,
                    "stage": stage,
                    "step": step + 1,
                    "total": 20,
                    "seconds": time.monotonic() - began,
                    "fraction": start + 0.3 * (step + 1) / 20,
                },
            )
        if MODE == "crash":
            print("the stand-in crashes on purpose", file=sys.stderr, flush=True)
            os._exit(3)
        if MODE == "hang":
            time.sleep(3600)
        if MODE == "error":
            fail(ident, -32006, "out_of_memory", "There is not enough memory.", "Choose a lower detail.")
            return
    target = Path(params["job_folder"]) / "result.npz"
    if MODE == "damaged":
        target.write_bytes(b"not an archive")
    else:
        shutil.copy(RESULT, target)
    send(
        id=ident,
        result={
            "file": str(target),
            "vertices": 0,
            "faces": 0,
            "frames": 0,
            "stages": {},
            "seconds": time.monotonic() - began,
        },
    )


for line in sys.stdin:
    message = json.loads(line)
    ident, method, params = message["id"], message["method"], message["params"]
    if MODE == "garbage":
        for line in GARBAGE:
            sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
    if method == "hello":
        if MODE != "mute":
            hello(ident)
    elif method == "generate":
        threading.Thread(target=generate, args=(ident, params), daemon=True).start()
    elif method == "cancel":
        cancelled.add(params["id"])
        send(id=ident, result={"cancelled": True})
    else:
        send(id=ident, result={})
        if method == "shutdown":
            break
os._exit(0)
