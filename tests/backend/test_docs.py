"""What the pages point to exists: files, headings, modules, commands and their options."""

import ast
import json
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer.main
from markdown_it import MarkdownIt
from zoetrope.cli import app

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split()
PAGES = [page for page in TRACKED if (ROOT / page).is_file()]
WRITTEN = [page for page in PAGES if not page.startswith(("docs/evaluation/by_", "docs/bodies.md"))]
"""Pages written by hand; the others hold the command that printed them, in the words of that day."""
pages = pytest.mark.parametrize("page", PAGES)
written_pages = pytest.mark.parametrize("page", WRITTEN)


def links_of(text: str) -> list[str]:
    inline = [t for token in MarkdownIt("commonmark").parse(text) for t in token.children or []]
    found = [t.attrGet("href") or t.attrGet("src") for t in inline if t.type in ("link_open", "image")]
    return [str(link) for link in found if not str(link).startswith(("http:", "https:", "mailto:"))]


def anchors_of(text: str) -> set[str]:
    """Anchors of a page's headings, as forges make them: lower case, no punctuation, hyphens for spaces."""
    titles = re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def code_of(text: str) -> list[str]:
    """All code on a page: lines of code blocks, and inline code."""
    tokens = MarkdownIt("commonmark").parse(text)
    blocks = [line for t in tokens if t.type in ("code_block", "fence") for line in t.content.splitlines()]
    inline = [c.content for t in tokens for c in t.children or [] if c.type == "code_inline"]
    return [line.partition(" #")[0].strip() for line in (*blocks, *inline)]


def test_pages_are_found():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: the tracked pages are not known")
    assert "README.md" in TRACKED


@pages
def test_links_lead_somewhere(page):
    missing = []
    for link in links_of((ROOT / page).read_text()):
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text())):
            missing.append(link)
    assert not missing


@written_pages
def test_python_modules_exist(page):
    sys.path.insert(0, str(ROOT))
    named = set(re.findall(r"python -m ((?:zoetrope|studies)[\w.]*)", (ROOT / page).read_text()))
    assert not [module for module in named if find_spec(module) is None]


@written_pages
def test_scripts_and_make_targets_exist(page):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    missing = []
    for line in code_of((ROOT / page).read_text()):
        words = line.split()
        if words[:1] == ["make"] and len(words) == 2 and words[1] not in targets:
            missing.append(line)
        missing += [
            word
            for word in words
            if re.fullmatch(r"(scripts|benchmarks|tests)/[\w/]+\.\w+", word) and not (ROOT / word).exists()
        ]
    assert not missing


@written_pages
def test_console_commands_have_the_options_that_pages_give_them(page):
    wrong = []
    for line in code_of((ROOT / page).read_text()):
        found = re.match(r"(?:\S*/)?zoetrope ((?:generate|serve|prepare|train|inspect|evaluate)\b.*)", line)
        found = found or re.match(r"torchrun .*-m zoetrope (.*)", line)
        if not found:
            continue
        words = shlex.split(found.group(1).replace("...", ""))
        command = typer.main.get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        options = {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        } | {"--help"}
        wrong += [f"{line}: {word}" for word in words if word.startswith("--") and word not in options]
    assert not wrong


SOURCES = [
    path
    for folder in ("backend", "benchmarks", "scripts", "studies", "tests/backend", "tests/studies")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
FILES = {path.relative_to(ROOT).as_posix() for path in SOURCES}


def paths_in_docstrings(text: str) -> set[str]:
    """Paths in back-quotes: of Python files, and of what is below a folder of the repository."""
    docstrings = [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "`" in node.value
    ]
    quoted = {name for text in docstrings for name in re.findall(r"`([\w./-]+)`", text)}
    roots = ("studies/", "benchmarks/", "scripts/", "docs/", "tests/")
    return {name for name in quoted if name.endswith(".py") or name.startswith(roots)}


def test_paths_in_docstrings_lead_somewhere():
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for name in paths_in_docstrings(path.read_text(encoding="utf-8"))
        if not (ROOT / name).exists() and not any(file.endswith(f"/{name}") for file in FILES)
    ]
    assert not missing


def test_a_path_that_a_docstring_names_is_found():
    docstring = '"""See `retargeting.py`, `docs/protocol.md`, `x / y` and `name`."""'
    assert paths_in_docstrings(docstring) == {"retargeting.py", "docs/protocol.md"}


def test_the_actions_of_each_kind_are_those_of_the_weights():
    known = json.loads((ROOT / "weights" / "model.json").read_text(encoding="utf-8"))["categories"]
    page = (ROOT / "docs" / "animating.md").read_text(encoding="utf-8")
    for category in known:
        actions = ", ".join(sorted(action["name"] for action in category["actions"]))
        assert f"| {category['name']} | {actions} |" in page
