"""docs/protocol.schema.json describes what the add-on sends and what the service answers."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from zoetrope.service import messages, requests, results

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs/protocol.schema.json").read_text())


def addon_protocol():
    path = ROOT / "blender_addon/client/protocol.py"
    spec = importlib.util.spec_from_file_location("addon_protocol", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def validate(name, value):
    jsonschema.validate(value, {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def test_stored_schema_is_that_of_the_message_types():
    assert messages.schema() == SCHEMA  # written by `python -m zoetrope.service.schema`


def test_messages_of_the_addon_match_the_schema():
    protocol = addon_protocol()
    assert protocol.PROTOCOL == messages.PROTOCOL
    sent = {
        "hello": protocol.hello(),
        "generate": protocol.generate("/tmp/x", "quadruped", ["walk"], 7, 24, 128),
        "decompose": protocol.decompose("/tmp/x", "swing", 24, bones=24),
        "cancel": protocol.cancel(3),
    }
    for method, params in sent.items():
        validate(requests.METHODS[method].__name__, params)
        line = protocol.request(3, method, params)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        request = msgspec.json.decode(line, type=messages.Request)
        validate("Request", json.loads(line))
        msgspec.json.decode(request.params, type=requests.METHODS[request.method])
    full = protocol.generate("/tmp/x", "quadruped", ["walk"], 7, 24, 128, frames=48, height=1.2)
    validate("Generate", full)


def test_example_requests_of_the_page_are_valid():
    page = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith('{"jsonrpc"')]
    examples = [msgspec.json.decode(line, type=messages.Request) for line in lines]
    assert [request.method for request in examples] == ["hello", "generate", "cancel"]
    for request in examples:
        msgspec.json.decode(request.params, type=requests.METHODS[request.method])


@pytest.mark.parametrize(
    "message",
    [
        messages.Result(
            1, results.HelloResult(1, "0", "cpu", "CPU", "dnf", results.WeightsInfo("a", "b", 1), [], [64], 5)
        ),
        messages.Result(1, results.GenerateResult("f", 1, 2, 3, {"shape": 0.1}, 0.5)),
        messages.Failure(None, messages.Error(-32700, "x", messages.ErrorData("bad_request", ""))),
        messages.Notification("progress", messages.Progress(1, "shape", 1, 20, 0.5, 0.1)),
    ],
)
def test_messages_of_the_service_match_the_schema(message):
    protocol = addon_protocol()
    line = msgspec.json.encode(message)
    validate(type(message).__name__, json.loads(line))
    assert protocol.parse(line + b"\n") is not None


def test_incomplete_message_fails_the_schema():
    with pytest.raises(jsonschema.ValidationError):
        validate("Generate", {"job_folder": "x", "detail": 100})


def test_every_method_is_documented():
    text = (ROOT / "docs/protocol.md").read_text()
    for method in requests.METHODS:
        assert f"`{method}`" in text
    for kind, code in messages.CODES.items():
        assert f"| {code} | {kind} |" in text
