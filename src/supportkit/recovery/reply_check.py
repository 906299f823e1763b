"""How a reply reads: does it name the concern, feel with the customer, say what happens, and say it once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.recovery._concern import coverage, key_terms, near_equal, plain
from supportkit.recovery._personal_data import personal_data
from supportkit.recovery.reply_rules import EarlierReply, ReplyRules
from supportkit.recovery.reply_words import ReplyWords
from supportkit.sequences import as_tuple

__all__ = ["ReplyCheck", "ReplyFinding", "check_reply"]

_SENTENCE = re.compile(r"[.!?]+(?=\s|$)|\n+")
_FIRST_SENTENCES = 2


@frozen
class ReplyFinding:
    """One thing that is wrong with a reply (`code` is one of REPLY_CHECKS), what was measured, and why.

    `measured` holds numbers and kinds, never words of the customer's.
    """

    code: str
    message: str
    measured: Mapping[str, Any] = field(factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """Return the finding as an event holds it."""
        return {"code": self.code, "message": self.message, **self.measured}


@frozen(kw_only=True)
class ReplyCheck:
    """What is wrong with a reply, and what was measured.

    `terms` are the telling words of the concern, `named` those that the reply takes up, `coverage` their
    share (None where the concern has none), `repeated` how many earlier replies are near-equal. `unchecked`
    names checks that could not be made, and why.
    """

    findings: tuple[ReplyFinding, ...] = ()
    terms: tuple[str, ...] = field(default=(), repr=False)
    named: tuple[str, ...] = field(default=(), repr=False)
    coverage: float | None = None
    repeated: int = 0
    unchecked: Mapping[str, str] = field(factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what is wrong."""
        return tuple(finding.code for finding in self.findings)

    def explain(self) -> str:
        """Return what is wrong, a line each."""
        return (
            "\n".join(f"{finding.code}: {finding.message}" for finding in self.findings) or "nothing is wrong"
        )


def check_reply(
    text: str,
    *,
    concern: str | Iterable[str] = (),
    earlier: Iterable[EarlierReply | str] = (),
    visibility: str = "private",
    asked: str = "private",
    at_fault: bool = False,
    known: Iterable[str] = (),
    news_at: datetime | None = None,
    now: datetime | None = None,
    language: str | None = None,
    message: int | None = None,
    current: int | None = None,
    rejected: bool = False,
    rules: ReplyRules | None = None,
) -> ReplyCheck:
    """Read a reply and say what is wrong with it, each with a reason; plain rules, nothing is guessed.

    `concern` is what the customer wrote, `earlier` what was replied before, oldest first; quoted lines
    (``> ...``) count for nothing. `visibility` is the reply's, `asked` that of the customer's message.
    `at_fault` says that the case belongs to an incident that was our fault: the first reply (and the first
    public one) begins with an apology, within its first two sentences, and takes it upon us. `known` are
    things we know of the customer, which never stand in public. `news_at` is when something last happened
    besides our replies; with `now` it tells whether this reply has news. `message` is the version of an
    incident's message that was used, `current` the one in force. `rejected` says that the complaint was found
    not to be genuine. Raises InvalidValue for a visibility that is
    none; NaiveDatetime.

    >>> found = check_reply("We are looking into it.", concern="The router loses its signal every evening.")
    >>> found.codes
    ('concern', 'coverage', 'feeling', 'next_step')
    >>> better = "I'm sorry that your router keeps losing its signal. I will call you tonight at eight."
    >>> check_reply(better, concern="The router loses its signal every evening.").ok
    True
    """
    reading = _Reading.of(
        text,
        concern=(concern,) if isinstance(concern, str) else tuple(concern),
        earlier=tuple(EarlierReply(text=one) if isinstance(one, str) else one for one in earlier),
        visibility=_visibility("visibility", visibility),
        asked=_visibility("asked", asked),
        at_fault=at_fault,
        known=as_tuple(known),
        news_at=None if news_at is None else utc(news_at, name="news_at"),
        now=None if now is None else utc(now),
        message=(message, current),
        rejected=rejected,
        rules=rules or ReplyRules(),
        language=language,
    )
    return reading.result()


def _visibility(name: str, value: str) -> str:
    if value not in {"public", "private"}:
        raise InvalidValue(f"{name}={value!r} is neither 'public' nor 'private'")
    return value


@frozen(kw_only=True)
class _Reading:
    """One reading of a reply; owned by one call of `check_reply`."""

    text: str
    said: str
    concern: tuple[str, ...]
    earlier: tuple[EarlierReply, ...]
    visibility: str
    asked: str
    at_fault: bool
    known: tuple[str, ...]
    news_at: datetime | None
    now: datetime | None
    message: tuple[int | None, int | None]
    rejected: bool
    rules: ReplyRules
    words: ReplyWords | None
    terms: tuple[str, ...]

    @classmethod
    def of(cls, text: str, *, rules: ReplyRules, language: str | None, **about: Any) -> _Reading:
        words = rules.words_of(language)
        filler = words.fillers if words is not None else frozenset()
        terms = key_terms(about["concern"], filler=filler, most=rules.terms)
        return cls(text=text, said=plain(text), rules=rules, words=words, terms=terms, **about)

    def result(self) -> ReplyCheck:
        named = coverage(self.terms, self.text)
        near = sum(near_equal(self.text, one.text) >= self.rules.similarity for one in self._told())
        found = [*self._concerned(named), *self._signs(), *self._repeated(near), *self._placed()]
        return ReplyCheck(
            findings=tuple(one for one in found if one.code not in self.rules.off),
            terms=self.terms,
            named=named,
            coverage=len(named) / len(self.terms) if self.terms else None,
            repeated=near,
            unchecked=self._unchecked(),
        )

    def _told(self) -> Iterator[Any]:
        return (one for one in self.earlier if one.text is not None)

    def _concerned(self, named: tuple[str, ...]) -> Iterator[ReplyFinding]:
        if not self.terms:
            return
        share, least = len(named) / len(self.terms), self.rules.coverage
        if not named:
            yield ReplyFinding("concern", "it does not name what the customer wrote about")
        if share < least:
            measured = {"coverage": round(share, 4), "threshold": least, "terms": len(self.terms)}
            told = f"it takes up {len(named)} of {len(self.terms)} telling words, less than {least:.0%}"
            yield ReplyFinding("coverage", told, measured)

    def _says(self, sign: str, text: str | None = None) -> bool:
        """Whether the reply has a word of that sort; True where the language has none to look for."""
        found = None if self.words is None else self.words.sets.get(sign)
        return found is None or found.found(self.said if text is None else text)

    def _signs(self) -> Iterator[ReplyFinding]:
        if not self._says("feeling"):
            yield ReplyFinding("feeling", "no word shows that we see how it is for the customer")
        if not self._says("next_step"):
            yield ReplyFinding("next_step", "it says neither what happens next nor what to do")
        if not self.at_fault or any(one.visibility == self.visibility for one in self.earlier):
            return
        begins = " ".join(self._sentences()[:_FIRST_SENTENCES])
        if not self._says("apology", begins):
            yield ReplyFinding(
                "apology_first", "it was our fault, and the first reply does not begin with it"
            )
        if not self._says("ownership"):
            yield ReplyFinding("ownership", "it was our fault, and the reply does not take it upon us")

    def _sentences(self) -> list[str]:
        return [one for one in _SENTENCE.split(self.said) if one.strip()]

    def _repeated(self, near: int) -> Iterator[ReplyFinding]:
        if near >= self.rules.repeats:
            measured = {"near_equal": near, "similarity": self.rules.similarity}
            yield ReplyFinding("repeated", f"{near} replies before it are nearly the same", measured)
        last = self.earlier[-1] if self.earlier else None
        if last is None or last.at is None or self.now is None or self.now - last.at >= self.rules.window:
            return
        if self.news_at is None or self.news_at <= last.at:
            since = self.now - last.at
            told = f"another reply went out {since} ago, and nothing has happened since"
            yield ReplyFinding("no_news", told, {"since": since, "window": self.rules.window})

    def _placed(self) -> Iterator[ReplyFinding]:
        found = personal_data(self.text, known=self.known) if self.visibility == "public" else ()
        if found:
            kinds = tuple(dict.fromkeys(one.kind for one in found))
            spans = tuple((one.start, one.end) for one in found)
            told = f"it is public and holds personal data ({', '.join(kinds)}); move to a private reply"
            yield ReplyFinding("personal_data", told, {"kinds": kinds, "spans": spans})
        spoken = any(one.visibility == "public" for one in self.earlier)
        if (self.asked, self.visibility) == ("public", "private") and not spoken:
            told = (
                "the customer wrote in public and has no answer there: a first public word, then in private"
            )
            yield ReplyFinding("no_public_word", told)
        used, current = self.message
        if used is not None and current is not None and used != current:
            told = f"it uses version {used} of the incident's message; version {current} is in force"
            yield ReplyFinding("stale_message", told, {"used": used, "current": current})
        if self.rejected and self.rules.recourse and not self.rules.refers(self.said):
            told = "the complaint is rejected, and it does not say where else the customer can go"
            yield ReplyFinding("recourse", told)

    def _unchecked(self) -> dict[str, str]:
        reasons = (
            {} if self.terms else dict.fromkeys(("concern", "coverage"), "the concern has no telling word")
        )
        if self.words is None:
            lacking = "there are no words for this language"
            reasons |= dict.fromkeys(("feeling", "next_step", "apology_first", "ownership"), lacking)
        return {code: why for code, why in reasons.items() if code not in self.rules.off}
