"""What customers were told of an incident so far, and what they are to be told now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from supportkit.cases import Customer, Event
from supportkit.insight import Addressee, audience
from supportkit.ports import ChannelInfo, Reader

__all__ = ["ToldOf", "View", "addressees"]


@frozen
class ToldOf:
    """What a customer was told of an incident so far: the latest version, and whether that it is over."""

    version: int | None = None
    resolved: bool = False

    @classmethod
    def of(cls, events: Iterable[Event], incident: str) -> ToldOf:
        """Read it from a customer's events."""
        told = cls()
        for event in events:
            said: Any = event.payload
            if event.kind == "outreach.sent" and said.incident == incident:
                told = cls(
                    max(said.version or 0, told.version or 0), told.resolved or said.notice == "resolved"
                )
        return told

    def against(self, notice: str, version: int) -> str | None:
        """Return why a notice is not for them: told (it, or more), not_told (there is nothing to add to)."""
        if notice == "notice":
            return None if self.version is None else "told"
        if self.version is None:
            return "not_told"
        return "told" if self.resolved or (notice == "update" and self.version >= version) else None


@frozen
class View:
    """What the desk knows of a customer: what they were told, their open case, whether they are forgotten."""

    told: ToldOf
    case: str | None
    forgotten: bool

    @classmethod
    def of(cls, reader: Reader, customer: str, incident: str) -> View:
        """Read it; what records that are one person were told counts for all of them."""
        party = reader.party(customer)
        root, family = (customer, (customer,)) if party is None else (party.root, party.family)
        events = (event for ref in family for event in reader.events(f"customer:{ref}"))
        case = next((row.ref for row in reader.cases_of(root) if row.open), None)
        return cls(ToldOf.of(events, incident), case, party is not None and party.erased_at is not None)


def addressees(
    customers: Iterable[Customer],
    views: Mapping[str, View],
    *,
    affects: Mapping[str, Any],
    notice: str,
    version: int,
    channels: Iterable[ChannelInfo],
    now: datetime,
    zone: str,
) -> tuple[Addressee, ...]:
    """Return what each affected customer gets of a notice, open cases first; the forgotten are left out."""
    known = [each for each in customers if not views[each.id].forgotten]
    against = {each.id: views[each.id].told.against(notice, version) for each in known}
    found = audience(
        known, affects=affects, told=[name for name, reason in against.items() if reason is not None],
        open_cases={each.id: case for each in known if (case := views[each.id].case) is not None},
        channels={channel.kind for channel in channels if channel.sends}, now=now, zone=zone,
    )  # fmt: skip
    return tuple(
        evolve(each, reason=against[each.customer]) if each.reason == "told" else each for each in found
    )
