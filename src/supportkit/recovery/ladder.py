"""What a complaint deserves: fix it, else compensate, else say sorry; not genuine: the money back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import field, frozen

from supportkit.errors import InvalidValue

__all__ = ["Assessment", "Proposal", "propose"]

Effort: TypeAlias = int | Decimal | timedelta

_RUNGS = (
    ("fixable", "fix", "it can be fixed", "it cannot be fixed"),
    ("compensable", "compensate", "it can be made up for", "nothing makes up for it"),
)


def _decided(assessment: Any, attribute: Any, value: Any) -> None:  # noqa: ARG001 - attrs' shape
    if not isinstance(value, bool):
        raise InvalidValue(
            f"{attribute.name}={value!r} is neither True nor False; look at the evidence first"
        )


def _maybe(assessment: Any, attribute: Any, value: Any) -> None:
    if value is not None:
        _decided(assessment, attribute, value)


@frozen
class Assessment:
    """What was found out about a complaint.

    `genuine` is decided, with evidence; `fixable` and `compensable` may still be unknown (None). `at_fault`
    says that we were wrong. `keeps_product` says that the money goes back and the product stays, too.
    """

    genuine: bool = field(validator=_decided)
    fixable: bool | None = field(default=None, validator=_maybe)
    compensable: bool | None = field(default=None, validator=_maybe)
    at_fault: bool = field(default=False, validator=_decided)
    keeps_product: bool = field(default=False, validator=_decided, kw_only=True)


@frozen
class Proposal:
    """What to do (`kind`) and what to do besides (`also`), with the reasons.

    `missing` names what is not known and could have changed the kind.
    """

    kind: str
    also: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether something that is not known yet could have changed it."""
        return bool(self.missing)

    def explain(self) -> str:
        """Return the reasons in one sentence."""
        besides = f" and {', '.join(self.also)}" if self.also else ""
        return f"{self.kind}{besides}: {'; '.join(self.reasons)}"


def propose(
    assessment: Assessment,
    *,
    effort: Effort | None = None,
    cap: Effort | None = None,
    prompt: bool | None = None,
    apologised: bool | None = None,
) -> Proposal:
    """Return what a complaint deserves: the first rung of the ladder that is not known to be out of reach.

    Genuine: fix, else compensate, else apologise. Not genuine: give the money back and stop. `effort` spent
    above its `cap` (both of one kind: replies, money, time) ends the attempts to fix, with a refund. Who was
    at fault says sorry as well.

    `prompt` and `apologised` say how it went so far. Money adds little where both were so, and does not help
    where neither was: then an apology goes with it (Wirtz and Mattila, 2004).

    >>> propose(Assessment(genuine=True, fixable=False, compensable=True, at_fault=True)).explain()
    'compensate and apologise: it is genuine; it cannot be fixed; it can be made up for; we were at fault'
    """
    kind, reasons, missing = _rung(assessment)
    if kind == "fix" and effort is not None and cap is not None and _above(effort, cap):
        kind, missing = _refund(assessment), ()
        reasons = [reasons[0], f"{effort} spent on it is above the cap of {cap}, and it is not fixed"]
    cold = kind == "compensate" and prompt is False and apologised is False
    also = ("apologise",) if (assessment.at_fault or cold) and kind != "apologise" else ()
    if assessment.at_fault:
        reasons = [*reasons, "we were at fault"]
    if cold:
        reasons = [*reasons, "slow, and nobody said sorry: money alone does not help"]
    elif kind == "compensate" and prompt and apologised:
        reasons = [*reasons, "prompt, and somebody said sorry: money adds little"]
    return Proposal(kind, also, tuple(reasons), missing)


def _rung(assessment: Assessment) -> tuple[str, list[str], tuple[str, ...]]:
    if not assessment.genuine:
        return _refund(assessment), ["it is not genuine: the money back, and an end"], ()
    reasons = ["it is genuine"]
    for name, kind, yes, no in _RUNGS:
        holds = getattr(assessment, name)
        if holds is None:
            return kind, [*reasons, f"nobody has said that {no}"], (name,)
        if holds:
            return kind, [*reasons, yes], ()
        reasons.append(no)
    return "apologise", reasons, ()


def _above(effort: Any, cap: Any) -> bool:
    try:
        return bool(effort > cap)
    except TypeError:
        raise InvalidValue(f"effort={effort!r} and cap={cap!r} are of two kinds; give both in one") from None


def _refund(assessment: Assessment) -> str:
    return "refund_keep" if assessment.keeps_product else "refund"
