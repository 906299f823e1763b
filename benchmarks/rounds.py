"""Contenders run in turns, several rounds, so that a noisy machine is noisy for all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from statistics import median

from attrs import frozen


@frozen
class Contender:
    """Something to be timed: `prepare` is not timed and returns what is, `pieces` is what one run gets done.

    `beside` names the contender that it is compared with, `budget` says what the ratio should be.
    """

    name: str
    pieces: int
    prepare: Callable[[], Callable[[], object]]
    beside: str | None = None
    budget: str = ""


@frozen
class Table:
    """What one kind of work costs; `clock` says which time the ratios are made of, cpu or wall."""

    title: str
    unit: str
    clock: str
    rows: list[dict]
    note: str = ""


def ready(run: Callable[[], object]) -> Callable[[], Callable[[], object]]:
    """Return the `prepare` of work that needs no preparation."""
    return lambda: run


def timed(contenders: Iterable[Contender], *, rounds: int) -> dict[str, dict]:
    """Return for each contender the medians of wall and processor time a piece, in seconds."""
    contenders = list(contenders)
    taken: dict[str, list[tuple[float, float]]] = {each.name: [] for each in contenders}
    for _ in range(rounds):
        for each in contenders:
            taken[each.name].append(_once(each))
    return {
        name: {
            clock: median(times[place] for times in all_times) for place, clock in enumerate(("wall", "cpu"))
        }
        for name, all_times in taken.items()
    }


def _once(contender: Contender) -> tuple[float, float]:
    run = contender.prepare()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return wall / contender.pieces, cpu / contender.pieces


def compared(
    title: str,
    contenders: Iterable[Contender],
    *,
    unit: str,
    rounds: int,
    clock: str = "cpu",
    note: str = "",
) -> Table:
    """Time the contenders and return them as rows; a ratio of 2 is twice as quick as the one beside it."""
    contenders = list(contenders)
    times = timed(contenders, rounds=rounds)
    rows = [
        {
            "name": each.name,
            "wall_s": times[each.name]["wall"],
            "cpu_s": times[each.name]["cpu"],
            "per_second": 1 / times[each.name][clock],
            "beside": each.beside,
            "ratio": times[each.beside][clock] / times[each.name][clock] if each.beside else None,
            "budget": each.budget,
        }
        for each in contenders
    ]
    return Table(title, unit, clock, rows, note)


def must_agree(answers: dict[str, object]) -> None:
    """Stop when two contenders give different answers: a race between different things says nothing."""
    (first, expected), *others = answers.items()
    for name, answer in others:
        if answer != expected:
            raise SystemExit(f"{name!r} and {first!r} give different answers; the figures would mean nothing")
