"""Names are shown as they are: nothing in them is markup, acts on the terminal, or ends in a traceback."""

import os
import subprocess
import sys

import pytest
from gltf_builder import moving
from rich.table import Table
from typer.testing import CliRunner
from zoetrope.cli import app
from zoetrope.cli.animate import _StageBars
from zoetrope.cli.evaluate import progress_bar
from zoetrope.cli.literal import LiteralConsole, visible
from zoetrope.errors import ZoetropeError

runner = CliRunner()
PROCEDURAL = ["generate", "--engine", "procedural", "--detail", "64", "--frames", "2"]
NAMES = {
    "fox[red].glb": "fox[red].glb",
    "a[b]c.glb": "a[b]c.glb",
    "x[.glb": "x[.glb",
    "[bold]y[/bold].glb": "[bold]y[",
    ":fox:.glb": ":fox:.glb",
    "new\nline.glb": "new\\nline.glb",
    "\x1b[31mred.glb": "\\x1b[31mred.glb",
    os.fsdecode(b"z\xff.glb"): "z\\udcff.glb",
    "ünï 狐.glb": "ünï 狐.glb",
}


def test_only_what_a_terminal_does_not_show_is_escaped():
    text = "a\tb\x7f\x9b\u2028\ud800 ünï 狐 [/] \\n"
    assert visible(text) == "a\\tb\\x7f\\x9b\\u2028\\ud800 ünï 狐 [/] \\n"


def test_cells_of_tables_are_literal():
    console = LiteralConsole(width=60)
    table = Table()
    table.add_column("clip")
    table.add_row("walk[/x] :fox: \x1b")
    with console.capture() as shown:
        console.print(table)
    assert "walk[/x] :fox: \\x1b" in shown.get()


@pytest.mark.parametrize("name", NAMES)
def test_generate_names_its_file_literally(tmp_path, name):
    out = tmp_path / name
    done = runner.invoke(app, [*PROCEDURAL, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert NAMES[name] in done.stderr
    assert "Traceback" not in done.stderr
    assert os.path.exists(out)


@pytest.mark.parametrize("name", NAMES)
def test_inspect_names_file_and_clips_literally(tmp_path, name):
    builder = moving()
    clip = f"walk{name}".replace(os.sep, "")
    builder.json["animations"][0]["name"] = clip
    (tmp_path / name).parent.mkdir(exist_ok=True)
    path = builder.glb(tmp_path / name)
    done = runner.invoke(app, ["inspect", str(path)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    assert f"{NAMES[name]}" in done.stdout
    assert visible(clip) in done.stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", ["inspect", "generate"])
def test_errors_name_the_file_literally(tmp_path, name, command):
    arguments = ["inspect", str(tmp_path / name)]
    if command == "generate":
        (tmp_path / name).mkdir(parents=True)
        arguments = [*PROCEDURAL, "--out", str(tmp_path / name)]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert NAMES[name] in done.stderr
    assert done.stderr.count("\n") == 1


def test_progress_bars_name_the_file_literally(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("a[/b].glb", "a{b}.glb", "a\nb.glb"):
        with _StageBars(name, quiet=False) as on_progress:
            on_progress("intake", 1, 1)
        with progress_bar(quiet=False) as on_step:
            on_step(name, 1, 1)
        shown = capsys.readouterr().err
        assert shown.count(visible(name)) >= 2


def test_error_of_the_system_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "zoetrope.cli.generate.create_engine", lambda *_: (tmp_path / "none[/].bin").read_bytes()
    )
    done = runner.invoke(app, [*PROCEDURAL, "--out", str(tmp_path / "a.glb")])
    assert done.exit_code == 1
    assert done.stderr.strip() == f"Error: {tmp_path}/none[/].bin: No such file or directory."


def test_other_errors_are_not_hidden(monkeypatch, tmp_path):
    def fail(*_):
        raise OSError("something unforeseen")

    monkeypatch.setattr("zoetrope.cli.generate.create_engine", fail)
    done = runner.invoke(app, [*PROCEDURAL, "--out", str(tmp_path / "a.glb")])
    assert isinstance(done.exception, OSError)
    assert not isinstance(done.exception, ZoetropeError)


def test_name_that_stdout_cannot_encode_is_printed(tmp_path):
    """The console that a test reads takes every character; a real one does not."""
    path = moving().glb(tmp_path / "ünï.glb")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "zoetrope", "inspect", str(path)]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert b"\\xfcn\\xef.glb" in done.stdout
