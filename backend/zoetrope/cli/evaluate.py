"""`zoetrope evaluate`: how good is a generator?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from zoetrope.cli.errors import console
from zoetrope.cli.options import AsJson, Device, DeviceName, Quiet, Weights
from zoetrope.engines import create_engine, find_weights

app = typer.Typer(help="Measure how good a generator is.", no_args_is_help=True)

Shared = Annotated[
    Path | None, typer.Option(help="Folder of the labelled creatures; default: beside the repository.")
]
Tokens = Annotated[
    Path | None,
    typer.Option(help="Training tokens of the weights; default: the file in their folder, if there."),
]
Work = Annotated[Path, typer.Option(help="Folder that keeps finished parts; the same command continues.")]
Sets = Annotated[int, typer.Option(min=1, help="Independent sets of samples.")]
Detail = Annotated[int, typer.Option(help="Grid cells along the box of the samples.")]
Limit = Annotated[int, typer.Option(min=0, help="At most so many references; 0: all. For a quick look.")]
Page = Annotated[Path | None, typer.Option(help="Markdown file for the tables, beside printing them.")]
WORK = Path("runs/evaluation")


class ProgressBar:
    """A progress bar that names the step being worked on."""

    def __init__(self, quiet: bool) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, disable=quiet
        )
        self.task = self.bar.add_task("", total=1)

    def __call__(self, name: str, step: int, total: int) -> None:
        self.bar.update(self.task, description=name, completed=step, total=total)


@contextmanager
def progress_bar(quiet: bool) -> Iterator[ProgressBar]:
    """Show a progress bar while the block runs."""
    steps = ProgressBar(quiet)
    with steps.bar:
        yield steps


def findings(out: Path) -> str:
    """Text by whoever read the numbers, from findings.md in the page's folder; it precedes the tables."""
    file = out / "findings.md"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def save_report(session: Any, report: dict[str, Any], file: Path, page: str) -> None:
    """Write a report's numbers, its page README.md and its pictures into the file's folder."""
    from zoetrope.evaluation.report.sheets import save_sheets
    from zoetrope.evaluation.report.store import write_json

    write_json(file, report)
    save_sheets(session, report["engines"][report["engine"]]["novelty"]["nearest"], file.parent)
    file.with_name("README.md").write_text(page, encoding="utf-8")


@app.command()
def generation(
    split: Annotated[str, typer.Option(help="by_clip or by_creature.")] = "by_creature",
    every: Annotated[
        bool, typer.Option("--all-categories", help="Bounding rows alone, over clips of all categories.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--row", help="A row to compute (repeat for more); default: all.")
    ] = None,
    weights: Weights = None,
    tokens: Tokens = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            help="Folder of other weights, for a row of their own; all rows are then of the categories that "
            "both were trained on."
        ),
    ] = None,
    outer: Annotated[
        bool,
        typer.Option(
            "--outer", help="Sample real clips on outer surfaces alone, not on faces hidden inside the mesh."
        ),
    ] = False,
    shared: Shared = None,
    work: Work = WORK,
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """MMD, COV and 1-NNA against the test part of a frozen split, with bounding rows."""
    from zoetrope.engines.bundle import read_description
    from zoetrope.evaluation.protocols.leak_check import met_among
    from zoetrope.evaluation.protocols.loading import open_session
    from zoetrope.evaluation.report.generation_table import table
    from zoetrope.evaluation.report.page_files import save_page
    from zoetrope.evaluation.report.pages import SPLITS
    from zoetrope.evaluation.report.tables import GENERATION, generation_section

    with progress_bar(quiet) as steps:
        session, description = open_session(
            weights, shared, tokens, work, sets, detail, limit, device.value, beside=beside
        )
        session.on_step, session.outer = steps, outer
        test = session.items(split, "test", every)
        met = met_among(session.library, split, test, description["training"])
        if beside:
            met_among(session.library, split, test, read_description(beside).training)
        scored = {name: part["result"] for name, part in table(session, split, every, only or ()).items()}
        lines = generation_section(scored, session.name, met)
        if page:
            intro = f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {detail}."
            if session.beside:
                other = session.engines[session.beside].info().weights_checksum[:16]
                intro += f" {session.beside}: weights `{other}`. Of both: {', '.join(session.categories)}."
            intro += " Real clips by their outer surfaces alone." * outer
            save_page(page, SPLITS[split], [intro, "", GENERATION, "", *lines])
    if as_json:
        print(json.dumps({**met, "split": split, "rows": scored}))
        return
    print("\n".join(lines))


@app.command()
def reconstruction(
    folder: Annotated[
        Path | None, typer.Option(help="Folder of animated GLB files, instead of the labelled creatures.")
    ] = None,
    creatures: Annotated[int, typer.Option(min=0, help="At most so many of a group; 0: all.")] = 0,
    clips: Annotated[int, typer.Option(min=0, help="At most so many clips a creature; 0: all.")] = 2,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps of each shape fit; a clip's has two thirds.")
    ] = 300,
    weights: Weights = None,
    tokens: Tokens = None,
    shared: Shared = None,
    work: Work = WORK,
    detail: Annotated[int, typer.Option(help="Grid cells along the box of the reconstructed surface.")] = 256,
    quiet: Quiet = False,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """How well the fields reconstruct given creatures and clips: tokens are fitted, other points measured."""
    from zoetrope.evaluation.protocols.loading import load_tokens_of, open_session
    from zoetrope.evaluation.report.page_files import save_page
    from zoetrope.evaluation.report.reconstruction_table import folder_jobs, jobs_of, starts_of, table
    from zoetrope.evaluation.report.store import finite
    from zoetrope.evaluation.report.tables import reconstruction_rows

    with progress_bar(quiet) as on_step:
        session, description = open_session(weights, shared, tokens, work, 1, 128, 0, "cpu")
        session.on_step = on_step
        starts = starts_of(load_tokens_of(session.weights, tokens))
        groups = (
            {folder.name: folder_jobs(folder, clips)}
            if folder
            else jobs_of(session, description["training"], creatures, clips)
        )
        result = finite(table(session, session.weights, groups, starts, detail, steps))
        lines = reconstruction_rows(result)
        if page:
            checksum = session.engine.info().weights_checksum[:16]
            intro = f"Weights `{checksum}`, detail {detail}, {steps} steps a shape."
            save_page(page, "Reconstruction of given creatures", [intro, "", *lines])
    print(json.dumps(result) if as_json else "\n".join(lines))


@app.command()
def gallery(
    out: Annotated[Path, typer.Option(help="Folder for gallery.md and images/gallery.png.")],
    judged: Annotated[
        Path | None,
        typer.Option(help='Lines of "seed: reason" for creatures that a person would not keep.'),
    ] = None,
    weights: Weights = None,
    detail: Detail = 128,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """Seeds 0 to 63 over all categories and actions, none skipped, on one picture with what fails."""
    from zoetrope.atomic_write import atomic_write
    from zoetrope.evaluation.report.gallery import exhibits, page, read_judgement, sheet
    from zoetrope.evaluation.report.page_files import tool_command
    from zoetrope.geometry.rendering import save_png

    with progress_bar(quiet) as steps:
        reasons = read_judgement(judged) if judged else None
        engine = create_engine("dnf", weights or find_weights(), device.value)
        shown = exhibits(engine, detail, steps)
        picture = Path("images") / "gallery.png"
        save_png(out / picture, sheet(shown), max_colours=128)
        text = page(shown, engine, detail, tool_command(), picture.as_posix(), reasons)
        with atomic_write(out / "gallery.md") as part:
            part.write_text(text + "\n", encoding="utf-8")
    print(out / "gallery.md")


@app.command()
def samples(
    out: Annotated[Path, typer.Option(help="Folder for samples.json, README.md and its pictures.")],
    weights: Weights = None,
    shared: Shared = None,
    work: Work = WORK,
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """Quality checks, motion quality and novelty of samples, without the rest of the report: an hour."""
    from zoetrope.evaluation.protocols.loading import open_session
    from zoetrope.evaluation.report.build import build_samples
    from zoetrope.evaluation.report.pages import samples_markdown

    with progress_bar(quiet) as steps:
        session, description = open_session(weights, shared, None, work, sets, detail, limit, device.value)
        session.on_step = steps
        report = build_samples(session, description)
        save_report(session, report, out / "samples.json", samples_markdown(report, findings(out)))
    print(out / "README.md")


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder for report.json, README.md, report.html, pictures.")],
    files: Annotated[
        Path | None,
        typer.Option("--folder", help="Folder of animated GLB files to compare with, not the frozen splits."),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all-categories/--own-categories",
            help="Bounding rows over the clips of all categories too: hours on two cores.",
        ),
    ] = True,
    creatures: Annotated[int, typer.Option(min=0, help="Reconstruction: so many of a group; 0: all.")] = 0,
    clips: Annotated[int, typer.Option(min=0, help="Reconstruction: so many clips a creature; 0: all.")] = 2,
    fit_detail: Annotated[int, typer.Option(help="Grid cells along the box of reconstructions.")] = 256,
    split: Annotated[str, typer.Option(help="by_clip or by_creature; default: both.")] = "",
    weights: Weights = None,
    tokens: Tokens = None,
    shared: Shared = None,
    work: Work = WORK,
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """Everything on one page, as Markdown, HTML and JSON; takes hours, and continues where it was stopped."""
    from zoetrope.evaluation.protocols.loading import load_tokens_of, open_session
    from zoetrope.evaluation.report.build import Fits, build
    from zoetrope.evaluation.report.pages import html, markdown
    from zoetrope.evaluation.report.reconstruction_table import starts_of

    with progress_bar(quiet) as steps:
        session, description = open_session(
            weights, shared, tokens, work, sets, detail, limit, device.value, files, split
        )
        session.on_step = steps
        starts = starts_of(load_tokens_of(session.weights, tokens))
        built = build(session, description, Fits(creatures, clips, 300, fit_detail, starts), every)
        page = markdown(built, findings(out))
        save_report(session, built, out / "report.json", page)
        (out / "report.html").write_text(html(page, "Evaluation of dnf"), encoding="utf-8")
    print(out / "README.md")
