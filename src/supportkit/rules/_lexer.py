"""Screens the text form before Python's parser sees it: bounded, balanced, nothing but what we read.

`screened` returns the same text on one line (line breaks and comments blanked), so that an offset in it is
an offset in the original.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Final, NoReturn
from unicodedata import normalize

from supportkit.rules._lowering import Lowering, Place

__all__ = ["MAX_LENGTH", "Source", "screened"]

MAX_LENGTH: Final = 131_072
"""Code points of one condition."""

_MAX_BRACKETS: Final = 200
_MAX_RUN: Final = 210
_MAX_TRAILERS: Final = 64

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n\f]+)
    |(?P<comment>\#[^\r\n]*)
    |(?P<string>(?P<prefix>[^\W\d]\w{0,2})?(?P<quote>"|')(?:(?!(?P=quote))[^\\\r\n]|\\[^\r\n])*(?P=quote))
    |(?P<name>[^\W\d]\w*)
    |(?P<number>(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)
    |(?P<sign><=|>=|==|!=|:=|\*\*|//|<<|>>|->|&&|\|\||[-+*/%@&|^~<>()\[\]{}.,:=!;\\$?`])""",
    re.VERBOSE,
)
_BAD_ESCAPE: Final = re.compile(r"""\\(?:[^\\'"abfnrtvxuUN0-7]|[4-7][0-7][0-7])""")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_ALLOWED: Final = frozenset("<= >= == != < > ( ) [ ] { } . , : -".split())
_ARITHMETIC: Final = "there is no arithmetic in conditions; let the host compute a field"
_REFUSED_SIGNS: Final = {
    "=": "write == to compare",
    ":=": "conditions assign nothing",
    "&": "write `and`",
    "&&": "write `and`",
    "|": "write `or`",
    "||": "write `or`",
    "~": "write `not`",
    "!": "write `not`, or != to compare",
    **dict.fromkeys("+ * / % @ ^ ** // << >>".split(), _ARITHMETIC),
}
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "is", "for"})
_REFUSED_NAMES: Final = {
    "lambda": "conditions define no functions",
    "if": "a generator in some, every or count has no `if`; put the test before `for`",
    "else": "conditions have no branches; combine with and, or, not",
    "await": "conditions wait for nothing",
    "yield": "conditions yield nothing",
    "async": "conditions wait for nothing",
}


class Lines:
    """Turns offsets of a text into places; a line ends at a line feed."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        """Return line and column, both from 1, in code points."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


class Source:
    """A screened text, and where its offsets lie in the original."""

    def __init__(self, lines: Lines, line: str) -> None:
        self.line = line
        self.lead = len(line) - len(line.lstrip(" "))
        self._lines = lines
        widths = () if line.isascii() else (len(each.encode()) for each in line.lstrip(" "))
        self._ends = list(accumulate(widths))

    @property
    def code(self) -> str:
        """What Python's parser reads."""
        return self.line.strip(" ")

    def offset(self, column: int) -> int:
        """Turn a column of Python's parser (bytes of `code`) into an offset of the original."""
        if self._ends:
            column = bisect_right(self._ends, column)
        return column + self.lead

    def place(self, offset: int) -> Place:
        """Return line and column of an offset of the original."""
        return self._lines.place(offset)


def screened(text: str, lowering: Lowering) -> Source:
    """Return the text ready to be parsed; raises ExpressionError for what can never be."""
    if len(text) > MAX_LENGTH:
        lowering.fault(
            "too_long", Place(1, 1), f"the text has {len(text)} characters", f"{MAX_LENGTH} are read"
        )
        lowering.stop()
    if any("\ud800" <= character <= "\udfff" for character in text):
        lowering.fault("syntax", Place(1, 1), "the text holds half a character (a lone surrogate)")
        lowering.stop()
    lines = Lines(text)
    line = _Scan(text, lines, lowering).run()
    if not line.strip(" "):
        lowering.fault(
            "syntax", Place(1, 1), "the condition is empty", "write True for one that always holds"
        )
    if lowering.faults:
        lowering.stop()
    return Source(lines, line)


class _Scan:
    def __init__(self, text: str, lines: Lines, lowering: Lowering) -> None:
        self._text = text
        self._lines = lines
        self._lowering = lowering
        self._closing: list[str] = []
        self._run = 0
        self._trailers = [0]
        self._previous = ""

    def run(self) -> str:
        text, parts, position = self._text, [], 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                parts.append(" ")
                position = self._unknown(position)
                continue
            kind, token = match.lastgroup or "", match[0]
            kind = "string" if match["string"] is not None else kind
            if kind in {"space", "comment"}:
                token = " " * len(token)
            else:
                self._token(kind, match)
                self._previous = match["sign"] or ("keyword" if token in _KEYWORDS else kind)
            parts.append(token)
            position = match.end()
        return "".join(parts)

    def _token(self, kind: str, match: re.Match[str]) -> None:
        position, token = match.start(), match[0]
        if kind == "string":
            self._string(match)
        elif kind == "name":
            self._name(token, position)
        elif kind == "number":
            after = self._text[match.end() : match.end() + 1]
            if after.isalnum() or after in {"_", "."}:
                self._fault(position, f"{token + after!r} is no number", "write numbers like 10, 0.5 or 1e3")
        else:
            self._sign(token, position)
        self._count_run(token, position)

    def _count_run(self, token: str, position: int) -> None:
        self._run = self._run + 1 if token in {"not", "-"} else 0
        if self._run > _MAX_RUN:
            self._stop(position, f"more than {_MAX_RUN} operators in a row")

    def _string(self, match: re.Match[str]) -> None:
        position, prefix = match.start(), (match["prefix"] or "").lower()
        if "f" in prefix:
            self._fault(position, "f-strings are not read", "compare with a field or a plain text")
        elif prefix not in {"", "r"}:
            self._fault(position, f"texts have no prefix {match['prefix']!r}", 'write "..." or r"..."')
        if (
            match[0][len(prefix) :] in {'""', "''"}
            and self._text[match.end() : match.end() + 1] == match["quote"]
        ):
            self._stop(position, "triple quotes are not read", 'write "..." on one line')
        if self._previous == "string":
            self._fault(position, "two texts stand side by side", "a comma is missing")
        bad = None if prefix == "r" else _BAD_ESCAPE.search(match[0].replace("\\\\", "__"))
        if bad is not None:
            hint = r'write \\ for a backslash, or r"..." for a pattern'
            self._fault(position + bad.start(), f"unknown escape {bad[0]!r} in a text", hint)

    def _name(self, name: str, position: int) -> None:
        if name in _KEYWORDS:
            self._trailers[-1] = 0
        elif name in _REFUSED_NAMES:
            self._fault(position, f"`{name}` is not read", _REFUSED_NAMES[name])
        elif not name.isascii() and normalize("NFKC", name) != name:
            hint = f"write {normalize('NFKC', name)!r}, or the path in quotes: fact[...]"
            self._fault(position, f"Python would read the name {name!r} as another one", hint)

    def _sign(self, sign: str, position: int) -> None:
        if sign in _OPENING:
            self._open(sign, position)
        elif sign in _OPENING.values():
            self._close(sign, position)
        elif sign == ".":
            self._trailer(position)
        elif sign == "-":
            self._minus(position)
        elif sign not in _ALLOWED:
            self._fault(position, f"`{sign}` is not read", _REFUSED_SIGNS.get(sign))
        if sign not in {".", "(", ")", "[", "]"}:
            self._trailers[-1] = 0

    def _open(self, sign: str, position: int) -> None:
        if self._previous in {"name", "string", ")", "]", "}"}:
            self._trailer(position)
        self._closing.append(_OPENING[sign])
        self._trailers.append(0)
        if len(self._closing) > _MAX_BRACKETS:
            self._stop(position, f"brackets nest deeper than {_MAX_BRACKETS}", "split the condition")

    def _close(self, sign: str, position: int) -> None:
        if not self._closing or self._closing.pop() != sign:
            self._stop(position, f"`{sign}` closes nothing", code="syntax")
        self._trailers.pop()

    def _trailer(self, position: int) -> None:
        self._trailers[-1] += 1
        if self._trailers[-1] > _MAX_TRAILERS:
            self._stop(position, f"a path has more than {_MAX_TRAILERS} steps")

    def _minus(self, position: int) -> None:
        if self._previous in {"name", "number", "string", ")", "]", "}"}:
            self._fault(position, "`-` is not read here", _ARITHMETIC)

    def _unknown(self, position: int) -> int:
        character = self._text[position]
        if character in "\"'":
            self._stop(position, "a text is not closed on its line", "close the quote", code="syntax")
        hint = "write a plain space" if character.isspace() else None
        self._fault(position, f"the character {character!r} is not read", hint)
        return position + 1

    def _fault(
        self, position: int, message: str, hint: str | None = None, *, code: str = "unsupported"
    ) -> None:
        self._lowering.fault(code, self._lines.place(position), message, hint)

    def _stop(
        self, position: int, message: str, hint: str | None = None, *, code: str = "too_deep"
    ) -> NoReturn:
        self._fault(position, message, hint, code=code)
        self._lowering.stop()
