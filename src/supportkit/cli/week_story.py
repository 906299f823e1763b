"""Telling the week: a line for what is worth a line, tables at the end, three decisions in full."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from supportkit.calendars import zone
from supportkit.cases import Case
from supportkit.cli.week_data import ZONE, Week
from supportkit.cli.week_figures import Figures
from supportkit.cli.week_run import Happening
from supportkit.desk import Desk
from supportkit.insight import Measures

__all__ = ["Story", "show_decisions", "show_figures", "show_measures"]

_LEVELS = ("urgent", "high", "normal", "none")
_STYLES = {"urgent": "bold red", "high": "yellow", "normal": "green"}
_DOINGS = {
    "new": "new case",
    "append": "writes again",
    "reopen": "is back",
    "raise_complaint": "has a wish",
    "propose_remedy": "may get something",
    "give_remedy": "gets something",
    "apologise": "is told that we are sorry",
    "ask_feedback": "is asked how it went",
    "give_feedback": "says how it went",
}
_UNHEARD = {
    "park": "kept apart, no case",
    "quarantine": "kept apart: not a participant",
    "duplicate": "seen before",
    "ignore_duplicate": "seen before",
}


class Story:
    """Prints what happens while it happens: lines worth telling, or all with `everything`."""

    def __init__(self, console: Console, week: Week, desk: Desk, *, everything: bool = False) -> None:
        self._console, self._desk, self._everything = console, desk, everything
        self._customers = {customer.id: customer.name or customer.id for customer in week.customers}
        self._agents = {agent.id: agent.name or agent.id for agent in week.agents}
        self._day: str | None = None

    def __call__(self, happening: Happening) -> None:
        """Tell one thing, under the heading of its day."""
        tell = happening.step.said.get("tell") if happening.step else None
        if tell is None and not self._everything:
            return
        local = happening.at.astimezone(zone(ZONE))
        day = f"{local:%A %d %B}"
        if day != self._day:
            self._console.print(f"\n[bold]{day}[/bold]")
            self._day = day
        self._console.print(f"  [cyan]{local:%H:%M}[/cyan]  {self._line(happening)}")
        if tell:
            self._console.print(f"         [dim]{escape(tell)}[/dim]")

    def _line(self, happening: Happening) -> str:
        if happening.case_id is None:
            return f"[magenta]{_UNHEARD.get(happening.what, happening.what)}[/magenta]"
        case = self._desk.case(happening.case_id)
        who = self._customers.get(case.customer or "", "somebody we do not know yet")
        style = _STYLES.get(case.priority or "", "")
        owner = self._agents.get(case.owner or "") or f"team {case.team}"
        doing = _DOINGS.get(happening.what, happening.what.replace("_", " "))
        what = " / ".join(part for part in (case.kind, case.category) if part)
        urgency = f"[{style}]{case.priority}[/{style}]" if style else case.priority or ""
        return f"{escape(who)}: {doing} · {what} · {urgency} · {escape(owner)}{self._due(case)}"

    def _due(self, case: Case) -> str:
        due = min((p.due for p in case.promises if p.due is not None), default=None)
        return "" if due is None else f" · promised by {due.astimezone(zone(ZONE)):%a %H:%M}"


def show_figures(console: Console, figures: Figures) -> None:
    """Print the tables of the week."""
    verdicts = Table("priority", "target", "met", "breached", title="Targets", title_justify="left")
    for priority, metric in sorted({key[:2] for key in figures.verdicts}, key=_by_level):
        met, breached = (figures.verdicts[priority, metric, how] for how in ("met", "breached"))
        verdicts.add_row(priority, metric.replace("_", " "), str(met), str(breached))
    console.print(verdicts)
    _counts(
        console,
        "Promises",
        [(how, figures.promises[how]) for how in ("kept", "broken", "superseded", "open")],
    )
    waits = Table("queue", "served", "median wait", "longest wait", title="Queues", title_justify="left")
    for queue, served, middle, longest in figures.wait_rows():
        waits.add_row(queue, str(served), span(middle), span(longest))
    console.print(waits)
    _counts(console, "Escalations", [(f"{p} → {t}", n) for (p, t), n in sorted(figures.escalations.items())])
    rest = [
        ("cases", figures.cases),
        ("contacts over the fast lane of an open case", figures.fast_lane),
        ("hand-overs from one person or team to another", figures.hand_overs),
        ("reopened", figures.reopened),
        ("acknowledgements sent", figures.acknowledged),
        *(
            (f"no acknowledgement: {reason.replace('_', ' ')}", n)
            for reason, n in sorted(figures.silent.items())
        ),
    ]
    _counts(console, "Cases", rest)


def show_measures(console: Console, measures: Measures) -> None:
    """Print what the log measures, as far as there was anything to measure."""
    table = Table("measure", "value", "of", "what it counts", title="Measures", title_justify="left")
    for row in measures.rows():
        if row.of:
            table.add_row(row.name.replace("_", " "), row.text, str(row.of), row.counts)
    console.print(table)


def _by_level(key: tuple[str, str]) -> tuple[int, str]:
    return (_LEVELS.index(key[0]) if key[0] in _LEVELS else len(_LEVELS), key[1])


def _counts(console: Console, title: str, rows: list[tuple[str, int]]) -> None:
    table = Table("what", "how many", title=title, title_justify="left")
    for name, number in rows:
        table.add_row(name, str(number))
    console.print(table)


def span(value: timedelta) -> str:
    """Write a duration in hours and minutes."""
    minutes = round(value / timedelta(minutes=1))
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def show_decisions(console: Console, desk: Desk, *, now: datetime, names: dict[str, str]) -> None:
    """Explain three decisions in full: why this priority, why this person, why due then."""
    titles = (("priority", "Why this priority"), ("person", "Why this person"), ("due", "Why due then"))
    for (attribute, title), case in zip(titles, _worth_explaining(desk, names), strict=True):
        explanation = desk.explain(case.id, now=now)
        console.print(f"\n[bold]{title}?[/bold]  {case.id}, {case.priority}")
        console.print(escape(getattr(explanation, attribute)), soft_wrap=True)


def _worth_explaining(desk: Desk, names: dict[str, str]) -> tuple[Case, Case, Case]:
    """The highest score, a choice among several people, and the first promise that was broken."""
    cases = list(desk.cases())
    named = [desk.case(case_id) for case_id in names.values()]
    return (
        max(cases, key=lambda case: (case.score or 0, case.id)),
        max(cases, key=lambda case: (_choice(desk, case), case.id)),
        max(named, key=lambda case: (case.promises_broken, case.replies, case.id)),
    )


def _choice(desk: Desk, case: Case) -> tuple[int, int]:
    """How many people routing chose among in the end, and for how many reasons others were left out."""
    assigned: list[Any] = [e.payload for e in desk.history(case.id) if e.kind == "case.assigned"]
    decision = assigned[-1].decision if assigned else None
    return (0, 0) if decision is None else (len(decision["funnel"]), decision["fitting"])
