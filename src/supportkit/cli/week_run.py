"""Running the demo week through one desk, in order of time; killed and started again, it goes on.

Everything that is done carries a key, and whatever the agents do by themselves follows from what the desk
knows at that moment. So a run that was stopped anywhere continues where it was, and ends with the same log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from attrs import define, field

from supportkit.cases import Case
from supportkit.cli.week_data import Step, Week, wall, week_folder
from supportkit.desk import Desk
from supportkit.errors import CommandRefused
from supportkit.ports import Request

__all__ = ["Happening", "WeekRun"]

_SLOT = timedelta(minutes=5)
_PLACEHOLDER = re.compile(r"\{(case|ack):([\w-]+)\}")
_WORDS = (
    "reason", "outcome", "code", "status", "plan", "wanted", "evidence", "remedy", "amount", "text", "scheme",
)  # fmt: skip
_FLAGS = ("genuine", "fixable", "at_fault")
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@define
class Happening:
    """Something worth telling: when, which step, in which case, and what came of it."""

    at: datetime
    step: Step | None
    case_id: str | None
    what: str


@define
class WeekRun:
    """One run of the week; `tell` hears of everything that a step did."""

    week: Week
    desk: Desk
    tell: Callable[[Happening], None] = lambda _: None
    names: dict[str, str] = field(factory=dict)
    refused: list[tuple[int, str]] = field(factory=list)

    def run(self) -> None:
        """Go through the week: presence, contacts, what people do, ticks and deliveries."""
        reached = self._reached()
        for at, order, thing in self._agenda():
            if at < reached:
                self._remember(thing)
            elif isinstance(thing, Step):
                self._step(thing)
            elif order == 0:
                agent, presence = thing
                self.desk.set_presence(agent, presence, now=at, key=f"shift/{agent}/{at.isoformat()}")
            else:
                self._slot(at)

    def _reached(self) -> datetime:
        """The instant up to which an earlier run of the same week came."""
        return max(
            (case.last_at for case in self.desk.cases() if case.last_at), default=self.week.steps[0].at
        )

    def _agenda(self) -> Iterator[tuple[datetime, int, Any]]:
        """Everything in order of time; at one instant presence first, then steps, then the clock."""
        agenda: list[tuple[datetime, int, int, Any]] = []
        for number, shift in enumerate(self.week.shifts):
            agenda += [
                (shift.start, 0, number, (shift.agent, "available")),
                (shift.end, 0, number, (shift.agent, "offline")),
            ]
        agenda += [(step.at, 1, step.number, step) for step in self.week.steps]
        at = self.week.steps[0].at.replace(minute=0, second=0)
        end = self.week.steps[-1].at + timedelta(hours=6)
        while at < end:
            agenda.append((at, 2, 0, None))
            at += _SLOT
        for moment, order, _, thing in sorted(agenda, key=lambda item: item[:3]):
            yield moment, order, thing

    def _remember(self, thing: Any) -> None:
        """Take a contact in once more, which changes nothing, to learn the id of its case again."""
        if isinstance(thing, Step) and thing.do == "receive" and "name" in thing.said:
            self._receive(thing)

    def _step(self, step: Step) -> None:
        if step.do == "receive":
            receipt = self._receive(step)
            self._answer_call(step, receipt.case_id)
            self.tell(Happening(step.at, step, receipt.case_id, receipt.action))
            return
        case = self.desk.case(self.names[step.said["case"]])
        if step.said.get("only_if") == "waiting" and not case.status.startswith("waiting_"):
            return
        try:
            done = self._command(step, case)
        except CommandRefused as refusal:
            self.refused.append((step.number, f"{step.do}: {refusal}"))
            return
        if done is not None:
            self.tell(Happening(step.at, step, case.id, step.do))

    def _answer_call(self, step: Step, case_id: str | None) -> None:
        """A call that somebody picked up is answered while it lasts; a voicemail is not."""
        entry = step.said.get("entry", {})
        spoken = entry.get("form", entry.get("channel")) in {"call", "phone", "visit", "counter"}
        owner = self.desk.case(case_id).owner if spoken and case_id is not None else None
        if case_id is not None and owner is not None:
            self.desk.reply(case_id, by=owner, now=step.at, key=f"step/{step.number}/spoken")

    def _receive(self, step: Step) -> Any:
        said = step.said
        receipt = self.desk.receive(
            said["channel"], self._payload(step), now=step.at, key=f"step/{step.number}"
        )
        contact = receipt.contacts[0]
        if "name" in said and contact.case_id is not None:
            self.names[said["name"]] = contact.case_id
        return contact

    def _payload(self, step: Step) -> Any:
        said = step.said
        if "file" in said:
            raw = (week_folder() / said["file"]).read_bytes()
            return Request("POST", (), (), self._filled(raw.decode("latin-1")).encode("latin-1"))
        if "form" in said:
            fields = {name: self._filled(value) for name, value in said["form"].items()}
            return Request("POST", (), _FORM, urlencode(fields).encode())
        entry: dict[str, Any] = {name: self._filled(value) for name, value in said["entry"].items()}
        return entry | ({"reach": int(entry["reach"])} if "reach" in entry else {})

    def _filled(self, text: str) -> str:
        """Put case ids and Message-IDs where the data name them."""

        def value(match: re.Match[str]) -> str:
            case = self.names.get(match[2])
            if case is None:
                return match[0]
            return case if match[1] == "case" else self._latest_message(case)

        return _PLACEHOLDER.sub(value, text)

    def _latest_message(self, case: str) -> str:
        sent = [row for row in self.desk.outbox if row.case == case and "@" in row.to]
        found = self.desk.message_id(sent[-1].number) if sent else None
        return found or "<nothing-sent@invalid>"

    def _command(self, step: Step, case: Case) -> Any:
        said, do = step.said, step.do
        by = case.owner if said["by"] == "owner" else said["by"]
        if by is None:
            self.refused.append((step.number, f"{do}: nobody owns {said['case']} yet"))
            return None
        options: dict[str, Any] = {"by": by, "now": step.at, "key": f"step/{step.number}"}
        if do == "take" and case.owner == by:
            return None
        if do in {"reply", "note", "apologise"}:
            text = said["text"].replace("{agent}", self._name(by))
            return getattr(self.desk, do)(
                case.id, None if said.get("channel") == "phone" else text, **options
            )
        if do == "hand_off":
            return self.desk.hand_off(case.id, agent=said["to"], reason=said["reason"], **options)
        if do == "set_next_action":
            wanted = {name: said[name] for name in ("owner", "wanted") if name in said}
            return self.desk.set_next_action(
                case.id, said["what"], due=wall(said["due"]), **wanted, **options
            )
        if do == "request_callback":
            return self.desk.request_callback(case.id, due=wall(said["due"]), **options)
        return getattr(self.desk, do)(case.id, **_told(said), **options)

    def _name(self, agent: str) -> str:
        return next((a.name for a in self.week.agents if a.id == agent and a.name), agent)

    def _slot(self, at: datetime) -> None:
        """Let time pass: what is due happens, agents get on with their own cases, messages go out."""
        self.desk.tick(now=at)
        if at.minute % 15 == 0:
            scripted = {self.names.get(step.said["case"]) for step in self.week.steps if "case" in step.said}
            # From the shifts, not from the desk: after a stop the desk may know a later presence already.
            present = {shift.agent for shift in self.week.shifts if shift.start <= at < shift.end}
            for case in list(self.desk.cases(open_only=True)):
                if case.owner in present and case.id not in scripted:
                    self._get_on(case, at)
        self.desk.deliver(limit=500, now=at)

    def _get_on(self, case: Case, at: datetime) -> None:
        """An agent answers what waits, and settles what was answered; how fast, the case's id decides."""
        assert case.owner is not None
        pace = timedelta(minutes=10 + 5 * (sha256(case.id.encode()).digest()[0] % 24))
        options: dict[str, Any] = {"by": case.owner, "now": at}
        since = max(filter(None, (case.waiting_since, case.assigned_at)), default=at)
        if case.waiting_since is not None and at >= since + pace:
            text = f"Thank you for your patience. Here is what we found. {self._name(case.owner)}"
            self.desk.reply(case.id, text, key=f"auto/reply/{case.id}/{case.replies}", **options)
        elif case.waiting_since is None and case.last_reply_at and at >= case.last_reply_at + 2 * pace:
            code = f"{case.category or case.kind or 'other'}.answered"
            key = f"auto/resolve/{case.id}/{case.reopens}"
            self.desk.resolve(case.id, outcome="solved", code=code, key=key, **options)


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a command as the timeline gives them."""
    told: dict[str, Any] = {name: said[name] for name in _WORDS if name in said}
    told |= {name: said[name] == "yes" for name in _FLAGS if name in said}
    if "score" in said:
        told["score"] = int(said["score"])
    if "on" in said:  # an appointment to which nobody came
        told |= {"on": date.fromisoformat(said["on"]), "facts": {"notice": None}}
    return told
