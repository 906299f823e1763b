"""The words of an acknowledgement: templates as data, the promised time in the customer's own zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import field, frozen

from supportkit.calendars import zone as load_zone
from supportkit.cases import Contact, Promise

__all__ = ["ACK_TEMPLATES", "AckTemplate", "ack_text", "promise_text", "promised_time"]


def _names(text: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(text.split() if isinstance(text, str) else text)


_WAITS = {
    "now": "Somebody is with you in a moment.",
    "about": "The wait is about {likely} minutes.",
    "between": "The wait is likely {likely} minutes, and hardly ever more than {most}.",
    "long": "The wait is likely more than {likely} minutes; we can call you back.",
    "unknown": "We cannot say how long the wait is; we can call you back.",
}


@frozen(kw_only=True)
class AckTemplate:
    """The words of one language.

    `reply` and `callback` hold ``{due}``, `received` makes no promise, `reference` holds ``{reference}``;
    `due` says how a time is written: ``{weekday} {day} {month} {year} {time} {zone} {offset}``. `weekdays`
    begin with Monday, `months` with January. `hello` holds ``{name}`` and greets a customer who is known,
    `questions` stands before what is still to be asked. To the customer whose device reported a fault
    `noticed` is said instead of `greeting`, under `noticed_subject`. `waits` says how long the wait is, by
    the code of what is known of it; ``{likely}`` and ``{most}`` are minutes.
    """

    subject: str
    greeting: str
    reply: str
    callback: str
    received: str
    reference: str
    due: str
    weekdays: tuple[str, ...] = field(converter=_names)
    months: tuple[str, ...] = field(converter=_names)
    hello: str = "Hello {name},"
    questions: str = "So that we can help you sooner, please tell us:"
    noticed_subject: str = "We have noticed a fault"
    noticed: str = "One of your devices reports a fault. You need do nothing: we are looking at it."
    waits: Mapping[str, str] = _WAITS

    def time(self, due: datetime, *, zone: str) -> str:
        """Write an instant as the wall clock of a zone shows it, with the zone's name and offset."""
        local = due.astimezone(load_zone(zone))
        return self.due.format(
            weekday=self.weekdays[local.weekday()],
            day=local.day,
            month=self.months[local.month - 1],
            year=local.year,
            time=f"{local:%H:%M}",
            zone=zone,
            offset=f"UTC{local:%z}"[:6] + ":" + f"{local:%z}"[3:5],
        )


ACK_TEMPLATES: Mapping[str, AckTemplate] = {
    "en": AckTemplate(
        subject="We have your message",
        greeting="Thank you for getting in touch. We have your message.",
        reply="A person will answer you by {due}.",
        callback="We will call you back by {due}.",
        received="A person will read it and answer you.",
        reference="Your reference: {reference}",
        due="{weekday} {day} {month} {year}, {time} ({zone}, {offset})",
        weekdays="Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        months="January February March April May June July August September October November December",
    ),
    "de": AckTemplate(
        subject="Ihre Nachricht ist angekommen",
        greeting="Danke, dass Sie sich melden. Ihre Nachricht ist bei uns angekommen.",
        reply="Ein Mensch antwortet Ihnen bis {due}.",
        callback="Wir rufen Sie bis {due} zurück.",
        received="Ein Mensch liest sie und antwortet Ihnen.",
        reference="Ihr Zeichen: {reference}",
        hello="Guten Tag {name},",
        noticed_subject="Wir haben eine Störung bemerkt",
        noticed="Eines Ihrer Geräte meldet eine Störung. Sie brauchen nichts zu tun: Wir kümmern uns darum.",
        questions="Damit wir Ihnen schneller helfen können, sagen Sie uns bitte:",
        waits={
            "now": "Gleich ist jemand für Sie da.",
            "about": "Sie warten etwa {likely} Minuten.",
            "between": "Sie warten wahrscheinlich {likely} Minuten, kaum je mehr als {most}.",
            "long": "Sie warten wahrscheinlich mehr als {likely} Minuten; wir können Sie zurückrufen.",
            "unknown": "Wie lange Sie warten, wissen wir nicht; wir können Sie zurückrufen.",
        },
        due="{weekday}, {day}. {month} {year}, {time} Uhr ({zone}, {offset})",
        weekdays="Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    ),
    "nl": AckTemplate(
        subject="Wij hebben uw bericht ontvangen",
        greeting="Dank u voor uw bericht. Het is bij ons aangekomen.",
        reply="Een medewerker antwoordt u uiterlijk {due}.",
        callback="Wij bellen u uiterlijk {due} terug.",
        received="Een medewerker leest het en antwoordt u.",
        reference="Uw kenmerk: {reference}",
        hello="Beste {name},",
        noticed_subject="Wij hebben een storing opgemerkt",
        noticed="Een van uw apparaten meldt een storing. U hoeft niets te doen: wij kijken ernaar.",
        questions="Zodat wij u sneller kunnen helpen, horen wij graag:",
        waits={
            "now": "Er is zo iemand voor u.",
            "about": "U wacht ongeveer {likely} minuten.",
            "between": "U wacht waarschijnlijk {likely} minuten, bijna nooit meer dan {most}.",
            "long": "U wacht waarschijnlijk meer dan {likely} minuten; wij kunnen u terugbellen.",
            "unknown": "Hoe lang u wacht, weten wij niet; wij kunnen u terugbellen.",
        },
        due="{weekday} {day} {month} {year}, {time} uur ({zone}, {offset})",
        weekdays="maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        months="januari februari maart april mei juni juli augustus september oktober november december",
    ),
}


def ack_text(
    contact: Contact,
    *,
    promise: Promise | None,
    zone: str,
    language: str = "en",
    templates: Mapping[str, AckTemplate] = ACK_TEMPLATES,
    reference: str | None = None,
    questions: Iterable[str] = (),
    wait: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> tuple[str, str]:
    """Return subject and text of an acknowledgement.

    The promised time is rounded down to the minute (we promise no later than we owe) and shown in `zone`, the
    customer's IANA zone. Without a promise the text names no time. `language` is a tag such as ``de-AT``; an
    unknown one gets English, or the first template. `reference` (the subject token with the case) is put into
    subject and text; `questions` are asked in between. `wait` is what may be said of the wait: its code, and
    minutes (``likely``, ``most``). A customer who is known by `name` is greeted by it. Raises UnknownZone.

    >>> from datetime import UTC, datetime
    >>> mail = Contact(id="m1", channel="email", at=datetime(2026, 7, 1, tzinfo=UTC), subject="No signal")
    >>> promise = Promise("p1", due=datetime(2026, 7, 1, 16, tzinfo=UTC))
    >>> subject, text = ack_text(mail, promise=promise, zone="Europe/London")
    >>> subject
    'Re: No signal'
    >>> print(text.splitlines()[2])
    A person will answer you by Wednesday 1 July 2026, 17:00 (Europe/London, UTC+01:00).
    """
    words = _template(templates, language)
    signal = contact.form == "signal"
    hello = [words.hello.format(name=" ".join(name.split())), ""] if name and name.strip() else []
    lines = [*hello, words.noticed if signal else words.greeting, "", _answer(words, promise, zone)]
    if wait is not None:
        lines += [words.waits[wait["code"]].format(likely=wait["likely"], most=wait["most"])]
    if asked := [f"- {question}" for question in questions]:
        lines += ["", words.questions, *asked]
    if reference:
        lines += ["", words.reference.format(reference=reference)]
    subject = words.noticed_subject if signal else contact.subject
    return _subject(words, subject, reference, reply=not signal), "\n".join(lines) + "\n"


def promise_text(
    promise: Promise,
    *,
    zone: str,
    language: str = "en",
    templates: Mapping[str, AckTemplate] = ACK_TEMPLATES,
) -> str:
    """Return a promise in the words in which the customer is told it; raises UnknownZone.

    >>> from datetime import UTC
    >>> promise = Promise("p1", "callback", due=datetime(2026, 7, 1, 16, tzinfo=UTC))
    >>> promise_text(promise, zone="Europe/Berlin", language="de")
    'Wir rufen Sie bis Mittwoch, 1. Juli 2026, 18:00 Uhr (Europe/Berlin, UTC+02:00) zurück.'
    """
    return _answer(_template(templates, language), promise, zone)


def _template(templates: Mapping[str, AckTemplate], language: str) -> AckTemplate:
    tag = language.replace("_", "-").lower()
    for name in (tag, tag.partition("-")[0], "en"):
        if name in templates:
            return templates[name]
    return next(iter(templates.values()))


def _answer(words: AckTemplate, promise: Promise | None, zone: str) -> str:
    if promise is None or promise.due is None:
        return words.received
    text = words.callback if promise.what == "callback" else words.reply
    return text.format(due=_down_to_the_minute(words, promise.due, zone))


def promised_time(
    due: datetime,
    *,
    zone: str,
    language: str = "en",
    templates: Mapping[str, AckTemplate] = ACK_TEMPLATES,
) -> str:
    """Return a promised instant as the customer is told it: down to the minute, in their zone and language.

    >>> from datetime import UTC
    >>> promised_time(datetime(2026, 7, 1, 16, 0, 59, tzinfo=UTC), zone="Europe/London")
    'Wednesday 1 July 2026, 17:00 (Europe/London, UTC+01:00)'
    """
    return _down_to_the_minute(_template(templates, language), due, zone)


def _down_to_the_minute(words: AckTemplate, due: datetime, zone: str) -> str:
    return words.time(due - timedelta(seconds=due.second, microseconds=due.microsecond), zone=zone)


def _subject(words: AckTemplate, subject: str | None, reference: str | None, *, reply: bool) -> str:
    theirs = " ".join((subject or "").split())
    answer = reply and bool(theirs) and not theirs.lower().startswith("re:")
    text = f"Re: {theirs}" if answer else theirs or words.subject
    return text if not reference or reference in text else f"{text} {reference}"
