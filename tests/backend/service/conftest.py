"""A service in a child process, with the engine that needs no weights."""

import pytest
from service_client import Client


@pytest.fixture
def client():
    client = Client("--engine", "procedural")
    yield client
    client.close()
