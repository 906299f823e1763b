"""Open spans, and the ledger that says of every span why it counts or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from attrs import field, frozen

__all__ = ["Ledger", "Line", "Reason", "Span"]

Reason = Literal["open", "hours", "holiday", "break", "special", "closure", "paused"]


@frozen
class Span:
    """A half-open stretch of time [start, end)."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """The time that passes from start to end, whatever the clocks on the wall do meanwhile."""
        return _passed(self.start, self.end)


@frozen
class Line:
    """One line of a ledger: [start, end), whether it counts, and why (not).

    `reason` is ``open``, or what closed it: ``hours`` (outside the weekly hours), ``special`` (outside
    the special hours of the date), ``break``, ``holiday``, ``closure``, or ``paused``. `name` is the
    name of the holiday or what paused the clock, where there is one.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: Reason
    name: str | None = None

    @property
    def duration(self) -> timedelta:
        """The time that passes from start to end."""
        return _passed(self.start, self.end)


@frozen
class Ledger:
    """A stretch of time cut into lines without gap or overlap; ``str()`` renders it as a table."""

    lines: tuple[Line, ...] = field(default=(), converter=tuple[Line, ...])

    @property
    def counted(self) -> timedelta:
        """The sum of the lines that count."""
        return sum((line.duration for line in self.lines if line.counted), timedelta(0))

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __str__(self) -> str:
        rows = [("from", "to", "counted", "reason"), *(_cells(line) for line in self.lines)]
        rows.append(("total", "", str(self.counted), ""))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(_row(row, widths) for row in rows)


def _passed(start: datetime, end: datetime) -> timedelta:
    # Python subtracts wall clocks when both have one zone, which is wrong across a clock change.
    offsets = (start.utcoffset() or timedelta(0)) - (end.utcoffset() or timedelta(0))
    return end.replace(tzinfo=None) - start.replace(tzinfo=None) + offsets


def _cells(line: Line) -> tuple[str, str, str, str]:
    reason = f"{line.reason}: {line.name}" if line.name else line.reason
    counted = str(line.duration) if line.counted else "-"
    return f"{line.start:%a} {line.start}", f"{line.end:%a} {line.end}", counted, reason


def _row(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
