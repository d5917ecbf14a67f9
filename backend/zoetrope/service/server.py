"""The service: reads requests from stdin, answers on stdout, exits with its parent."""

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, TextIO

import msgspec
import numpy as np

from zoetrope import __version__
from zoetrope.engines.base import Engine
from zoetrope.engines.request import DETAILS, GenerateRequest
from zoetrope.errors import Cancelled, ZoetropeError
from zoetrope.service import generation_jobs, messages, requests, results
from zoetrope.service.jobs import MAX_NAME_LENGTH, Job, as_zoetrope_error

log = logging.getLogger(__name__)

MAX_LINE = 1 << 20
"""Bytes of a request; a longer line is answered by an error and skipped."""


class Server:
    """Answers the requests of one client.

    The calling thread reads; one worker thread runs the tasks in order. At end of file `serve` returns at
    once, so that the process does not outlive Blender.

    Parameters
    ----------
    create_engine : callable
        Name of an engine, or "" for the one that the service was started with -> that engine. Called at the
        first request that needs it; its error becomes the answer to that request.
    source, sink : binary streams
    others : sequence of str
        Names of further engines whose weights are there.
    """

    def __init__(
        self,
        create_engine: Callable[[str], Engine],
        source: BinaryIO,
        sink: BinaryIO,
        others: Sequence[str] = (),
    ) -> None:
        self._create_engine, self._others = create_engine, others
        self._engines: dict[str, Engine] = {}
        self._source, self._sink = source, sink
        self._write_lock = threading.Lock()
        self._jobs: dict[requests.Id, Job] = {}
        self._lock = threading.Lock()
        self._tasks: queue.Queue[Callable[[], None]] = queue.Queue()
        threading.Thread(target=self._work, name="worker", daemon=True).start()

    def serve(self) -> int:
        """Read until `shutdown` or end of file; return the exit status."""
        while line := self._source.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                self._skip_rest(line)
                text = f"This line is longer than {MAX_LINE} bytes."
                self._fail(None, messages.INVALID_REQUEST, "bad_request", text)
            elif line.strip() and not self._receive(line):
                return 0
        return 0

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._source.readline(MAX_LINE)

    def _send(self, message: msgspec.Struct) -> None:
        data = msgspec.json.encode(message) + b"\n"
        with self._write_lock:
            try:
                self._sink.write(data)
                self._sink.flush()
            except (BrokenPipeError, ValueError):
                os._exit(0)  # the client is gone

    def _fail(self, ident: requests.Id | None, code: int, kind: str, message: str, remedy: str = "") -> None:
        # names of files may have bytes that are not UTF-8: Python has lone surrogates for them
        message, remedy = (text.encode("utf-8", "replace").decode() for text in (message, remedy))
        self._send(messages.Failure(ident, messages.Error(code, message, messages.ErrorData(kind, remedy))))

    def _fail_with(self, ident: requests.Id, error: BaseException) -> None:
        e = as_zoetrope_error(error)
        kind = e.code if e.code in messages.CODES else "internal"
        self._fail(ident, messages.CODES[kind], kind, e.message, e.remedy)

    def _receive(self, line: bytes) -> bool:
        """Handle one line; return False to end the service."""
        try:
            request = msgspec.json.decode(line, type=messages.Request)
        except msgspec.ValidationError as error:
            self._fail(
                _id_in(line), messages.INVALID_REQUEST, "bad_request", f"This is not a request: {error}."
            )
            return True
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._fail(_id_in(line), messages.PARSE_ERROR, "bad_request", f"This line is not JSON: {error}.")
            return True
        except RecursionError:
            self._fail(None, messages.PARSE_ERROR, "bad_request", "This line is nested too deeply.")
            return True
        if request.method not in requests.METHODS:
            text = f"There is no method {request.method[:MAX_NAME_LENGTH]!r}."
            self._fail(request.id, messages.METHOD_NOT_FOUND, "bad_request", text)
            return True
        try:
            params = msgspec.json.decode(request.params, type=requests.METHODS[request.method])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            text = f"Wrong parameters of {request.method}: {error}."
            self._fail(request.id, messages.INVALID_PARAMS, "bad_request", text)
            return True
        return self._dispatch(request.id, params, request.method)

    def _dispatch(self, ident: requests.Id, params: Any, method: str) -> bool:
        if isinstance(params, requests.Hello):
            self._tasks.put(lambda: self._answer(ident, lambda: self._hello(params)))
        elif isinstance(params, requests.JobParams):
            job = self._job(ident, params)
            with self._lock:
                if ident in self._jobs:
                    text = f"A request with id {ident!r} is still running."
                    self._fail(ident, messages.INVALID_REQUEST, "bad_request", text)
                    return True
                self._jobs[ident] = job
            self._tasks.put(lambda: self._run(job))
        elif isinstance(params, requests.Cancel):
            with self._lock:
                job_to_cancel = self._jobs.get(params.id)
            if job_to_cancel is not None:
                job_to_cancel.cancel()
            self._send(messages.Result(ident, results.CancelResult(job_to_cancel is not None)))
        elif method == "release_memory":
            self._tasks.put(lambda: self._answer(ident, self._release))
        elif method == "self_test":
            self._tasks.put(lambda: self._answer(ident, self._self_test))
        else:
            self._send(messages.Result(ident, requests.Nothing()))
            return False
        return True

    def _job(self, ident: requests.Id, params: requests.JobParams) -> Job:
        shares: dict[str, float]
        work: Callable[[Engine, Job], Any]
        if isinstance(params, requests.Generate):
            shares, work = (
                {},  # they depend on the engine
                lambda _, job: generation_jobs.generate(self._get_engine(params.engine), params, job),
            )
        elif isinstance(params, requests.Preview):
            shares, work = {}, lambda engine, job: generation_jobs.preview(engine, params, job)
        elif isinstance(params, requests.Decompose):
            from zoetrope.service import decomposition_jobs

            shares, work = (
                decomposition_jobs.SHARES,
                lambda engine, job: decomposition_jobs.decompose(engine, params, job),
            )
        else:
            from zoetrope.service import animation_jobs as jobs

            if isinstance(params, requests.AnalyseMesh):
                shares, work = jobs.ANALYSE_SHARES, lambda engine, job: jobs.analyse(engine, params, job)
            else:
                shares, work = jobs.ANIMATE_SHARES, lambda engine, job: jobs.animate(engine, params, job)
        return Job(ident, shares, work, lambda p: self._send(messages.Notification("progress", p)))

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            except BaseException:  # every task answers for itself: what is left must not end the thread
                log.exception("a task failed")

    def _answer(self, ident: requests.Id, action: Callable[[], Any]) -> None:
        try:
            self._send(messages.Result(ident, action()))
        except Exception as error:
            self._fail_with(ident, error)

    def _run(self, job: Job) -> None:
        try:
            job.on_progress("load", 0, 1)  # raises if the job was cancelled while it waited
            result = job.run(self._get_engine())
            with self._lock:
                del self._jobs[job.ident]
            self._send(messages.Result(job.ident, result))
        except BaseException as error:
            with self._lock:
                self._jobs.pop(job.ident, None)
            self._fail_with(job.ident, error)

    def _get_engine(self, name: str = "") -> Engine:
        if name and self._get_engine().info().engine == name:
            name = ""
        if name and name not in self._others:
            raise ZoetropeError(
                f"The engine {name[:MAX_NAME_LENGTH]!r} is not installed.",
                code="bad_option",
                remedy="Choose another engine, or install its weights beside those of dnf.",
            )
        if name not in self._engines:
            self._engines[name] = self._create_engine(name)
        return self._engines[name]

    def _hello(self, params: requests.Hello) -> results.HelloResult:
        if params.protocol != messages.PROTOCOL:
            raise ZoetropeError(
                f"The add-on speaks protocol {params.protocol}, the backend {messages.PROTOCOL}.",
                code="protocol_mismatch",
                remedy="Set up the backend again, so that both are of one version.",
            )
        info = self._get_engine().info()
        return results.HelloResult(
            messages.PROTOCOL,
            __version__,
            info.device,
            info.device_name,
            info.engine,
            results.WeightsInfo(info.weights_name, info.weights_checksum, info.parameters),
            [results.Category(c.name, list(c.actions), c.height) for c in info.categories],
            list(DETAILS),
            os.getpid(),
            [info.engine, *self._others],
        )

    def _release(self) -> requests.Nothing:
        for engine in self._engines.values():
            engine.release_memory()
        return requests.Nothing()

    def _self_test(self) -> results.SelfTestResult:
        checks: list[results.Check] = []
        for name, check in (("engine", self._check_engine), ("generate", self._check_generate)):
            start = time.perf_counter()
            try:
                message, ok = check(), True
            except Cancelled:
                raise
            except Exception as error:
                message, ok = str(as_zoetrope_error(error)), False
            checks.append(results.Check(name, ok, round(time.perf_counter() - start, 3), message))
        return results.SelfTestResult(all(c.ok for c in checks), checks)

    def _check_engine(self) -> str:
        info = self._get_engine().info()
        return f"{info.engine} on {info.device_name}, weights {info.weights_name}"

    def _check_generate(self) -> str:
        category = self._get_engine().info().categories[0]
        request = GenerateRequest(
            category.name, category.actions[0], frames=2, detail=64, faces=1000, texture=512
        )
        sequence = self._get_engine().generate(request, lambda *_: None)
        if not np.isfinite(sequence.vertices).all() or len(sequence.faces) < 100:
            raise ZoetropeError("The generated creature is damaged.", code="internal")
        return f"{len(sequence.rest)} vertices"


def _id_in(line: bytes) -> requests.Id | None:
    """Return the id in a line that is no request, so that its client need not wait; None without one.

    The standard library reads what msgspec does not: lone surrogates, which names of files can have.
    """
    try:
        ident = json.loads(line)["id"]
        if isinstance(ident, int) and not isinstance(ident, bool):
            return ident
        return ident if isinstance(ident, str) and ident.encode() else None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def run(create_engine: Callable[[str], Engine], others: Sequence[str] = ()) -> None:
    """Serve on this process's stdin and stdout; does not return. Parameters as of `Server`.

    What libraries print goes to stderr: file descriptor 1 is kept for the protocol.
    """
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    stream: TextIO = sys.stderr
    sys.stdout = stream
    logging.basicConfig(stream=stream, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    status = Server(create_engine, sys.stdin.buffer, sink, others).serve()
    os._exit(status)
