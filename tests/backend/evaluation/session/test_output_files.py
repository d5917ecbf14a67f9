"""A page names the command that wrote it; files of others and folders that take none are found first."""

import json
import os
import subprocess
import sys

import pytest
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.report.markdown_report import SPLITS, html
from zoetrope.evaluation.session.output_files import check_folder, check_output, read_findings, save_page

COMMAND = "    zoetrope evaluate engines --out docs"
OURS = {
    "README.md": f"# Engines, split by_clip\n\n{COMMAND}\n",
    "report.json": json.dumps({"engines": {}}),
    "samples.json": json.dumps({"engines": {"dnf": {}}}),
    "report.html": html("# Evaluation of dnf", "Evaluation of dnf"),
    "page.md": "# Split by clip\n\n    python -m zoetrope evaluate generation\n\nText\n",
    "gallery.md": "# Gallery\n\n    zoetrope evaluate gallery --out docs\n",
}
OTHERS = {
    "README.md": "# My game\n\n    python -m pip install my-game\n",
    "report.json": json.dumps({"coverage": 0.9}),
    "samples.json": "[1, 2]",
    "report.html": "<!doctype html>\n<title>Test report</title>\n",
    "page.md": "# Gallery\n\nMy pictures.\n",
    "gallery.md": "",
    "samples.png": "a picture",
}


def test_page_has_title_command_and_one_newline_at_the_end(tmp_path):
    save_page(tmp_path / "page.md", "A title", ["One line.", "", ""])
    lines = (tmp_path / "page.md").read_text().split("\n")
    assert lines[0] == "# A title"
    assert lines[2].startswith("    python -m ")
    assert lines[4:] == ["One line.", ""]


def test_command_of_a_module_is_the_one_that_runs_it(tmp_path):
    (tmp_path / "some_tool.py").write_text(
        "from zoetrope.evaluation.session.output_files import tool_command\nprint(tool_command())\n"
    )
    command = [sys.executable, "-m", "some_tool", "--out", "a b"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "python -m some_tool --out 'a b'"


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def test_an_empty_folder_and_findings_alone_are_no_obstacle(tmp_path):
    check_output(tmp_path / "new" / "folder" / "README.md", tmp_path / "README.md")
    write(tmp_path, {"findings.md": "What was found."})
    check_output(tmp_path / "README.md", tmp_path / "report.json", tmp_path / "samples.png")
    assert os.listdir(tmp_path) == ["findings.md"]


@pytest.mark.parametrize("name", OURS)
def test_files_of_this_tool_can_be_replaced(tmp_path, name):
    files = write(tmp_path, {name: OURS[name], "samples.png": "a picture"})
    check_output(*files)


def test_a_page_edited_by_hand_is_known_by_the_report_beside_it(tmp_path):
    (page, _) = write(tmp_path, {"README.md": "# Results\n", "report.json": OURS["report.json"]})
    check_output(page)


def test_every_page_is_known_by_its_own_title(tmp_path):
    for title in (
        SPLITS["by_clip"],
        SPLITS["by_creature"],
        "Bodies at rest",
        "Reconstruction of given creatures",
    ):
        save_page(tmp_path / "page.md", title, [])
        check_output(tmp_path / "page.md")


@pytest.mark.parametrize("name", OTHERS)
def test_files_of_others_are_refused(tmp_path, name):
    files = write(tmp_path, {name: OTHERS[name]})
    with pytest.raises(ZoetropeError, match=f"{name} was not written by zoetrope evaluate") as raised:
        check_output(tmp_path / "missing.json", *files)
    assert raised.value.code == "bad_option"
    assert raised.value.remedy
    assert files[0].read_text() == OTHERS[name]


def test_a_file_where_a_folder_is_needed_is_found_first(tmp_path):
    (file,) = write(tmp_path, {"file": ""})
    for folder in (file, file / "inside", tmp_path / ("x" * 300) / "inside"):
        for check in (check_folder, lambda folder: check_output(folder / "README.md")):
            with pytest.raises(ZoetropeError, match="could not be written") as raised:
                check(folder)
            assert raised.value.code == "cannot_write"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_where_a_file_is_needed_is_found_first(tmp_path):
    (tmp_path / "README.md").mkdir()
    with pytest.raises(ZoetropeError, match=r"README\.md could not be written: Is a directory"):
        check_output(tmp_path / "README.md")


def test_findings_are_text_or_one_sentence(tmp_path):
    assert read_findings(tmp_path) == ""
    path = tmp_path / "findings.md"
    path.write_text("Größer.", encoding="utf-8")
    assert read_findings(tmp_path) == "Größer."
    path.write_text("Größer.", encoding="latin-1")
    with pytest.raises(ZoetropeError, match=r"findings\.md cannot be read: it is not text in UTF-8"):
        read_findings(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ZoetropeError, match=r"findings\.md cannot be read: Is a directory"):
        read_findings(tmp_path)
