"""Reads a pattern that `re` accepts into a small tree; what has no linear-time meaning is refused.

Every test of one character is left to `re` itself, so that classes, categories and case mean the same.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import field, frozen

__all__ = [
    "Alternatives",
    "Assertion",
    "Character",
    "Part",
    "PatternFault",
    "Repeat",
    "Sequence",
    "read_pattern",
]

_MAX_GROUPS: Final = 100
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_ASSERTIONS: Final = frozenset("AZbB")
_HEX_LENGTH: Final = {"x": 2, "u": 4, "U": 8}
_QUANTIFIER: Final = re.compile(r"[*+?]|\{(?=[0-9,])([0-9]*)(,?)([0-9]*)\}")
_CLASS: Final = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)


class PatternFault(ValueError):
    """A pattern that cannot be used; `code` is bad_pattern or unsafe_pattern."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


@frozen
class Character:
    """One character that passes a test."""

    source: str
    test: Callable[[str], object] = field(eq=False, repr=False)


@frozen
class Assertion:
    """A place between characters: ``^ $ A Z b B``."""

    kind: str


@frozen
class Sequence:
    """Parts one after the other."""

    parts: tuple[Part, ...]


@frozen
class Alternatives:
    """One of several parts."""

    options: tuple[Part, ...]


@frozen
class Repeat:
    """A part from `least` to `most` times; `most` None has no limit."""

    part: Part
    least: int
    most: int | None


Part: TypeAlias = Character | Assertion | Sequence | Alternatives | Repeat


def read_pattern(text: str, *, fold: bool) -> tuple[Part, int]:
    """Return the tree of a pattern and its flags; raises PatternFault."""
    reader = _Reader(text, re.IGNORECASE if fold else 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(text)
    except (re.error, RecursionError, OverflowError, FutureWarning) as error:
        message = f"{text!r} is no pattern: {error}"
        raise PatternFault("bad_pattern", message) from None
    return reader.run()


class _Reader:
    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags
        self._at = 0
        self._depth = 0

    def run(self) -> tuple[Part, int]:
        leading = re.match(r"\(\?([a-zA-Z]+)\)", self._text)
        if leading:
            for letter in leading[1]:
                if letter not in _FLAGS:
                    self._refuse(f"the flag {letter!r}")
                self._flags |= _FLAGS[letter]
            self._at = leading.end()
        return self._alternatives(), self._flags

    def _refuse(self, what: str) -> None:
        message = f"{what} in {self._text!r} is not read"
        raise PatternFault(
            "unsafe_pattern", message, "patterns are searched in linear time; write it without"
        )

    def _alternatives(self) -> Part:
        options = [self._sequence()]
        while self._text[self._at : self._at + 1] == "|":
            self._at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Alternatives(tuple(options))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            part = self._atom()
            if part is not None:
                parts.append(self._quantified(part))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, part: Part) -> Part:
        match = _QUANTIFIER.match(self._text, self._at)
        if match is None:
            return part
        self._at = match.end()
        following = self._text[self._at : self._at + 1]
        if following == "+":
            self._refuse("a possessive quantifier")
        self._at += following == "?"
        return Repeat(part, *_limits(match))

    def _atom(self) -> Part | None:
        character = self._text[self._at]
        if character == "(":
            return self._group()
        if character == "[":
            match = _CLASS.match(self._text, self._at)
            assert match is not None
            return self._character(match[0])
        if character == "\\":
            return self._escape()
        if character in "^$":
            self._at += 1
            return Assertion(character)
        return self._character(character)

    def _character(self, source: str, *, literal: bool = False) -> Character:
        self._at += len(source)
        plain = source if literal or len(source) > 1 or source == "." else re.escape(source)
        return Character(source, re.compile(plain, self._flags).fullmatch)

    def _escape(self) -> Part:
        letter = self._text[self._at + 1]
        if letter in _ASSERTIONS:
            self._at += 2
            return Assertion(letter)
        if letter in "123456789" and not re.match(r"\\[1-3][0-7][0-7]", self._text[self._at :]):
            self._refuse("a back reference")
        length = 2 + _HEX_LENGTH.get(letter, 0)
        if letter == "N":
            length = self._text.index("}", self._at) + 1 - self._at
        elif letter in "0123":
            octal = re.compile(r"\\[0-3]?[0-7]{0,2}").match(self._text, self._at)
            assert octal is not None
            length = len(octal[0])
        return self._character(self._text[self._at : self._at + length], literal=True)

    def _group(self) -> Part | None:
        opening = re.compile(r"\((?:\?(?::|P<\w+>|#[^)]*|))?").match(self._text, self._at)
        assert opening is not None
        if opening[0].startswith("(?#"):
            self._at = opening.end() + 1
            return None
        if opening[0] == "(?":
            self._refuse("a look-around, a conditional, an atomic group or flags of a group")
        self._at = opening.end()
        self._depth += 1
        if self._depth > _MAX_GROUPS:
            self._refuse(f"more than {_MAX_GROUPS} nested groups")
        inner = self._alternatives()
        self._depth -= 1
        self._at += 1
        return inner


def _limits(match: re.Match[str]) -> tuple[int, int | None]:
    simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if match[0] in simple:
        return simple[match[0]]
    least = int(match[1] or 0)
    if not match[2]:
        return least, least
    return least, int(match[3]) if match[3] else None
