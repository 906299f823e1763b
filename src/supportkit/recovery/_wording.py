"""A packet as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from supportkit.recovery.packet import Asset, Packet, Tried, Who

__all__ = ["packet_text"]


def packet_text(packet: Packet) -> str:
    """Write a packet line by line; what is unknown is not mentioned."""
    return "\n".join(f"{label + ':':<10}{text}" for label, text in _lines(packet) if text)


def _lines(packet: Packet) -> Iterator[tuple[str, str]]:
    yield "Case", packet.case + _hands(packet)
    yield "Who", _who(packet.who) + _route(packet)
    yield "Wants", _wants(packet)
    yield from (("About", _asset(asset)) for asset in packet.assets if asset.matched_by)
    yield "Owns", "; ".join(_asset(asset) for asset in packet.assets if not asset.matched_by)
    yield from (("Tried", _tried(tried, packet)) for tried in packet.tried)
    yield from (("Answered", f"{answer.question}: {answer.answer}") for answer in packet.answers)
    yield "Ask", "; ".join(packet.to_ask)
    for promise in packet.promises:
        yield "Promised", promise.what + ("" if promise.due is None else f" by {_at(promise.due)}")
    for remedy in packet.remedies:
        yield "Remedy", _joined([remedy.state, remedy.remedy or remedy.kind, remedy.amount, remedy.currency])
    for earlier in packet.earlier:
        yield "Earlier", _joined([earlier.id, earlier.kind, earlier.product, earlier.status, earlier.outcome])
    for transfer in packet.transfers:
        why = f": {transfer.why}" if transfer.why else ""
        yield "Moved", f"{_at(transfer.at)} from {transfer.sender} to {transfer.receiver}{why}"
    if (action := packet.next_action) is not None:
        due = "" if action.due is None else f" by {_at(action.due)}"
        yield "Next", action.what + due + ("" if action.owner is None else f" ({action.owner})")


def _hands(packet: Packet) -> str:
    sender = f" from {packet.sender}" if packet.sender else ""
    receiver = f" to {packet.receiver}" if packet.receiver else ""
    return sender + receiver + (f": {packet.why}" if packet.why else "")


def _who(who: Who) -> str:
    person = who.name or who.customer or "somebody"
    return f"{person} ({who.status}, {'verified' if who.verified else 'not verified'})"


def _route(packet: Packet) -> str:
    by = f", by {packet.channel}" if packet.channel else ""
    return by + (f", in {packet.language}" if packet.language else "")


def _wants(packet: Packet) -> str:
    if packet.wanted is None:
        return ""
    said = packet.wanted.words or packet.wanted.ref or ""
    words = packet.texts.get(said) or packet.wanted.words
    return words or f"see {packet.wanted.ref or packet.wanted.event}"


def _asset(asset: Asset) -> str:
    serial = f"serial {asset.serial}" if asset.serial else None
    return _joined([asset.product, asset.model, serial])


def _tried(tried: Tried, packet: Packet) -> str:
    text = packet.texts.get(tried.ref or "") or (f"see {tried.ref}" if tried.ref else None)
    by = f"by {tried.by}" if tried.by else None
    return f"{_at(tried.at)} {_joined([tried.what, by, tried.outcome])}" + (f": {text}" if text else "")


def _joined(parts: Iterable[object]) -> str:
    return " ".join(str(part) for part in parts if part is not None)


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
