"""How soon somebody answers in a support chat: each conversation as a log, judged by a first-response target.

Reads the logs of "A Large-Scale Corpus for Conversation Disentanglement" (Kummerfeld et al., ACL 2019) and of
"Chat Disentanglement: Data for New Domains" (Gouravajhala et al., ALTA 2023), CC BY 4.0: `*.ascii.txt`, and
beside it `*.annotation.txt`, which says which line answers which.

    python examples/chats.py irc_support
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from attrs import Factory, define, frozen

from supportkit.calendars import ALWAYS
from supportkit.cases import Log
from supportkit.sla import Clock, Metric, SlaPolicy, Target

TARGET = SlaPolicy({"first_response": Metric([Target("5 minutes", "always")])}, {"always": ALWAYS})
SECONDS = re.compile(r"\S+ (\d{4}-\d\d-\d\d) \[(\d\d:\d\d:\d\d)\] <([^>]+)>\s?(.*)")
MINUTES = re.compile(r"\[(\d\d:\d\d)\] <([^>]+)> ?(.*)")
Read = tuple[datetime, str, str] | None
AGAIN = timedelta(minutes=10)
"""The same words of the same speaker within this time are a repeat."""


@frozen
class Line:
    """One message; `number` is its line in the file, from 0."""

    number: int
    at: datetime
    speaker: str
    text: str


@define
class Chat:
    """A log: its messages by line, and which line each answers (a line that answers itself begins)."""

    name: str
    lines: dict[int, Line] = Factory(dict)
    links: list[tuple[int, int]] = Factory(list)

    @property
    def bots(self) -> tuple[str, ...]:
        """Speakers of fifty messages or more of which nine in ten carry a link: announcements, not talk."""
        said = Counter(line.speaker for line in self.lines.values())
        linked = Counter(line.speaker for line in self.lines.values() if "http" in line.text)
        return tuple(name for name, count in said.items() if count >= 50 and linked[name] >= 0.9 * count)

    @property
    def repeats(self) -> list[Line]:
        """Messages that a speaker sent with the same words shortly before."""
        last: dict[tuple[str, str], datetime] = {}
        found = []
        for line in self.lines.values():
            words = line.speaker, line.text
            if words in last and line.at - last[words] <= AGAIN:
                found.append(line)
            last[words] = line.at
        return found

    def conversations(self) -> Iterator[tuple[Line, Log]]:
        """Yield each beginning with its log: it opens a case, others' direct answers to it are replies."""
        bots = self.bots
        for start, first in ((a, self.lines[a]) for a, b in self.links if a == b and a in self.lines):
            log = Log(f"{self.name}-{start}").opened(at=first.at)
            answers = [self.lines[b] for a, b in self.links if a == start != b and b in self.lines]
            for answer in sorted(answers, key=lambda line: line.number):
                if answer.speaker == first.speaker:
                    log = log.customer_message(at=answer.at)
                else:
                    log = log.agent_reply(at=answer.at, by=answer.speaker, automated=answer.speaker in bots)
            yield first, log

    def clocks(self) -> list[Clock]:
        """Return the clock of the first answer of each conversation, as it stands at the end of the log."""
        end = max(line.at for line in self.lines.values())
        return [TARGET.evaluate(log, now=end).first_response for _, log in self.conversations()]


def read(file: Path) -> Chat:
    """Read a log; lines of the system and actions (``/me``) are no messages."""
    chat = Chat(file.name.removesuffix(".ascii.txt"))
    day = re.search(r"\d{4}-\d\d-\d\d", file.name)
    clock = _minutes(datetime.fromisoformat(f"{day[0]}T00:00+00:00")) if day else _seconds
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines()):
        if (found := clock(text)) is not None:
            at, speaker, words = found
            chat.lines[number] = Line(number, at, speaker, words.strip())
    pairs = file.with_name(f"{chat.name}.annotation.txt").read_text(encoding="utf-8").splitlines()
    chat.links = [(int(a), int(b)) for a, b, *_ in map(str.split, filter(None, pairs))]
    return chat


def _seconds(text: str) -> Read:
    found = SECONDS.match(text)
    if found is None:
        return None
    return datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00"), found[3], found[4]


def _minutes(day: datetime) -> Callable[[str], Read]:
    """Return a reader of lines with a time of day only, some of them on a clock of twelve hours.

    A clock that goes back by more than an hour has gone round; by less, it is behind for a moment.
    """
    now = day

    def reading(text: str) -> Read:
        nonlocal now
        found = MINUTES.match(text)
        if found is None:
            return None
        at = datetime.fromisoformat(f"{now:%Y-%m-%d}T{found[1]}+00:00")
        while at < now - timedelta(hours=1):
            at += timedelta(hours=12)
        now = max(at, now)
        return now, found[2], found[3]

    return reading


def row(chat: Chat) -> str:
    """Return the figures of one log as a row of a table."""
    clocks = chat.clocks()
    waits = sorted(clock.elapsed / timedelta(minutes=1) for clock in clocks if clock.state == "stopped")
    met = sum(clock.verdict == "met" for clock in clocks)
    middle = f"{waits[len(waits) // 2]:.2f}"
    figures = [f"{len(chat.lines):,}", len(clocks), len(waits), middle, met, len(chat.repeats)]
    return f"| {chat.name} | {' | '.join(map(str, figures))} | {', '.join(chat.bots)} |"


def table(folder: Path) -> str:
    """Return the figures of all logs of a folder."""
    head = (
        "| log | messages | begun | answered | median minutes | within 5 minutes | repeats | bots |\n"
        "|---|---:|---:|---:|---:|---:|---:|---|"
    )
    return "\n".join([head, *(row(read(file)) for file in sorted(folder.glob("*.ascii.txt")))])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    print(table(parser.parse_args().folder))


if __name__ == "__main__":
    main()
