"""Checks that the channels share: names, texts and instants that people and forms send."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from supportkit.canonical import parse_instant
from supportkit.cases import utc
from supportkit.errors import ChannelError, InvalidValue, nearest_name
from supportkit.ports import Request

__all__ = ["body_object", "instant_of", "refuse_unknown", "text_of"]


def refuse_unknown(given: Iterable[str], known: Collection[str], *, channel: str) -> None:
    """Raise ChannelError for names that nobody knows, with the nearest that somebody does."""
    unknown = sorted(str(name) for name in given if name not in known)
    if not unknown:
        return
    hints = [f"{name!r}{_hint(name, known)}" for name in unknown]
    message = f"{channel}: unknown field {', '.join(hints)}; known are {', '.join(known)}"
    raise ChannelError(message)


def _hint(name: str, known: Collection[str]) -> str:
    near = nearest_name(name, known)
    return f" (did you mean {near!r}?)" if near else ""


def text_of(value: Any, *, name: str, channel: str, longest: int) -> str | None:
    """Return a field's text, stripped, None when empty; raises ChannelError for no text or too much of it."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        message = f"{channel}: field {name!r} must be text, not {type(value).__name__}"
        raise ChannelError(message)
    text = str(value).replace("\x00", "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        message = f"{channel}: field {name!r} has {len(text)} characters, at most {longest} are taken"
        raise ChannelError(message)
    return text or None


def instant_of(value: Any, *, name: str, channel: str) -> datetime:
    """Return a field's instant (aware, or ISO 8601 text with an offset); raises ChannelError otherwise."""
    try:
        return utc(parse_instant(value) if isinstance(value, str) else value, name=name)
    except InvalidValue as error:
        message = f"{channel}: {error}"
        raise ChannelError(message) from error


def body_object(request: Request, *, channel: str) -> Mapping[str, Any]:
    """Return the JSON object in a request's body; raises ChannelError when there is none."""
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        message = f"{channel}: the body is no JSON: {error}"
        raise ChannelError(message) from error
    if isinstance(found, dict):
        return found
    message = f"{channel}: the body must be a JSON object, not {type(found).__name__}"
    raise ChannelError(message)
