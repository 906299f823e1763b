"""The demo: a week through one desk on a SQLite file, told, counted and explained."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.panel import Panel

from supportkit.channels import EmailChannel, FolderTransport, ManualChannel, WebFormChannel
from supportkit.cli.week_data import Week, load_week
from supportkit.cli.week_figures import count
from supportkit.cli.week_run import WeekRun
from supportkit.cli.week_story import Story, show_decisions, show_figures, show_measures
from supportkit.desk import Agents, Customers, Desk
from supportkit.storage import SqliteStore

__all__ = ["run_demo", "week_desk"]


def week_desk(week: Week, database: Path) -> Desk:
    """Return the desk of the demo: its policy, people and channels, on a SQLite file."""
    outgoing = database.with_suffix(".outgoing")
    outgoing.mkdir(parents=True, exist_ok=True)
    return Desk(
        week.policy,
        name="week",
        store=SqliteStore(database),
        channels=[
            EmailChannel(FolderTransport(outgoing), address="support@larkwood.example"),
            WebFormChannel(answers=("order", "wants"), region="GB"),
            ManualChannel(region="GB"),
        ],
        customers=Customers(week.customers),
        agents=Agents(week.agents),
    )


def run_demo(database: Path, *, console: Console, everything: bool = False) -> None:
    """Run the week, or go on with it when the database holds the beginning; then show what it came to."""
    started = perf_counter()
    week = load_week()
    desk = week_desk(week, database)
    intro = (
        f"{len(week.customers)} customers, {len(week.agents)} agents on shifts, one policy: "
        f"{sum(step.do == 'receive' for step in week.steps)} contacts arrive by mail, web form, phone, "
        "counter, letter and social network."
    )
    console.print(Panel(intro, title="A week at a desk", title_align="left"))
    run = WeekRun(week, desk, tell=Story(console, week, desk, everything=everything))
    run.run()
    console.print("\n[bold]What it came to[/bold]")
    show_figures(console, count(desk.history(case.id) for case in desk.cases()))
    show_measures(console, desk.measures(now=week.steps[-1].at))
    console.print("\n[bold]Three decisions, in full[/bold]")
    show_decisions(console, desk, now=week.steps[-1].at, names=run.names)
    _what_next(console, desk, database, perf_counter() - started)


def _what_next(console: Console, desk: Desk, database: Path, seconds: float) -> None:
    case = next(iter(desk.cases())).id
    lines = (
        f"The week took {seconds:.0f} seconds. Its database is {database}",
        f"What went out lies as mail in {database.with_suffix('.outgoing')}",
        "",
        "Try next:",
        f"  supportkit explain {database} {case}",
        f"  supportkit demo --database {database}",
        "      goes on where it was: nothing happens twice",
        "  supportkit check support.yaml",
        "      your own policy, with everything that is wrong with it",
    )
    console.print("\n" + "\n".join(lines), soft_wrap=True, highlight=False)
