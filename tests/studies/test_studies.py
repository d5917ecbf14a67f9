"""Studies: every script has a command line, every folder a page and a line in the index."""

import argparse
import ast
import importlib
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "studies"
FOLDERS = sorted(path.name for path in STUDIES.iterdir() if path.is_dir() and path.name != "__pycache__")
MODULES = sorted(STUDIES.glob("*/*.py"))
SCRIPTS = [path for path in MODULES if "def main" in path.read_text(encoding="utf-8")]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.fixture(autouse=True)
def repository_root(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.mark.parametrize("path", SCRIPTS, ids=module_name)
def test_script_answers_help(path, capsys):
    parser = importlib.import_module(module_name(path)).build_parser()
    assert isinstance(parser, argparse.ArgumentParser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--help"])
    assert ended.value.code == 0
    assert f"python -m {module_name(path)}" in capsys.readouterr().out


def test_script_runs_as_a_module():
    command = [sys.executable, "-m", "studies.distance_samples.measure", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--out" in done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=module_name)
def test_script_runs_only_as_main(path):
    last = ast.parse(path.read_text(encoding="utf-8")).body[-1]
    assert isinstance(last, ast.If)
    assert ast.unparse(last.test) == "__name__ == '__main__'"


@pytest.mark.parametrize("folder", FOLDERS)
def test_study_has_a_page_with_question_and_answer(folder):
    lines = (STUDIES / folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert lines[2].startswith("**Question**: ")
    assert any(line.startswith("**Answer**: ") for line in lines[4:8])


def test_index_has_one_line_for_every_study():
    index = (STUDIES / "README.md").read_text(encoding="utf-8").splitlines()
    assert all(sum(f"({folder}/README.md)" in line for line in index) == 1 for folder in FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_pages_name_scripts_that_exist(folder):
    text = (STUDIES / folder / "README.md").read_text(encoding="utf-8")
    commands = [line.split()[2] for line in text.splitlines() if line.startswith("    python -m studies.")]
    assert not [name for name in commands if name not in map(module_name, SCRIPTS)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_commands_of_pages_are_understood(folder):
    text = (STUDIES / folder / "README.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("    python -m studies."):
            words = shlex.split(line)
            importlib.import_module(words[2]).build_parser().parse_args(words[3:])


def test_nothing_in_the_backend_imports_studies():
    for path in (ROOT / "backend").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "studies" for name in names), path


def test_results_replace_their_block_and_nothing_else():
    from studies.page import replace_block

    page = replace_block("# Title\n\nWritten by hand.\n", "measure", "old \\1")
    page = replace_block(page, "other", "kept")
    page = replace_block(page + "\nThe end.\n", "measure", "new \\1")
    assert "old" not in page
    assert (
        page.index("Written by hand.") < page.index("new \\1") < page.index("kept") < page.index("The end.")
    )
    assert page.count("<!-- results of measure -->") == 1
