"""Contacts, and the points by which somebody is reached."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import FORMS, Contact, ContactPoint
from supportkit.policy import Policy
from supportkit.testing.strategies.instants import instants
from supportkit.testing.strategies.texts import texts
from supportkit.testing.strategies.vocabulary import Vocabulary

__all__ = ["CHANNELS", "contact_points", "contacts"]

CHANNELS = ("email", "phone", "web", "social", "chat", "manual")
_POINTS = (
    ContactPoint("email", "jo@example.org"),
    ContactPoint("email", "sam+shop@gmail.com"),
    ContactPoint("email", "alex.b@bücher.example"),
    ContactPoint("phone", "+447700900001"),
    ContactPoint("phone", "07700 900002", region="GB"),
    ContactPoint("handle", "@jo", network="social"),
    ContactPoint("handle", "@sam", network="social"),
    ContactPoint("account", "A-1"),
    ContactPoint("account", "A-2"),
)
_REACH = st.integers(0, 100_000)
_POINT_OF = {"email": "email", "web": "email", "phone": "phone", "social": "handle", "chat": "handle"}
_FORMS_OF = {
    "phone": ("call", "voicemail", "callback_request"),
    "social": ("message", "mention"),
    "manual": ("visit", "message"),
}


def contact_points(*, kind: str | None = None) -> st.SearchStrategy[ContactPoint]:
    """Contact points of one `kind` (email, phone, handle, account) or of all; towards a mail address."""
    return st.sampled_from([point for point in _POINTS if kind in {None, point.kind}])


def contacts(
    *,
    channel: str | None = None,
    at: st.SearchStrategy[datetime] | None = None,
    about: Policy | None = None,
    **given: Any,
) -> st.SearchStrategy[Contact]:
    """Contacts of persons by one `channel` (its kind) or by any, with points that belong to it.

    `at` draws their instant. `about` a policy, they come by its channels and use its words. Fields `given`
    hold for all of them. They shrink towards an empty private mail without anything optional.
    """
    known = Vocabulary.of(about).values.get("contact.channel", ())
    kinds = tuple(dict.fromkeys((*CHANNELS, *map(str, known)))) if channel is None else (channel,)
    # All parts are drawn whatever the channel is, so that one kind of contact shrinks into another.
    return st.builds(
        partial(_contact, given),
        texts(about=about),
        st.sampled_from(kinds),
        choices=st.tuples(st.integers(0, 7), st.integers(0, 5)),
        subject=texts(about=about, max_size=30),
        public=st.booleans(),
        reach=st.none() | _REACH,
        product=st.none() | st.sampled_from(["Fibre", "Mobile"]),
        number=st.integers(1, 999),
        at=instants() if at is None else at,
    )


def _contact(
    given: dict[str, Any],
    text: str,
    kind: str,
    *,
    choices: tuple[int, int],
    subject: str,
    public: bool,
    reach: int | None,
    product: str | None,
    number: int,
    at: datetime,
) -> Contact:
    points = [each for each in _POINTS if each.kind == _POINT_OF.get(kind, "account")]
    forms = _FORMS_OF.get(kind, FORMS[:1])
    seen = kind == "social" and public
    said: dict[str, Any] = {
        "id": f"m{number}",
        "channel": kind,
        "form": forms[choices[1] % len(forms)],
        "at": at,
        "points": (points[choices[0] % len(points)],),
        "text": text,
        "visibility": "public" if seen else "private",
        "reach": reach if seen else None,
        "product": product,
    }
    return Contact(**{**said, **(_envelope(said, subject) if kind == "email" else {}), **given})


def _envelope(said: dict[str, Any], subject: str) -> dict[str, Any]:
    """What a mail has besides."""
    sender, message_id = said["points"][0].value, f"<{said['id']}@example.org>"
    headers = (("From", sender), ("Subject", subject), ("Message-ID", message_id))
    return {"sender": sender, "subject": subject, "message_id": message_id, "headers": headers}
