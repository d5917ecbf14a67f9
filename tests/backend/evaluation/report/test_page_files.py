"""A tool's page says how it was made."""

import subprocess
import sys

from zoetrope.evaluation.report.page_files import save_page


def test_a_page_has_its_title_its_command_and_one_newline_at_the_end(tmp_path):
    save_page(tmp_path / "page.md", "What it says", ["One line.", "", ""])
    lines = (tmp_path / "page.md").read_text().split("\n")
    assert lines[0] == "# What it says"
    assert lines[2].startswith("    python -m ")
    assert lines[4:] == ["One line.", ""]


def test_the_command_is_the_tools_own(tmp_path):
    (tmp_path / "some_tool.py").write_text(
        "from zoetrope.evaluation.report.page_files import tool_command\nprint(tool_command())\n"
    )
    command = [sys.executable, "-m", "some_tool", "--out", "a b"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "python -m some_tool --out 'a b'"
