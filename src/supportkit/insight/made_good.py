"""Whether a complaint was made good, as far as the customer told."""

from __future__ import annotations

from supportkit.insight.record import Record

__all__ = ["made_good"]


def made_good(record: Record, *, satisfied: int) -> bool | None:
    """Return whether a complaint was made good: True, False, or None while nobody can say.

    True when the customer was satisfied with the solution that stands, False when they were not or the case
    had to be opened again and is not solved since. None without a complaint, and as long as nobody told.
    """
    if record.complained_at is None or record.case.status == "merged":
        return None
    answer = record.answer_to
    if answer is not None and answer.score is not None:
        return answer.score >= satisfied
    return False if record.reopened and record.case.is_open else None
