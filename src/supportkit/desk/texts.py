"""Stored texts that a decision needs to see, as far as they are still kept."""

from __future__ import annotations

from collections.abc import Iterable

from supportkit.desk.case_file import CaseFile
from supportkit.ports import Body, CaseRow, Reader

__all__ = ["latest_contact", "read_texts"]


def read_texts(reader: Reader, refs: Iterable[str | None]) -> dict[str, Body]:
    """Return texts by their references, each once; what was erased, and None, is left out."""
    return {ref: body for ref in dict.fromkeys(refs) if ref and (body := reader.body(ref)) is not None}


def latest_contact(reader: Reader, row: CaseRow) -> dict[str, Body]:
    """Read a case's latest contact, which says how its customer can be answered."""
    return read_texts(reader, (CaseFile.from_bytes(row.snapshot).contact,))
