"""What a desk can be told to do to learn, as values: one class for each command."""

from __future__ import annotations

from attrs import field, frozen

from supportkit.desk.commands import Command
from supportkit.sequences import as_tuple

__all__ = [
    "NOTICES",
    "AskFeedback",
    "GiveFeedback",
    "LinkProblem",
    "MarkSeen",
    "PublishBulletin",
    "ReachOut",
    "bulletin_stream",
]

NOTICES = ("notice", "update", "resolved")
"""What customers are told of an incident: the first word, a new version of it, that it is over."""


def bulletin_stream(desk: str) -> str:
    """Return the name of the stream of a desk's bulletins and their receipts."""
    return f"desk:{desk}/bulletins"


@frozen(kw_only=True)
class PublishBulletin(Command):
    """Say what agents (of `teams`) must know; `message` is the one message for customers of `incident`."""

    bulletin: str
    title: str
    text: str = field(repr=False)
    message: str | None = field(default=None, repr=False)
    incident: str | None = None
    teams: tuple[str, ...] = field(default=(), converter=as_tuple)


@frozen(kw_only=True)
class MarkSeen(Command):
    """An agent has seen a bulletin; `version` None is the current one."""

    bulletin: str
    agent: str
    version: int | None = None


@frozen(kw_only=True)
class LinkProblem(Command):
    """The case is one of many with the same cause."""

    problem: str


@frozen(kw_only=True)
class ReachOut(Command):
    """Tell one customer of an incident, in their open case if they have one."""

    incident: str
    customer: str
    notice: str = "notice"


@frozen(kw_only=True)
class AskFeedback(Command):
    """Ask how it went (about ``service``), or whether they would recommend us (about ``referral``)."""

    about: str = "service"


@frozen(kw_only=True)
class GiveFeedback(Command):
    """The customer says how it went; with `owner` or `task` somebody answers back, whatever the score."""

    score: int | None = None
    text: str | None = field(default=None, repr=False)
    owner: str | None = None
    task: str | None = None
