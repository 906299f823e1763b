"""Searches a pattern in time linear in the text: an automaton whose states are built as they are met.

After Thompson (1968) and the lazily built deterministic automata of grep; assertions are settled when the
next character is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import Factory, frozen

from supportkit.rules._pattern_syntax import (
    Alternatives,
    Assertion,
    Character,
    Part,
    PatternFault,
    Repeat,
    Sequence,
)

__all__ = ["Automaton"]

_MAX_STATES: Final = 2000
_MAX_CACHED: Final = 20_000
_END: Final = ""
_LAST_LINE: Final = "\n$"
"""A line feed that ends the text: `$` holds before it too."""


@frozen(eq=False)
class _State:
    """Where the automaton may be, and the character read last; `after` caches the next states."""

    places: frozenset[int]
    before: str
    after: dict[str, _State | None] = Factory(dict)


class Automaton:
    """A compiled pattern. Raises PatternFault when it would need too many states."""

    def __init__(self, pattern: Part, *, multiline: bool) -> None:
        self._steps: list[tuple[Callable[[str], object], int] | None] = []
        self._asserts: list[str | None] = []
        self._free: list[list[int]] = []
        self._multiline = multiline
        self._accept = self._place()
        self._start = self._build(pattern, self._accept)
        self._states: dict[tuple[frozenset[int], str], _State] = {}
        self._cached = 0

    def found(self, text: str) -> bool:
        """Tell whether the pattern matches anywhere in the text."""
        state = self._state(frozenset(), _END)
        body, tail = (text[:-1], [_LAST_LINE, _END]) if text.endswith("\n") else (text, [_END])
        for character in body:
            try:
                following = state.after[character]
            except KeyError:
                following = self._advance(state, character)
            if following is None:
                return True
            state = following
        for character in tail:
            step = self._advance(state, character)
            if step is None:
                return True
            state = step
        return False

    # -- building ------------------------------------------------------------------------------------------

    def _place(self) -> int:
        if len(self._free) >= _MAX_STATES:
            message = f"the pattern needs more than {_MAX_STATES} states"
            raise PatternFault("unsafe_pattern", message, "repeat fewer times")
        self._steps.append(None)
        self._asserts.append(None)
        self._free.append([])
        return len(self._free) - 1

    def _build(self, part: Part, then: int) -> int:
        """Add the places of a part that goes on at `then`; return where it begins."""
        if isinstance(part, Sequence):
            for each in reversed(part.parts):
                then = self._build(each, then)
            return then
        if isinstance(part, Repeat):
            return self._repeat(part, then)
        place = self._place()
        if isinstance(part, Alternatives):
            self._free[place] = [self._build(option, then) for option in part.options]
        elif isinstance(part, Character):
            self._steps[place] = (part.test, then)
        else:
            assert isinstance(part, Assertion)
            self._asserts[place] = part.kind
            self._free[place] = [then]
        return place

    def _repeat(self, part: Repeat, then: int) -> int:
        if part.most is None:
            loop = self._place()
            self._free[loop] = [self._build(part.part, loop), then]
            then = loop
        else:
            last = then
            for _ in range(part.most - part.least):
                optional = self._place()
                self._free[optional] = [self._build(part.part, then), last]
                then = optional
        for _ in range(part.least):
            then = self._build(part.part, then)
        return then

    # -- running -------------------------------------------------------------------------------------------

    def _advance(self, state: _State, character: str) -> _State | None:
        """Return the state after the character, or None when the pattern matched before it."""
        places = self._reached(state, character)
        following = None
        if self._accept not in places:
            symbol = character[:1]
            steps = (self._steps[place] for place in places)
            moved = frozenset(step[1] for step in steps if step is not None and symbol and step[0](symbol))
            following = self._state(moved, _class(symbol))
        if self._cached >= _MAX_CACHED:
            self._states, self._cached = {}, 0
            return following
        state.after[character] = following
        self._cached += 1
        return following

    def _state(self, places: frozenset[int], before: str) -> _State:
        key = (places, before)
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(places, before)
            self._cached += 1
        return state

    def _reached(self, state: _State, following: str) -> set[int]:
        waiting, reached = [*state.places, self._start], set[int]()
        while waiting:
            place = waiting.pop()
            if place in reached:
                continue
            reached.add(place)
            kind = self._asserts[place]
            if kind is None or self._holds(kind, state.before, following):
                waiting.extend(self._free[place])
        return reached

    def _holds(self, kind: str, before: str, following: str) -> bool:
        if kind in {"A", "^"}:
            return before == _END or (kind == "^" and self._multiline and before == "\n")
        if kind == "Z":
            return following == _END
        if kind == "$":
            return following in {_END, _LAST_LINE} or (self._multiline and following == "\n")
        boundary = (before == "w") is not (_class(following[:1]) == "w")
        return boundary if kind == "b" else not boundary


def _class(character: str) -> str:
    """Return what assertions need to know of a character: nothing, a line feed, a word character, another."""
    if character in {"", "\n"}:
        return character
    return "w" if character.isalnum() or character == "_" else "x"
