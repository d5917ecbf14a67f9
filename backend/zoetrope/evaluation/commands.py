"""`zoetrope evaluate`: how good is a generator?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from zoetrope.engines import create_engine, find_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.page_tool import save_page, tool_command

app = typer.Typer(help="Measure how good a generator is.", no_args_is_help=True)
errors = Console(stderr=True, soft_wrap=True, highlight=False)

Weights = Annotated[
    Path | None, typer.Option(help="Folder of the weights; the shipped ones where not given.")
]
Shared = Annotated[
    Path | None, typer.Option(help="Folder of the labelled creatures; beside the repository where not given.")
]
Tokens = Annotated[
    Path | None,
    typer.Option(
        help="tokens.npz of the run that made the weights: for the rows mean shape and gaussian. "
        "Where not given: beside the weights' folder, if there."
    ),
]
Latents = Annotated[
    Path | None,
    typer.Option(
        help="Weights whose diffusions were trained on latents alone (recipe: latent_only = true), for the "
        "row latent only. Where not given: the engine's own draws with the codes at their mean."
    ),
]
Work = Annotated[Path, typer.Option(help="Folder that keeps what is done; the same command goes on from it.")]
Sets = Annotated[int, typer.Option(min=1, help="Independent sets that are drawn.")]
Detail = Annotated[int, typer.Option(help="Grid cells along the box of the drawn creatures.")]
Limit = Annotated[int, typer.Option(min=0, help="At most so many references; 0: all. For a quick look.")]
Device = Annotated[str, typer.Option(help="Where the work runs: auto, cpu, cuda or mps.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]
TablesPage = Annotated[Path | None, typer.Option(help="Markdown file for the tables, beside printing them.")]


class Steps:
    """A progress bar that shows the step which is at work."""

    def __init__(self, quiet: bool) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=errors, disable=quiet
        )
        self.task = self.bar.add_task("", total=1)

    def __call__(self, name: str, step: int, total: int) -> None:
        self.bar.update(self.task, description=name, completed=step, total=total)


@contextmanager
def at_work(quiet: bool, interrupted: str = "run the same command again to go on.") -> Iterator[Steps]:
    """A progress bar; an error ends the command with one sentence and status 1, Ctrl-C with status 130."""
    steps = Steps(quiet)
    try:
        with steps.bar:
            yield steps
    except ZoetropeError as error:
        errors.print(f"[red]Error:[/] {error}")
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        errors.print(f"Interrupted: {interrupted}")
        raise typer.Exit(130) from None


def findings(out: Path) -> str:
    """What whoever read the numbers wrote into the page's folder; it stands before the tables."""
    told = out / "findings.md"
    return told.read_text(encoding="utf-8") if told.exists() else ""


def save_report(session: Any, made: dict[str, Any], file: Path, page: str) -> None:
    """Write a report's numbers, its page README.md and the pictures on it into the file's folder."""
    from zoetrope.evaluation.sheets import save_sheets
    from zoetrope.evaluation.store import write_json

    write_json(file, made)
    save_sheets(session, made["engines"][made["engine"]]["novelty"]["nearest"], file.parent)
    file.with_name("README.md").write_text(page, encoding="utf-8")


@app.command()
def generation(
    split: Annotated[str, typer.Option(help="by_clip or by_creature.")] = "by_creature",
    every: Annotated[
        bool, typer.Option("--all-categories", help="Bounding rows alone, over clips of all categories.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--row", help="A row that is wanted (again for more); none: all.")
    ] = None,
    weights: Weights = None,
    tokens: Tokens = None,
    latents: Latents = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            help="Folder of other weights, for a row of their own; all rows are then of the categories that "
            "both draw."
        ),
    ] = None,
    outer: Annotated[
        bool,
        typer.Option(
            "--outer",
            help="Points of real clips on outer surfaces alone, not on faces that files hide inside.",
        ),
    ] = False,
    shared: Shared = None,
    work: Work = Path("runs/evaluation"),
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    page: TablesPage = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON on stdout.")] = False,
) -> None:
    """MMD, COV and 1-NNA against the test part of a frozen split, with bounding rows."""
    from zoetrope.engines.bundle import read_description
    from zoetrope.evaluation.generation_table import table
    from zoetrope.evaluation.leaks import met_among
    from zoetrope.evaluation.opening import open_session
    from zoetrope.evaluation.report_pages import SPLITS
    from zoetrope.evaluation.report_tables import GENERATION, generation_section

    with at_work(quiet) as steps:
        session, description = open_session(
            weights, shared, tokens, work, sets, detail, limit, device, latents, beside=beside
        )
        session.on_step, session.outer = steps, outer
        test = session.items(split, "test", every)
        met = met_among(session.library, split, test, description["training"])
        if beside:
            met_among(session.library, split, test, read_description(beside).training)
        scored = {name: part["result"] for name, part in table(session, split, every, only or ()).items()}
        lines = generation_section(scored, session.name, met)
        if page:
            told = f"Weights `{session.engine.info().weights_checksum[:16]}`, detail {detail}."
            if session.beside:
                other = session.engines[session.beside].info().weights_checksum[:16]
                told += f" {session.beside}: weights `{other}`. Of both: {', '.join(session.categories)}."
            told += " Real clips by their outer surfaces alone." * outer
            save_page(page, SPLITS[split], [told, "", GENERATION, "", *lines])
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
    work: Work = Path("runs/evaluation"),
    detail: Annotated[int, typer.Option(help="Grid cells along the box of the rebuilt surface.")] = 256,
    quiet: Quiet = False,
    page: TablesPage = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON on stdout.")] = False,
) -> None:
    """How well the fields can say given creatures and clips: fitted tokens, held-out points."""
    from zoetrope.evaluation.opening import open_session, tokens_of
    from zoetrope.evaluation.reconstruction_table import folder_jobs, jobs_of, starts_of, table
    from zoetrope.evaluation.report_tables import reconstruction_rows
    from zoetrope.evaluation.store import finite
    from zoetrope.training.known import load_tokens

    with at_work(quiet) as on_step:
        session, description = open_session(weights, shared, tokens, work, 1, 128, 0, "cpu")
        session.on_step = on_step
        path = tokens_of(session.weights, tokens)
        starts = starts_of(load_tokens(path) if path else None)
        groups = (
            {folder.name: folder_jobs(folder, clips)}
            if folder
            else jobs_of(session, description["training"], creatures, clips)
        )
        made = finite(table(session, session.weights, groups, starts, detail, steps))
        lines = reconstruction_rows(made)
        if page:
            checksum = session.engine.info().weights_checksum[:16]
            told = f"Weights `{checksum}`, detail {detail}, {steps} steps a shape."
            save_page(page, "Creatures fitted into the fields", [told, "", *lines])
    print(json.dumps(made) if as_json else "\n".join(lines))


@app.command()
def ablation(
    data: Annotated[Path, typer.Option(help="Folder of `zoetrope prepare`.")],
    recipe: Annotated[str, typer.Option(help="Recipe: a shipped name or a .toml file.")] = "first",
    seconds: Annotated[
        float, typer.Option(min=1.0, help="Seconds of each variant, pre-training included.")
    ] = 300,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds.")] = 2,
    only: Annotated[
        list[str] | None,
        typer.Option("--variant", help="A variant that is wanted (again for more); none: all."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Every so many-th creature alone.")] = 1,
    augmented: Annotated[bool, typer.Option(help="Augmented bodies too, or a creature's own alone.")] = True,
    work: Work = Path("runs/evaluation"),
    quiet: Quiet = False,
    page: TablesPage = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON on stdout.")] = False,
) -> None:
    """What the dictionary is worth: DNF's ablation at equal seconds, on samples held out from training."""
    from zoetrope.evaluation.ablation import ablate, chosen
    from zoetrope.evaluation.report_tables import ablation_rows
    from zoetrope.evaluation.store import Store
    from zoetrope.training.data import load_prepared
    from zoetrope.training.recipe import load_recipe

    with at_work(quiet, "seeds that are done are kept.") as steps:
        asked, variants = load_recipe(recipe), chosen(only or ())
        prepared = load_prepared(data, motion=False, every=every, augmented=augmented)
        store = Store(work, tool_command())
        made = []
        for seed in range(seeds):
            steps(f"ablation, seed {seed}", seed, seeds)
            key = {
                "recipe": msgspec.to_builtins(asked),
                "seconds": seconds,
                "seed": seed,
                "variants": [variant.name for variant in variants],
                "bodies": len(prepared.bodies),
            }
            name = f"ablation/{asked.name}-{seed}"
            part = store.part(name, key, partial(ablate, asked, prepared, seconds, seed, variants))
            made.append(part["result"])
        lines = ablation_rows(made)
        if page:
            told = (
                f"Recipe {asked.name}, {len(prepared.bodies)} bodies of {len(prepared.creatures)} creatures, "
                f"{seconds:g} seconds a variant, pre-training included; mean error of the distance at "
                "held-out samples near the surface, box units."
            )
            save_page(page, "What the dictionary is worth", [told, "", *lines])
    print(json.dumps(made) if as_json else "\n".join(lines))


@app.command()
def gallery(
    out: Annotated[Path, typer.Option(help="Folder for gallery.md and images/gallery.png.")],
    judged: Annotated[
        Path | None,
        typer.Option(help='Lines of "seed: reason" for creatures that somebody who looked would not keep.'),
    ] = None,
    weights: Weights = None,
    detail: Detail = 128,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Seeds 0 to 63 over all categories and actions, none skipped, on one picture with what fails."""
    from zoetrope.evaluation.gallery import exhibits, page, read_judgement, sheet
    from zoetrope.evaluation.render import save_png
    from zoetrope.whole_file import whole_file

    with at_work(quiet) as steps:
        reasons = read_judgement(judged) if judged else None
        engine = create_engine("dnf", weights or find_weights(), device)
        shown = exhibits(engine, detail, steps)
        picture = Path("images") / "gallery.png"
        save_png(out / picture, sheet(shown), colours=128)
        command = tool_command()
        with whole_file(out / "gallery.md") as part:
            text = page(shown, engine, detail, command, picture.as_posix(), reasons)
            part.write_text(text + "\n", encoding="utf-8")
    print(out / "gallery.md")


@app.command()
def drawn(
    out: Annotated[Path, typer.Option(help="Folder for drawn.json, README.md and its pictures.")],
    weights: Weights = None,
    shared: Shared = None,
    work: Work = Path("runs/evaluation"),
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Clean bodies, quality of motion and novelty of the report, without its rows and fits: an hour."""
    from zoetrope.evaluation.opening import open_session
    from zoetrope.evaluation.report import build_drawn
    from zoetrope.evaluation.report_pages import drawn_markdown

    with at_work(quiet) as steps:
        session, description = open_session(weights, shared, None, work, sets, detail, limit, device)
        session.on_step = steps
        made = build_drawn(session, description)
        save_report(session, made, out / "drawn.json", drawn_markdown(made, findings(out)))
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
    fit_detail: Annotated[int, typer.Option(help="Grid cells along the box of rebuilt surfaces.")] = 256,
    split: Annotated[str, typer.Option(help="by_clip or by_creature alone; both where not given.")] = "",
    weights: Weights = None,
    tokens: Tokens = None,
    latents: Latents = None,
    shared: Shared = None,
    work: Work = Path("runs/evaluation"),
    sets: Sets = 5,
    detail: Detail = 128,
    limit: Limit = 0,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """All of it on one page, as Markdown, HTML and JSON; may take hours, and goes on where it was stopped."""
    from zoetrope.evaluation.opening import open_session, tokens_of
    from zoetrope.evaluation.reconstruction_table import starts_of
    from zoetrope.evaluation.report import Fits, build
    from zoetrope.evaluation.report_pages import html, markdown
    from zoetrope.training.known import load_tokens

    with at_work(quiet) as steps:
        session, description = open_session(
            weights, shared, tokens, work, sets, detail, limit, device, latents, files, split
        )
        session.on_step = steps
        path = tokens_of(session.weights, tokens)
        starts = starts_of(load_tokens(path) if path else None)
        made = build(session, description, Fits(creatures, clips, 300, fit_detail, starts), every)
        page = markdown(made, findings(out))
        save_report(session, made, out / "report.json", page)
        (out / "report.html").write_text(html(page, "Evaluation of dnf"), encoding="utf-8")
    print(out / "README.md")
