"""Reads the ``routing`` section: what it needs beyond what all sections need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from supportkit.cases.durations import read_duration
from supportkit.rules import SectionReader

__all__ = ["Reader"]

_WHOLE = re.compile(r"\d{1,9}")


class Reader(SectionReader):
    """Gathers faults while the section is read; owned by one call of `from_dict`."""

    def choice(self, value: Any, path: str, choices: Iterable[str]) -> Any:
        """Return one of the choices."""
        if value in tuple(choices):
            return value
        self.unknown("bad_value", "choice", value, choices, path)
        return None

    def duration(self, value: Any, path: str) -> timedelta | None:
        """Return a duration such as ``2 minutes``."""
        return self.built(lambda: read_duration(value), path)

    def texts(self, value: Any, path: str) -> list[str]:
        """Return a list of texts; one text alone is a list of one."""
        items = [(path, value)] if isinstance(value, str) else self.items(value, path)
        return [text for place, item in items if (text := self.text(item, place)) is not None]

    def whole(self, value: Any, path: str) -> int | None:
        """Return a whole number of 0 or more."""
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.fault("bad_value", path, f"{value!r} is no whole number of 0 or more")
        return None
