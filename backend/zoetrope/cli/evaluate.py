"""`zoetrope evaluate`: how good is a generator?"""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from zoetrope.cli.errors import console
from zoetrope.cli.literal import visible
from zoetrope.cli.options import AsJson, Device, DeviceName, Quiet, Weights
from zoetrope.engines import create_engine
from zoetrope.engines.weights.folders import find_weights

app = typer.Typer(help="Measure how good a generator is.", no_args_is_help=True)

Shared = Annotated[
    Path | None, typer.Option(help="Folder of the labelled creatures; default: beside the repository.")
]
Work = Annotated[Path, typer.Option(help="Folder that keeps finished parts; the same command continues.")]
Files = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Folder of animated GLB files to compare with, not the labelled creatures."
    ),
]
AllCategories = Annotated[
    bool, typer.Option("--all-categories", help="Bounding rows over the clips of all categories.")
]
Rows = Annotated[
    list[str] | None, typer.Option("--row", help="A row to compute (repeat for more); default: all.")
]
Sets = Annotated[int, typer.Option(min=1, help="Independent sets of samples.")]
Detail = Annotated[int, typer.Option(help="Grid cells along the box of the samples.")]
Limit = Annotated[int, typer.Option(min=0, help="At most so many references; 0: all. For a quick look.")]
Creatures = Annotated[int, typer.Option(min=0, help="At most so many reconstructed a group; 0: all.")]
Clips = Annotated[int, typer.Option(min=0, help="At most so many reconstructed clips a creature; 0: all.")]
Page = Annotated[Path | None, typer.Option(help="Markdown file for the tables, beside printing them.")]
WORK = Path("runs/evaluation")


class ProgressBar:
    """A progress bar with the title of the current step."""

    def __init__(self, quiet: bool) -> None:
        self.bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=quiet,
        )
        self.task = self.bar.add_task("", total=1)

    def __call__(self, title: str, step: int, total: int) -> None:
        self.bar.update(self.task, description=visible(title), completed=step, total=total)


@contextmanager
def progress_bar(quiet: bool) -> Iterator[ProgressBar]:
    """Show a progress bar while the block runs; SIGTERM ends it with temporary files removed."""
    on_progress = ProgressBar(quiet)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with on_progress.bar:
            yield on_progress
    finally:
        signal.signal(signal.SIGTERM, before)


def check_report(file: Path, *others: str) -> None:
    """Check before anything is computed that `save_report`, and what else is written beside, will succeed."""
    from zoetrope.evaluation.report.contact_sheets import PICTURES
    from zoetrope.evaluation.session.output_files import check_output, read_findings

    check_output(file, *(file.with_name(name) for name in ("README.md", *others, *PICTURES)))
    read_findings(file.parent)


def save_report(session: Any, report: dict[str, Any], file: Path) -> str:
    """Write a report's numbers into a file, README.md and pictures beside it; return the page.

    Text of a findings.md there precedes the tables. All is made before the first file is replaced.
    """
    from zoetrope.evaluation.report.contact_sheets import COLOURS, report_sheets
    from zoetrope.evaluation.report.markdown_report import markdown
    from zoetrope.evaluation.session.output_files import read_findings, write_text
    from zoetrope.evaluation.session.result_cache import write_json
    from zoetrope.geometry.rendering import save_png

    page = markdown(report, read_findings(file.parent))
    page = "\n".join(visible(line) for line in page.split("\n"))
    sheets = report_sheets(session, report["engines"][report["engine"]]["novelty"]["nearest"])
    write_json(file, report)
    for name, image in sheets.items():
        save_png(file.with_name(name), image, COLOURS)
    write_text(file.with_name("README.md"), page)
    return page


@app.command()
def generation(
    split: Annotated[str, typer.Option(help="by_clip or by_creature.")] = "by_creature",
    all_categories: AllCategories = False,
    only: Rows = None,
    weights: Weights = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of other weights, of any engine, for a row of their own (repeat for more); all rows "
            "are then of the categories that all were trained on."
        ),
    ] = None,
    outer: Annotated[
        bool,
        typer.Option("--outer", help="Sample real clips on outer surfaces only, not on hidden faces."),
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
    from zoetrope.evaluation.protocols.leak_check import find_leaks
    from zoetrope.evaluation.report.markdown_report import SPLITS
    from zoetrope.evaluation.report.markdown_tables import GENERATION, generation_section
    from zoetrope.evaluation.results.generation_results import score_rows
    from zoetrope.evaluation.session.loading import open_session
    from zoetrope.evaluation.session.output_files import check_output, save_page
    from zoetrope.evaluation.session.training_check import checked_training

    with progress_bar(quiet) as on_progress:
        check_output(*([page] if page else []))
        settings: dict[str, Any] = {
            "sets": sets,
            "detail": detail,
            "limit": limit,
            "outer": outer,
            "on_progress": on_progress,
        }
        session = open_session(weights, shared, work, device.value, beside or (), **settings)
        test = session.sequences(split, "test", all_categories)
        leaks = find_leaks(session.library, split, test, session.training)
        leaks_of_others = {
            name: find_leaks(session.library, split, test, checked_training(folder))
            for name, folder in zip(session.beside, beside or (), strict=True)
        }
        parts = score_rows(session, split, all_categories, only or ())
        scored = {name: part["result"] for name, part in parts.items()}
        lines = generation_section(scored, session.name, leaks, leaks_of_others)
        if page:
            intro = f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {detail}."
            for name in session.beside:
                intro += f" {name}: weights `{session.engines[name].info().weights_checksum[:16]}`."
            if session.beside:
                intro += f" Of all: {', '.join(session.categories)}."
            intro += " Real clips are sampled on outer surfaces only." * outer
            save_page(page, SPLITS[split], [intro, "", GENERATION, "", *lines])
    print(json.dumps({**leaks, "split": split, "rows": scored}) if as_json else "\n".join(lines))


@app.command()
def bodies(
    others: Annotated[
        list[Path] | None,
        typer.Option("--beside", help="Weights of an engine that samples bodies alone (repeat for more)."),
    ] = None,
    weights: Weights = None,
    shared: Shared = None,
    work: Work = WORK,
    sets: Sets = 5,
    detail: Detail = 128,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
    page: Page = None,
) -> None:
    """MMD, COV and 1-NNA of bodies at rest against those of the test creatures."""
    from zoetrope.evaluation.report.bodies_report import bodies_tables
    from zoetrope.evaluation.results.body_results import score_bodies
    from zoetrope.evaluation.session.loading import open_session
    from zoetrope.evaluation.session.output_files import check_output, save_page

    with progress_bar(quiet) as on_progress:
        check_output(*([page] if page else []))
        settings: dict[str, Any] = {"sets": sets, "detail": detail, "on_progress": on_progress}
        session = open_session(weights, shared, work, device.value, **settings)
        lines = bodies_tables(score_bodies(session, others or ()), session.name)
        if page:
            intro = f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {detail}."
            save_page(page, "Bodies at rest", [intro, "", *lines])
    print("\n".join(lines))


@app.command()
def engines(
    out: Annotated[Path, typer.Option(help="Folder for report.json, README.md, a picture of each engine.")],
    others: Annotated[
        list[Path] | None,
        typer.Option("--beside", help="Other weights, of any engine (repeat for more)."),
    ] = None,
    only: Rows = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the rows of the report in OUT that are not computed here.")
    ] = False,
    split: Annotated[str, typer.Option(help="by_clip or by_creature.")] = "by_clip",
    weights: Weights = None,
    shared: Shared = None,
    work: Work = WORK,
    sets: Sets = 3,
    detail: Detail = 64,
    limit: Limit = 0,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """The table of engines: metrics on the same references, costs, published rows, 16 samples of each."""
    from zoetrope.evaluation.report.engines_report import kept_rows, picture_name, save_engines
    from zoetrope.evaluation.results.engine_results import build_engines
    from zoetrope.evaluation.session.loading import open_session
    from zoetrope.evaluation.session.output_files import check_output, read_findings

    with progress_bar(quiet) as on_progress:
        written = [out / "README.md", *out.glob(picture_name("*"))]
        check_output(*written, *([] if keep else [out / "report.json"]))
        read_findings(out)
        settings: dict[str, Any] = {
            "sets": sets,
            "detail": detail,
            "limit": limit,
            "on_progress": on_progress,
        }
        session = open_session(weights, shared, work, device.value, others or (), any_engine=True, **settings)
        folders = {session.name: session.weights, **dict(zip(session.beside, others or (), strict=True))}
        kept = kept_rows(session, split, out / "report.json") if keep else {}
        report = build_engines(session, split, folders, only or ())
        save_engines(session, {**report, "engines": kept | report["engines"]}, out)
    print(out / "README.md")


@app.command()
def reconstruction(
    files: Files = None,
    creatures: Creatures = 0,
    clips: Clips = 2,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps of each shape fit; that of a clip has two thirds.")
    ] = 300,
    weights: Weights = None,
    shared: Shared = None,
    work: Work = WORK,
    detail: Annotated[int, typer.Option(help="Grid cells along the box of the reconstructed surface.")] = 256,
    quiet: Quiet = False,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """How well the fields reconstruct given creatures and clips: tokens are fitted, other points measured."""
    from zoetrope.evaluation.report.markdown_tables import reconstruction_tables
    from zoetrope.evaluation.results.reconstruction_results import FitSettings, reconstruct_groups
    from zoetrope.evaluation.session.loading import initial_tokens, open_session
    from zoetrope.evaluation.session.output_files import check_output, save_page
    from zoetrope.evaluation.session.result_cache import finite

    with progress_bar(quiet) as on_progress:
        check_output(*([page] if page else []))
        session = open_session(weights, shared, work, files=files, files_alone=True, on_progress=on_progress)
        fits = FitSettings(creatures, clips, steps, detail, initial=initial_tokens(session.weights))
        result = finite(reconstruct_groups(session, fits))
        lines = [visible(line) for line in reconstruction_tables(result)]
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
    from zoetrope.evaluation.report.gallery import exhibits, page, read_rejections, sheet
    from zoetrope.evaluation.session.output_files import check_output, tool_command, write_text
    from zoetrope.geometry.rendering import save_png

    with progress_bar(quiet) as on_progress:
        file, picture = out / "gallery.md", Path("images") / "gallery.png"
        check_output(file, out / picture)
        rejections = read_rejections(judged) if judged else None
        engine = create_engine("dnf", weights or find_weights(), device.value)
        shown = exhibits(engine, detail, on_progress)
        text = page(shown, engine, detail, tool_command(), picture.as_posix(), rejections)
        image = sheet(shown)
        write_text(file, text + "\n")  # first: a picture alone could be another's
        save_png(out / picture, image, max_colours=128)
    print(file)


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
    from zoetrope.evaluation.results.build import build_samples
    from zoetrope.evaluation.session.loading import open_session

    with progress_bar(quiet) as on_progress:
        settings: dict[str, Any] = {
            "sets": sets,
            "detail": detail,
            "limit": limit,
            "on_progress": on_progress,
        }
        check_report(out / "samples.json")
        session = open_session(weights, shared, work, device.value, **settings)
        save_report(session, build_samples(session), out / "samples.json")
    print(out / "README.md")


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Folder for report.json, README.md, report.html, pictures.")],
    files: Files = None,
    all_categories: AllCategories = False,
    creatures: Creatures = 0,
    clips: Clips = 2,
    split: Annotated[str, typer.Option(help="by_clip or by_creature; default: both.")] = "",
    weights: Weights = None,
    shared: Shared = None,
    work: Work = WORK,
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = DeviceName.AUTO,
    quiet: Quiet = False,
) -> None:
    """Everything on one page, as Markdown, HTML and JSON; takes hours, and continues where it was stopped."""
    from zoetrope.evaluation.report.markdown_report import html
    from zoetrope.evaluation.results.build import build
    from zoetrope.evaluation.results.reconstruction_results import FitSettings
    from zoetrope.evaluation.session.loading import initial_tokens, open_session
    from zoetrope.evaluation.session.output_files import write_text

    with progress_bar(quiet) as on_progress:
        settings: dict[str, Any] = {
            "sets": sets,
            "detail": detail,
            "limit": limit,
            "split": split,
            "on_progress": on_progress,
        }
        check_report(out / "report.json", "report.html")
        session = open_session(weights, shared, work, device.value, files=files, **settings)
        fits = FitSettings(creatures, clips, initial=initial_tokens(session.weights))
        page = save_report(session, build(session, fits, all_categories), out / "report.json")
        write_text(out / "report.html", html(page, "Evaluation of dnf"))
    print(out / "README.md")
