"""What must never stand in public: addresses, numbers, and what we know of the customer."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from attrs import frozen

__all__ = ["Personal", "personal_data"]

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_NUMBER = re.compile(r"(?<![\w.,])\+?\(?\d(?:[ ()/.-]{0,2}\d){6,18}(?![.,]?\w)")
_HARMLESS = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?: \d{1,2})?"  # a date
    r"|(?:19|20)\d\d-(?:19|20)\d\d"  # years
    r"|\d{1,3}(?:\.\d{3})+"  # an amount
)
_SHORTEST = 3


@frozen
class Personal:
    """Something personal in a text: which kind (email, card, iban, number, known) and where."""

    kind: str
    start: int
    end: int


def personal_data(text: str, *, known: Iterable[str] = ()) -> tuple[Personal, ...]:
    """Find what is personal in a text, in the order of the text; `known` are things we know of the customer.

    A number is one of seven to nineteen digits that is no date and no amount: a telephone, an account, an
    order.
    """
    found: list[Personal] = []
    for personal in (*_known(text, known), *_patterns(text)):
        at = bisect_left(found, personal.start, key=_start)
        before, after = found[at - 1 : at] if at else [], found[at : at + 1]
        if all(one.end <= personal.start for one in before) and all(
            personal.end <= one.start for one in after
        ):
            found.insert(at, personal)
    return tuple(found)


def _start(personal: Personal) -> int:
    return personal.start


def _patterns(text: str) -> Iterator[Personal]:
    yield from (Personal("email", *match.span()) for match in _EMAIL.finditer(text))
    yield from (Personal("iban", *match.span()) for match in _IBAN.finditer(text) if _is_iban(match[0]))
    for match in _NUMBER.finditer(text):
        if not _HARMLESS.fullmatch(match[0]):
            digits = [int(letter) for letter in match[0] if letter.isdecimal()]
            yield Personal("card" if _is_card(digits) else "number", *match.span())


def _known(text: str, known: Iterable[str]) -> Iterator[Personal]:
    folded = text.casefold()
    # Folding may change the length of a text; spans in another text would point at the wrong letters.
    searched = folded if len(folded) == len(text) else text
    for value in known:
        wanted = value.strip().casefold() if searched is folded else value.strip()
        if len(wanted) >= _SHORTEST:
            pattern = rf"(?<!\w){re.escape(wanted)}(?!\w)"
            yield from (Personal("known", *match.span()) for match in re.finditer(pattern, searched))


def _is_iban(text: str) -> bool:
    """Check the remainder of ISO 13616: 1 when letters count 10 to 35 and the head goes to the end."""
    letters = text.replace(" ", "")
    turned = letters[4:] + letters[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_card(digits: list[int]) -> bool:
    """Check the length of a card number and the sum of ISO/IEC 7812-1 (Luhn)."""
    doubled = [digit if at % 2 == 0 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(digits[::-1])]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0
