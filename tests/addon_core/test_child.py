"""The environment variables of the processes that the add-on starts."""

import subprocess
import sys

import pytest

from blender_addon.client.child import clean_environment

FOREIGN = {
    "PYTHONPATH": "/blender",
    "PYTHONHOME": "/blender",
    "PYTHONUSERBASE": "/elsewhere",
    "PIP_INDEX_URL": "https://index.example",
    "PIP_TARGET": "/elsewhere",
    "PIP_CONFIG_FILE": "/dev/null",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "pip_user": "1",
    "UV_INDEX_URL": "https://index.example",
    "CONDA_PREFIX": "/conda",
    "_CONDA_EXE": "/conda",
    "VIRTUAL_ENV": "/venv",
    "__PYVENV_LAUNCHER__": "/python",
}
KEPT = {"PATH", "HTTPS_PROXY", "SSL_CERT_FILE", "XDG_CONFIG_HOME", "HOME", "LD_LIBRARY_PATH", "TMPDIR"}


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    for name, value in FOREIGN.items():
        monkeypatch.setenv(name, value)
    for name in KEPT - {"PATH", "LD_LIBRARY_PATH"}:
        monkeypatch.setenv(name, "/kept")
    monkeypatch.setenv("LD_LIBRARY_PATH", "")


def test_what_changes_an_installation_is_not_passed_on():
    assert not set(FOREIGN) & set(clean_environment())


def test_what_a_machine_needs_for_its_network_and_configuration_is():
    assert set(clean_environment()) >= KEPT


def test_a_python_starts_with_it():
    assert subprocess.run([sys.executable, "-c", "import json"], env=clean_environment()).returncode == 0
