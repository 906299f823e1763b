"""Text from bytes whose declared character set may be wrong, unknown or missing."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

__all__ = ["decode_bytes"]

# What senders mean by these names is the wider set (as browsers read them, WHATWG Encoding §4.2).
_WIDER = {
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
}
# Codecs of Python's own, which no mail is written in.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


def decode_bytes(data: bytes, charset: str | None = None) -> str:
    """Return the text, without NUL; never raises: declared set, UTF-8, Windows-1252, Latin-1, in this order.

    >>> decode_bytes("Grüße".encode("cp1252"), "no-such-charset")
    'Grüße'
    """
    for name in _names(charset):
        try:
            return data.decode(name).replace("\x00", "")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1").replace("\x00", "")


def _names(charset: str | None) -> Iterator[str]:
    declared = (charset or "").strip().lower()
    try:
        name = codecs.lookup(_WIDER.get(declared, declared)).name
        if name.replace("_", "-") not in _NO_CHARSETS:
            yield name
    except (LookupError, ValueError):
        pass  # no such character set: what it most likely is comes next
    yield from ("utf-8", "cp1252")
