"""Messages: which lines are read as one, and what is sent."""

import pytest

from blender_addon.client import protocol


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b'"text"',
        b'{"id": 1, "result": {}}',
        b'{"jsonrpc": "2.0", "id": 1, "result": []}',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"message": "m", "data": []}}',
        b'{"jsonrpc": "2.0", "method": "progress", "params": {"id": 1, "stage": "load"}}',
        b'{"jsonrpc": "2.0", "method": "other", "params": {}}',
    ],
)
def test_a_line_that_is_no_message_is_dropped(line):
    assert protocol.parse(line) is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc": "2.0", "id": 1, "result": {}}',
        b'{"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "m"}}',
        b'{"jsonrpc":"2.0","method":"progress","params":{"id":1,"stage":"load","fraction":0,"step":1,"total":2}}',
    ],
)
def test_a_message_is_read(line):
    assert protocol.parse(line)["jsonrpc"] == "2.0"


def test_a_request_is_one_line_of_ascii():
    line = protocol.request(
        3, "generate", protocol.generate("/tmp/\u00fc\n", "quadruped", ["walk"], 1, 24, 64)
    )
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()


@pytest.mark.parametrize(
    "answer", [{}, {"categories": []}, {"categories": 3}, {"categories": [{"name": "fox"}]}]
)
def test_an_answer_to_hello_without_categories_is_refused(answer):
    with pytest.raises(ValueError, match="categories"):
        protocol.categories(answer)
