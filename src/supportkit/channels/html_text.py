"""Plain text from HTML mail: what a reader would see, line by line."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["html_text"]

_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"})
_LINES = frozenset({"div", "li", "tr", "br", "hr", "section", "article", "header", "footer", "dt", "dd"})


def html_text(source: str) -> str:
    r"""Return the visible text of HTML of any quality; paragraphs are set apart by an empty line.

    >>> html_text("<p>Hello<br>you</p><style>p {}</style><ul><li>one<li>two</ul>")
    'Hello\nyou\n\n- one\n- two'
    """
    reader = _Reader()
    reader.feed(source)
    reader.close()
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen: list[str] = []
        self._as_written = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag == "body":
            self._unseen.clear()  # a head that was never closed
        self._as_written += tag == "pre"
        self._break(tag)
        if tag == "li":
            self.pieces.append("- ")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        self._as_written -= tag == "pre" and self._as_written > 0
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        self.pieces.append(data if self._as_written else re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if self._unseen:
            return
        ended = not self.pieces or self.pieces[-1].endswith("\n")
        if tag in _PARAGRAPHS:
            self.pieces.append("\n" if ended else "\n\n")
        elif tag == "br" or (tag in _LINES and not ended):
            self.pieces.append("\n")
