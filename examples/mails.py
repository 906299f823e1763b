"""Take a folder of mails in at a desk, and say of each what it was taken for and whether it was answered.

The folder has a sub-folder for each kind of mail, with `.eml` files in it.

    python examples/mails.py mail --why
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from supportkit import Desk, Policy
from supportkit.cases import Event
from supportkit.channels import EmailChannel, FolderTransport
from supportkit.desk import ContactReceipt

US = "help@larkwood.example"
MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
POLICY = {
    "calendars": {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}},
    "sla": {"first_response": [{"within": "4 hours", "calendar": "office"}]},
    "acknowledgement": {"own_addresses": [US], "loop_token": "larkwood", "per_sender": "3 in 1 day"},
}


@frozen
class Taken:
    """What became of one mail: `reason` says why it was kept apart or not answered."""

    kind: str
    name: str
    action: str
    case: str | None
    answered: bool
    reason: str | None
    clause: str | None


def open_desk(outgoing: Path, *, clock: Callable[[], datetime] = lambda: MONDAY) -> Desk:
    """Return a desk that writes its answers into a folder."""
    channel = EmailChannel(FolderTransport(outgoing, address=US, clock=clock))
    return Desk(Policy.from_dict(POLICY), channels=[channel], clock=clock)


def take_in(desk: Desk, files: list[Path]) -> Iterator[Taken]:
    """Yield what becomes of each mail; one arrives each minute."""
    for number, file in enumerate(files):
        now = MONDAY + timedelta(minutes=number)
        receipt = desk.receive("email", file.read_bytes(), now=now).contacts[0]
        said = _said(desk, receipt)
        answered = said is not None and said.kind == "ack.sent"
        yield Taken(
            file.parent.name, file.stem, receipt.action, receipt.case_id, answered,
            receipt.reason if said is None else said.reason,
            None if said is None else getattr(said.payload, "clause", None),
        )  # fmt: skip


def _said(desk: Desk, receipt: ContactReceipt) -> Event | None:
    """Return what the case's log says about answering the contact just taken in, if it is in a case."""
    if receipt.case_id is None or receipt.duplicate:
        return None
    return [event for event in desk.history(receipt.case_id) if event.kind.startswith("ack.")][-1]


def table(taken: list[Taken]) -> str:
    """Return the figures of each kind as a table."""
    actions = ("new", "append", "duplicate", "quarantine", "park")
    head = f"| mails | of them | {' | '.join(actions)} | answered |\n|---|---:|{'---:|' * len(actions)}---:|"
    lines = []
    for kind in dict.fromkeys(one.kind for one in taken):
        own = [one for one in taken if one.kind == kind]
        counts = Counter(one.action for one in own)
        shown = " | ".join(str(counts[action]) for action in actions)
        lines.append(f"| {kind} | {len(own)} | {shown} | {sum(one.answered for one in own)} |")
    return "\n".join([head, *lines])


def main() -> None:
    """Print the table, and with --why what was not answered and why."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--why", action="store_true", help="also list what was not answered, with the reason")
    asked = parser.parse_args()
    with TemporaryDirectory() as outgoing:
        desk = open_desk(Path(outgoing))
        taken = list(take_in(desk, sorted(asked.folder.glob("*/*.eml"))))
    print(table(taken))
    for one in taken if asked.why else ():
        if not one.answered:
            print(f"{one.kind}/{one.name}: {one.action}, {one.reason}")


if __name__ == "__main__":
    main()
