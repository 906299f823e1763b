"""What a case needs to know from its customer, and what of it is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen

from supportkit.calendars import Calendar
from supportkit.cases import utc
from supportkit.cases.questions import question_key
from supportkit.errors import InvalidValue
from supportkit.rules import Expression, Truth

__all__ = ["Question", "missing_questions", "needed_questions"]

Keep = Literal["customer", "case"]


def _paths(paths: str | Iterable[str]) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else tuple(paths)


@frozen(kw_only=True)
class Question:
    """One thing a case needs to know.

    `ask` is its name: an answer of the same name (`Contact.given`, a customer's preferences) answers it,
    however it is written. `when` says which cases need it (None: all). `known_from` are paths of facts that
    answer it when they are set and not empty; of a list of records (``customer.purchases``) those of the
    case's product count, and where they have a field of the question's name, that must be set. `keep` says
    whether an answer holds for the customer's later cases of the same product or for this case alone.
    `texts` are the words by language. Raises InvalidValue for a name without letters and for another `keep`.
    """

    ask: str
    when: Expression | None = None
    known_from: tuple[str, ...] = field(default=(), converter=_paths)
    keep: Keep = "customer"
    texts: Mapping[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if not self.key:
            raise InvalidValue(
                f"ask={self.ask!r} is no name of a question; write one such as 'serial number'"
            )
        if self.keep not in {"customer", "case"}:
            raise InvalidValue(f"keep={self.keep!r} is neither 'customer' nor 'case'")

    @property
    def key(self) -> str:
        """What makes two names the same question."""
        return question_key(self.ask)

    def words(self, language: str = "en") -> str:
        """Return the question in a language such as ``de-AT``; else in English, in any, or its name."""
        tag = language.replace("_", "-").lower()
        known = (self.texts.get(name) for name in (tag, tag.partition("-")[0], "en", *self.texts))
        return next(filter(None, known), self.ask)


def needed_questions(
    questions: Iterable[Question],
    facts: Mapping[str, Any],
    *,
    now: datetime,
    product: str | None = None,
    calendars: Mapping[str, Calendar] | None = None,
) -> tuple[Question, ...]:
    """Return the questions that a case needs and that its facts do not answer.

    A condition that cannot be decided asks nothing. Raises NaiveDatetime for `now` without a zone.
    """
    now = utc(now)
    return tuple(
        question
        for question in questions
        if _applies(question, facts, now, calendars or {})
        and not any(_answers(question, _fact(facts, path), product) for path in question.known_from)
    )


def missing_questions(
    questions: Iterable[Question],
    facts: Mapping[str, Any],
    *,
    known: Iterable[str] = (),
    earlier: Iterable[str] = (),
    now: datetime,
    product: str | None = None,
    calendars: Mapping[str, Calendar] | None = None,
) -> tuple[Question, ...]:
    """Return what is still to be asked: what is needed and not among the `known` names.

    `earlier` are the names that the customer answered in other matters; they count where the answer is kept.

    >>> from datetime import UTC
    >>> from supportkit.rules import parse
    >>> serial = Question(ask="serial", when=parse("case.kind == 'fault'"), known_from="customer.purchases")
    >>> bought = [{"product": "router", "serial": "A-1"}]
    >>> facts = {"case": {"kind": "fault"}, "customer": {"purchases": bought}}
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> [one.ask for one in missing_questions([serial, Question(ask="since when")], facts, now=nine)]
    ['since when']
    """
    here = {question_key(name) for name in known}
    ever = here | {question_key(name) for name in earlier}
    needed = needed_questions(questions, facts, now=now, product=product, calendars=calendars)
    return tuple(one for one in needed if one.key not in (ever if one.keep == "customer" else here))


def _applies(
    question: Question, facts: Mapping[str, Any], now: datetime, calendars: Mapping[str, Calendar]
) -> bool:
    return question.when is None or question.when.evaluate(facts, now=now, calendars=calendars) is Truth.TRUE


def _fact(facts: Mapping[str, Any], path: str) -> Any:
    value: Any = facts
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _answers(question: Question, value: Any, product: str | None) -> bool:
    """Whether a fact answers a question."""
    if value is None or value == "":
        return False
    if not isinstance(value, list | tuple | set | frozenset):
        return True
    records = [one for one in value if isinstance(one, Mapping)]
    if not records:
        return bool(value)
    about = [one for one in records if product is None or one.get("product") in {None, product}]
    named = [one[name] for one in about for name in one if question_key(name) == question.key]
    return any(answer not in {None, ""} for answer in named) if named else bool(about)
