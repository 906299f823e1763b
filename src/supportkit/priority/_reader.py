"""Reads the ``priority`` section: what it needs beyond what all sections need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from supportkit.priority.levels import Levels
from supportkit.priority.points import Points, exact
from supportkit.rules import KeywordSet, Schema, SectionReader

__all__ = ["Reader"]

_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?")


class Reader(SectionReader):
    """Gathers faults while the section is read; owned by one call of `from_dict`.

    `levels` are there once they were read, None when they are at fault; `calendars` are the document's.
    """

    levels: Levels | None = None

    def __init__(
        self,
        *,
        schema: Schema | None,
        keywords: Mapping[str, KeywordSet],
        calendars: Mapping[str, Any],
    ) -> None:
        super().__init__(schema=schema, keywords=keywords)
        self.calendars = calendars

    def number(self, value: Any, path: str) -> Points | None:
        """Return the number, exactly."""
        text = value.strip() if isinstance(value, str) else ""
        if isinstance(value, str) and not _NUMBER.fullmatch(text):
            self.fault("bad_value", path, f"{value!r} is no number", "write it like 40 or 0.5")
            return None
        return self.built(lambda: exact(Decimal(text) if text else value, name=path.rpartition(".")[2]), path)

    def numbers(self, value: Any, path: str) -> dict[str, Points]:
        """Return a mapping of names to numbers."""
        read = {key: self.number(item, f"{path}.{key}") for key, item in self.mapping(value, path).items()}
        return {key: number for key, number in read.items() if number is not None}
