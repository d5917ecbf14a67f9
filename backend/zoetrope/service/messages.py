"""Messages of the service: JSON-RPC 2.0, one per line (docs/protocol.md).

What they hold is in `requests.py` and `results.py`.
"""

from inspect import cleandoc
from typing import Any, Literal

import msgspec
from msgspec import Struct

from zoetrope.service.requests import METHODS, Id
from zoetrope.service.results import RESULTS

PROTOCOL = 1

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
CODES = {
    "cancelled": -32001,
    "bad_request": -32002,
    "bad_option": -32003,
    "weights_missing": -32004,
    "weights_damaged": -32005,
    "out_of_memory": -32006,
    "disk_full": -32007,
    "bad_mesh": -32008,
    "cannot_write": -32009,
    "protocol_mismatch": -32010,
    "empty_surface": -32011,
    "untrackable": -32012,
    "internal": -32099,
}
"""Code of a ZoetropeError, sent as `kind` -> JSON-RPC error code."""


class Request(Struct):
    """Any request; its parameters are decoded by method."""

    method: str
    id: Id
    jsonrpc: Literal["2.0"] = "2.0"
    params: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"{}"))


class Progress(Struct):
    """Parameters of the notification `progress`."""

    id: Id
    stage: str
    step: int
    total: int
    seconds: float
    fraction: float


class ErrorData(Struct):
    """Kind of the error, and what the user can do about it."""

    kind: str
    remedy: str


class Error(Struct):
    """A JSON-RPC error."""

    code: int
    message: str
    data: ErrorData


class Result(Struct):
    """A successful answer."""

    id: Id
    result: Any
    jsonrpc: Literal["2.0"] = "2.0"


class Failure(Struct):
    """An unsuccessful answer; id is null if the request could not be parsed."""

    id: Id | None
    error: Error
    jsonrpc: Literal["2.0"] = "2.0"


class Notification(Struct):
    """A message without an answer."""

    method: Literal["progress"]
    params: Progress
    jsonrpc: Literal["2.0"] = "2.0"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all messages, as stored in docs/protocol.schema.json."""
    types = [Request, Result, Failure, Notification, *METHODS.values(), *RESULTS.values()]
    unique = list(dict.fromkeys(types))
    _, components = msgspec.json.schema_components(unique, ref_template="#/$defs/{name}")
    for component in components.values():
        component["description"] = cleandoc(
            component["description"]
        )  # msgspec before 0.23 leaves it as it is
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Zoetrope service, protocol {PROTOCOL}",
        "methods": {
            name: {"params": f"#/$defs/{params.__name__}", "result": f"#/$defs/{RESULTS[name].__name__}"}
            for name, params in METHODS.items()
        },
        "$defs": components,
    }
