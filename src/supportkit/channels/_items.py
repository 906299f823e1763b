"""Batches as JSON: lists of contacts and delivery updates, read with errors that name the item at fault."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from supportkit.canonical import derived_id, encode
from supportkit.cases import Attachment, Contact, ContactPoint
from supportkit.channels._fields import body_object, instant_of, refuse_unknown, text_of
from supportkit.channels.email_channel import UNDATED
from supportkit.errors import ChannelError, InvalidValue
from supportkit.ports import DeliveryUpdate, Request

__all__ = ["Item", "Translate", "delivery_update", "read_batch"]

Translate = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Turns a provider's own JSON object into the channel's."""

_LONGEST = 100_000
_MOST = 10**12
_UPDATE = ("outbound", "provider_id", "state", "at", "reason")
_POINT = ("kind", "value", "region", "network")
_FILE = ("name", "media_type", "data")


def read_batch(
    request: Any, *, channel: str, lists: Mapping[str, Iterable[str]], translate: Translate | None = None
) -> dict[str, list[Item]]:
    """Return the items of a request (or of a mapping) by the name of their list.

    `lists` maps the names of the lists that may be there to the fields of their items; ``deliveries`` always
    may. Raises ChannelError for anything else, and for a body without any list.
    """
    body = request if isinstance(request, Mapping) else _body(request, channel)
    if translate is not None:
        body = _translated(body, translate, channel)
    known = {**lists, "deliveries": _UPDATE}
    refuse_unknown(body, known, channel=channel)
    if not body:
        raise ChannelError(f"{channel}: the body holds nothing; it must hold a list of {' or '.join(known)}")
    return {name: _items(body.get(name, []), f"{channel}: {name}", known[name]) for name in known}


def _body(request: Any, channel: str) -> Mapping[str, Any]:
    if not isinstance(request, Request):
        raise ChannelError(f"{channel}: pass a Request or a mapping, not {type(request).__name__}")
    return body_object(request, channel=channel)


def _translated(body: Mapping[str, Any], translate: Translate, channel: str) -> Mapping[str, Any]:
    try:
        found = translate(body)
    except ChannelError:
        raise
    except Exception as error:
        message = f"{channel}: the body cannot be translated: {type(error).__name__}: {error}"
        raise ChannelError(message) from error
    if isinstance(found, Mapping):
        return found
    raise ChannelError(f"{channel}: translate gave {type(found).__name__}; it must give a mapping of lists")


def _items(values: Any, place: str, known: Iterable[str]) -> list[Item]:
    if not isinstance(values, list | tuple):
        raise ChannelError(f"{place} must be a list, not {type(values).__name__}")
    return [Item.of(value, f"{place}[{number}]", tuple(known)) for number, value in enumerate(values)]


@frozen
class Item:
    """One mapping of a list, and where it stands: all its errors name the place."""

    values: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, values: Any, place: str, known: tuple[str, ...]) -> Item:
        """Check that a value is a mapping with known names only."""
        if not isinstance(values, Mapping):
            raise ChannelError(f"{place} must be an object, not {type(values).__name__}")
        refuse_unknown(values, known, channel=place)
        return cls(values, place)

    def fault(self, message: str) -> ChannelError:
        """Build the error about this item."""
        return ChannelError(f"{self.place}: {message}")

    def text(self, name: str) -> str | None:
        """Return a text, stripped; None when it is empty or not there."""
        text = text_of(self.values.get(name), name=name, channel=self.place, longest=_LONGEST)
        if text is None or text.isascii():
            return text
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        text = self.text(name)
        if text is None:
            raise self.fault(f"field {name!r} is required")
        return text

    def reference(self, name: str) -> str | None:
        """Return an id that can stand in a header: without white space and angle brackets."""
        text = self.text(name)
        return None if text is None else self._one_word(name, text)

    def references(self, name: str) -> tuple[str, ...]:
        """Return a list of ids, each as in `reference`."""
        texts = (text_of(one, name=name, channel=self.place, longest=_LONGEST) for one in self._list(name))
        return tuple(self._one_word(name, text or "") for text in texts)

    def _one_word(self, name: str, text: str) -> str:
        bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
        if not bare or re.search(r"[\s<>]", bare):
            raise self.fault(f"field {name!r} holds {text!r}, which is no id: it has spaces or brackets")
        return bare

    def choice(self, name: str, known: Iterable[str], default: str | None = None) -> str:
        """Return one of the known texts; required when there is no default."""
        text = self.text(name) or default
        if text is None or text not in known:
            said = f"holds {text!r}" if text else "is required"
            raise self.fault(f"field {name!r} {said}; it can be {', '.join(known)}")
        return text

    def instant(self, name: str) -> datetime | None:
        """Return an aware instant, None when it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return instant_of(value, name=name, channel=self.place)
        except OverflowError as error:
            raise self.fault(f"field {name!r} holds {value!r}, beyond the years there are") from error

    def spans(self, name: str) -> tuple[tuple[datetime, datetime], ...]:
        """Return a list of spans of time, each a mapping with from and to."""
        found = []
        for number, value in enumerate(self._list(name)):
            one = Item.of(value, f"{self.place}.{name}[{number}]", ("from", "to"))
            start, end = one.instant("from"), one.instant("to")
            if start is None or end is None or end < start:
                raise one.fault("needs 'from' and a 'to' that is not before it")
            found.append((start, end))
        return tuple(found)

    def flag(self, name: str) -> bool:
        """Return true or false, false when it is not there."""
        value = self.values.get(name, False)
        if isinstance(value, bool):
            return value
        raise self.fault(f"field {name!r} holds {value!r}; it must be true or false")

    def count(self, name: str) -> int | None:
        """Return a number of people, None when it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST:
            return value
        raise self.fault(f"field {name!r} holds {value!r:.50}, which is no number of people")

    def measure(self, name: str) -> float | None:
        """Return a finite number, None when it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _MOST:
            return float(value)
        raise self.fault(f"field {name!r} holds {value!r:.50}, which is no number")

    def answers(self, name: str) -> Mapping[str, Any]:
        """Return a mapping of answers that were given already: texts, numbers, true or false."""
        value = self.values.get(name, {})
        if not isinstance(value, Mapping):
            raise self.fault(f"field {name!r} must be an object of answers, not {type(value).__name__}")
        for question, answer in value.items():
            if not isinstance(answer, str | int | float | None):
                kind = type(answer).__name__
                raise self.fault(f"field {name!r}: {question!r} must be a plain value, not {kind}")
        try:
            encode(value)
        except InvalidValue as error:
            raise self.fault(f"field {name!r} cannot be kept: {error}") from error
        return value

    def points(self, name: str, *, region: str | None) -> tuple[ContactPoint, ...]:
        """Return a list of contact points, given as mappings."""
        found = []
        for number, value in enumerate(self._list(name)):
            one = Item.of(value, f"{self.place}.{name}[{number}]", _POINT)
            kind = one.choice("kind", ("email", "phone", "handle", "account"))
            place = one.text("region") or (region if kind == "phone" else None)
            found.append(ContactPoint(kind, one.required("value"), place, one.text("network")))
        return tuple(found)

    def files(self, name: str) -> tuple[Attachment, ...]:
        """Return a list of files, each a mapping with name, media_type and data (base64)."""
        return tuple(
            _file(Item.of(value, f"{self.place}.{name}[{number}]", _FILE))
            for number, value in enumerate(self._list(name))
        )

    def file(self, name: str) -> tuple[Attachment, ...]:
        """Return the one file there may be."""
        value = self.values.get(name)
        return () if value is None else (_file(Item.of(value, f"{self.place}.{name}", _FILE)),)

    def _list(self, name: str) -> Iterable[Any]:
        value = self.values.get(name, ())
        if isinstance(value, list | tuple):
            return value
        raise self.fault(f"field {name!r} must be a list, not {type(value).__name__}")

    def contact(self, *key: Any, **fields: Any) -> Contact:
        """Build the contact, its id derived from `key`; an instant that is not there is `UNDATED`."""
        try:
            return Contact(**{**fields, "id": derived_id("contact", *key), "at": fields["at"] or UNDATED})
        except InvalidValue as error:
            raise self.fault(str(error)) from error


def _file(item: Item) -> Attachment:
    try:
        data = b64decode(item.values["data"], validate=True)
    except (KeyError, ValueError, TypeError) as error:
        raise item.fault(f"field 'data' must be base64: {error}") from error
    return Attachment(item.required("name"), item.required("media_type"), data)


def delivery_update(item: Item) -> DeliveryUpdate:
    """Return the delivery update that an item tells."""
    try:
        return DeliveryUpdate(
            item.text("outbound"),
            item.required("state"),
            item.instant("at"),
            item.text("provider_id"),
            item.text("reason"),
        )
    except InvalidValue as error:
        raise item.fault(str(error)) from error
