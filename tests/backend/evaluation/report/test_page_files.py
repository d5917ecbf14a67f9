"""A page names the command that wrote it."""

import subprocess
import sys

from zoetrope.evaluation.report.page_files import save_page


def test_page_has_title_command_and_one_newline_at_the_end(tmp_path):
    save_page(tmp_path / "page.md", "A title", ["One line.", "", ""])
    lines = (tmp_path / "page.md").read_text().split("\n")
    assert lines[0] == "# A title"
    assert lines[2].startswith("    python -m ")
    assert lines[4:] == ["One line.", ""]


def test_command_of_a_module_is_the_one_that_runs_it(tmp_path):
    (tmp_path / "some_tool.py").write_text(
        "from zoetrope.evaluation.report.page_files import tool_command\nprint(tool_command())\n"
    )
    command = [sys.executable, "-m", "some_tool", "--out", "a b"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "python -m some_tool --out 'a b'"
