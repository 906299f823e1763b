"""How often hooks have failed: the one thing in a registry that changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Lock

__all__ = ["Failures"]


class Failures(Mapping[tuple[str, str], int]):
    """Counts of failures by (plugin, hook); safe to share between threads. A copy starts at what was counted.

    >>> failures = Failures()
    >>> failures.add("sms", "supportkit_after_event_committed")
    >>> dict(failures)
    {('sms', 'supportkit_after_event_committed'): 1}
    """

    def __init__(self, counts: Mapping[tuple[str, str], int] | None = None) -> None:
        self._counts = Counter(counts or {})
        self._lock = Lock()

    def add(self, plugin: str, hook: str) -> None:
        """Count one failure."""
        with self._lock:
            self._counts[plugin, hook] += 1

    def __getitem__(self, key: tuple[str, str]) -> int:
        """Return how often it failed; 0 for a hook that never did."""
        with self._lock:
            return self._counts[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        with self._lock:
            return iter(sorted(self._counts))

    def __len__(self) -> int:
        with self._lock:
            return len(self._counts)

    def __repr__(self) -> str:
        return f"Failures({dict(self)!r})"

    def __reduce__(self) -> tuple[type[Failures], tuple[dict[tuple[str, str], int]]]:
        return type(self), (dict(self),)
