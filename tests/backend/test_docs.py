"""What the pages point to is there: files, headings, modules that commands run."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split()
pages = pytest.mark.parametrize("page", TRACKED)


def links_of(text: str) -> list[str]:
    inline = [t for token in MarkdownIt("commonmark").parse(text) for t in token.children or []]
    found = [t.attrGet("href") or t.attrGet("src") for t in inline if t.type in ("link_open", "image")]
    return [str(link) for link in found if not str(link).startswith(("http:", "https:", "mailto:"))]


def anchors_of(text: str) -> set[str]:
    """Of a page's headings, as forges make them: lower case, no punctuation, hyphens for spaces."""
    titles = re.findall(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_pages_are_found():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which pages are tracked is not known")
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


@pages
def test_commands_name_modules_that_are_there(page):
    named = set(re.findall(r"python -m (zoetrope[\w.]*)", (ROOT / page).read_text()))
    assert not [module for module in named if find_spec(module) is None]
