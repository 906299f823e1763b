"""What makes two matters similar: the marks that both bear, such as product, category, error code, word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import field, frozen

from supportkit.cases import Case
from supportkit.cases.instants import instant
from supportkit.errors import InvalidValue

__all__ = ["STOP_WORDS", "Sighting", "marks"]

STOP_WORDS = frozenset(
    (
        "about after again against also although always another anything back because been before being "
        "both cannot could customer dear does doesn doing done down each even every from getting give "
        "given gone hello help here into just keep know like made make many more most much need never "
        "nothing once only other over please problem really said same says should since some somebody "
        "something still such support take than thank thanks that their them then there these they thing "
        "this those through time times today told tried under until upon very want wants well were what "
        "when where which while will with within without work working would year years yesterday your "
        "yours "
        "aber alle allem allen aller alles also andere anderen auch beim bereits bitte danke dann dass "
        "dein deine denn diese diesem diesen dieser dieses doch dort durch eine einem einen einer eines "
        "etwas euch eure ganz gerne gibt habe haben hallo hatte heute hier ihnen ihre ihrem ihren ihrer "
        "immer jetzt kann kein keine keinen können leider mehr mein meine meinem meinen meiner muss nach "
        "nicht nichts noch oder ohne schon sehr sein seine seit sich sind sondern unser unsere viel viele "
        "vielen wann waren warum weil wenn werden wieder wird worden wurde würde zwischen über "
        "alle alleen alles altijd andere bedankt daar dank deze door echt eens geen goed graag groet "
        "hebben hebt heeft iets jullie kunnen maar meer mijn moet moeten naar niet niets omdat onze over "
        "steeds toch tussen vaak veel voor waar waarom wanneer want weer werd worden wordt zijn zonder "
        "zouden "
    ).split()
)
"""Words that say nothing of what a matter is about: English, German, Dutch; give `stop_words` of your own."""

_WORD = re.compile(r"[^\W\d_]{4,}")
# Bounded, so that no text takes longer than its length says.
_CODE = re.compile(r"\b(?=[A-Z0-9-]{1,24}?\d)[A-Z][A-Z0-9]{0,7}(?:-[A-Z0-9]{1,8}){0,3}\b")
_BROAD = frozenset({"kind", "category", "product", "channel"})


def _texts(values: Iterable[str]) -> frozenset[str]:
    return frozenset((values,) if isinstance(values, str) else values)


@frozen
class Sighting:
    """One case as it looks to whoever searches for a common cause: when it came, whose it is, its marks.

    A mark is ``kind:value``: ``product:fibre``, ``category:line``, ``code:cable``, ``asset:F-1``,
    ``error:E-42``, ``word:flicker``. `known` is the problem that the case is linked to already.
    """

    case: str
    at: datetime = instant()
    customer: str | None = None
    marks: frozenset[str] = field(default=frozenset(), converter=_texts)
    known: str | None = None

    @classmethod
    def of(
        cls,
        case: Case,
        *,
        text: str | None = None,
        assets: Iterable[str] = (),
        stop_words: frozenset[str] = STOP_WORDS,
        known: str | None = None,
    ) -> Sighting:
        """Read the marks of a case: what it was classified as, the words and error codes of a `text`.

        `assets` are the models or serials that it is about. Raises InvalidValue for a case without the
        instant of its opening.

        >>> from datetime import UTC
        >>> case = Case(id="17", opened_at=datetime(2026, 7, 1, tzinfo=UTC), product="modem")
        >>> sorted(Sighting.of(case, text="Flickering light, then error E-42 again").marks)
        ['error:E-42', 'product:modem', 'word:error', 'word:flickering', 'word:light']
        """
        if case.opened_at is None:
            raise InvalidValue(f"case {case.id!r} says not when it was opened; give it opened_at")
        labels = {"kind": case.kind, "category": case.category, "product": case.product, "code": case.code}
        own = {f"{name}:{value}" for name, value in labels.items() if value}
        own |= {f"asset:{asset}" for asset in assets}
        return cls(case.id, case.opened_at, case.customer, own | set(marks(text, stop_words)), known)


def marks(text: str | None, stop_words: frozenset[str] = STOP_WORDS) -> Iterator[str]:
    """Yield the marks of a text: error codes (capitals with digits) and words of four letters or more.

    Words are compared without case. Error codes keep it, for they are written so.
    """
    if text is None:
        return
    yield from (f"error:{code}" for code in _CODE.findall(text))
    words = (word.casefold() for word in _WORD.findall(text))
    yield from (f"word:{word}" for word in words if word not in stop_words)


def is_specific(mark: str) -> bool:
    """Whether a mark names a thing (an error code, a model, a reason) rather than a whole field or a word."""
    return mark.partition(":")[0] not in _BROAD | {"word"}
