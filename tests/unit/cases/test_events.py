"""Events: what is written is read back, whatever version or plugin wrote it."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest

from supportkit.cases import Event, known_kinds, make_payload, payload, upcaster
from supportkit.cases.payloads import Payload, registry
from supportkit.errors import InvalidValue, NaiveDatetime

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
KINDS = """
case.opened case.classified case.assigned case.status_changed case.resolved case.closed case.reopened case.merged
case.next_action_set case.handed_off case.handler_excluded case.fault
contact.received contact.replied contact.noted contact.identified contact.quarantined ack.sent ack.suppressed
promise.made promise.kept promise.broken promise.superseded priority.decided
target.set target.moved target.met target.breached target.warned target.revised target.removed
routing.queued routing.offered routing.accepted routing.declined routing.expired routing.rescinded routing.cancelled
routing.completed routing.relaxed
escalation.armed escalation.fired escalation.acked escalation.unacked escalation.snoozed escalation.woke
escalation.suppressed escalation.exhausted escalation.deescalated escalation.manager_requested escalation.requested
escalation.reassigned escalation.maintenance escalation.attached
recovery.complaint_raised recovery.assessed recovery.apologised recovery.remedy_proposed recovery.remedy_approved
recovery.remedy_given outreach.sent problem.linked feedback.asked feedback.given delivery.updated
agent.presence_changed customer.merged customer.unmerged customer.erased
desk.policy_adopted desk.shadow_differed desk.incident_declared desk.bulletin_published desk.bulletin_seen
""".split()
# One value for each type that a payload's field may have, none of them a default.
SAMPLES = {
    "str": "text", "int": 7, "bool": None, "float": 0.5, "datetime": NINE, "timedelta": timedelta(minutes=90),
    "Decimal": Decimal("19.90"), "tuple": ("one", 2, {"three": NINE}), "Mapping": {"a": ("b", Decimal(1)), "$dec": 1},
    "Any": date(2026, 7, 1),
}  # fmt: skip


def told(kind):
    """An event of this kind that says something in every field."""
    fields = attrs.fields(type(make_payload(kind, {})))
    said = {}
    for field in fields:
        sample = SAMPLES[str(field.type).partition("[")[0].partition(" ")[0]]
        said[field.name] = (not field.default) if sample is None else sample
    return Event.of(kind, at=NINE, stream="case:17", seq=3, **{k: v for k, v in said.items() if k != "extra"})


@pytest.fixture
def scratch():
    """Leave the registry of kinds as it was."""
    before = dict(registry._CLASSES), dict(registry._UPCASTERS)
    yield
    for table, kept in zip((registry._CLASSES, registry._UPCASTERS), before, strict=True):
        table.clear()
        table.update(kept)


def test_all_reserved_kinds_are_known_and_no_others():
    assert known_kinds() == tuple(sorted(KINDS))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_back_as_it_was_written(kind):
    for event in (told(kind), Event.of(kind, at=NINE, stream="case:17", seq=1)):
        again = Event.from_json(event.to_json())
        assert again == event
        assert again.to_json() == event.to_json()


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_an_event_holds_only_what_it_says(kind):
    plain = json.loads(Event.of(kind, at=NINE, stream="case:17", seq=1).to_json())
    assert plain == {"stream": "case:17", "seq": 1, "at": {"$dt": "2026-07-01T09:00:00Z"}, "kind": kind, "data": {"v": 1}}  # fmt: skip


def test_the_text_of_an_event_is_frozen():
    event = Event.of(
        "promise.made", at=NINE, stream="case:17", seq=4, actor="desk", audience="customer", automated=True,
        visibility="public", channel="email", caused_by="case:17#3", policy_version="abc", reason="late",
        id="p1", due=NINE + timedelta(hours=1),
    )  # fmt: skip
    assert event.to_json() == (
        b'{"actor":"desk","at":{"$dt":"2026-07-01T09:00:00Z"},"audience":"customer","automated":true,'
        b'"caused_by":"case:17#3","channel":"email","data":{"due":{"$dt":"2026-07-01T10:00:00Z"},"id":"p1","v":1},'
        b'"kind":"promise.made","policy_version":"abc","reason":"late","seq":4,"stream":"case:17","visibility":"public"}'
    )


@pytest.mark.parametrize("kind", ("promise.made", "x.acme.scored"))
def test_unknown_fields_and_kinds_are_kept_value_for_value(kind):
    event = Event.of(
        kind, at=NINE, stream="case:17", seq=1, id="p1", novel=[{"at": NINE, "by": Decimal("1.10")}]
    )
    assert event.payload.extra["novel"] == ({"at": NINE, "by": Decimal("1.10")},)
    assert Event.from_json(event.to_json()) == event


def test_a_field_called_extra_is_a_field_like_any_other():
    event = Event.of("promise.made", at=NINE, stream="case:17", seq=1, extra={"a": 1})
    assert event.payload.extra == {"extra": {"a": 1}}
    assert Event.from_json(event.to_json()) == event


@pytest.mark.parametrize(("kind", "known"), (("promise.made", "id"), ("x.acme.scored", None)))
def test_a_version_newer_than_ours_is_written_as_it_was_read(kind, known):
    text = (
        b'{"at":{"$dt":"2026-07-01T09:00:00Z"},"data":{"id":"p1","tone":"warm","v":7},"kind":"%s","seq":1,"stream":"case:17"}'
        % kind.encode()
    )
    event = Event.from_json(text)
    assert event.to_json() == text
    assert event.payload.extra["tone"] == "warm"
    assert known is None or getattr(event.payload, known) == "p1"


def test_upcasters_lift_an_old_version_step_by_step(scratch):
    @payload("x.acme.rated", version=3)
    class Rated(Payload):
        stars: int = 0
        scale: int = 5

    @upcaster("x.acme.rated", version=1)
    def _named(fields):
        return {"stars": fields.pop("points"), **fields}

    @upcaster("x.acme.rated", version=2)
    def _scaled(fields):
        return {**fields, "scale": 10 if fields["stars"] > 5 else 5}

    def read(**data):
        text = json.dumps(
            {
                "stream": "case:1",
                "seq": 1,
                "at": {"$dt": "2026-07-01T09:00:00Z"},
                "kind": "x.acme.rated",
                "data": data,
            }
        )
        return Event.from_json(text).payload

    assert read(points=8) == Rated(stars=8, scale=10)
    assert read(v=1, points=4, note="x") == Rated(stars=4, extra={"note": "x"})
    assert read(v=2, stars=8) == Rated(stars=8, scale=10)
    assert read(v=3, stars=8) == Rated(stars=8, scale=5)
    assert json.loads(Event.of("x.acme.rated", at=NINE, stars=1).to_json())["data"] == {"v": 3, "stars": 1}


def test_a_kind_has_one_payload_class(scratch):
    with pytest.raises(InvalidValue, match=r"'case.opened' already has the payload class"):

        @payload("case.opened")
        class Mine(Payload):
            pass


def test_a_payload_is_kept_with_tuples_and_instants_in_utc():
    local = NINE.astimezone(timezone(timedelta(hours=2)))
    event = Event.of("target.set", at=local, due=local, facts={"a": [local, [1]]})
    assert (event.at, event.at.tzinfo, event.payload.due.tzinfo) == (NINE, UTC, UTC)
    assert event.payload.facts == {"a": (NINE, (1,))}
    assert event.payload.facts["a"][0].tzinfo is UTC


@pytest.mark.parametrize("said", ({"at": NINE.replace(tzinfo=None)}, {"at": NINE, "due": NINE.replace(tzinfo=None)}, {"at": NINE, "other": [datetime(2026, 1, 1)]}))  # fmt: skip
def test_a_naive_datetime_is_refused_wherever_it_stands(said):
    with pytest.raises(NaiveDatetime):
        Event.of("promise.made", **said)


def test_an_event_built_bare_has_the_payload_of_its_kind():
    assert Event(kind="case.opened", at=NINE) == Event.of("case.opened", at=NINE)


def test_a_payload_field_called_v_is_refused_because_the_version_stands_there():
    with pytest.raises(InvalidValue, match=r"v=5: a payload's version"):
        Event.of("x.acme.scored", at=NINE, v=5)


@pytest.mark.parametrize(
    ("text", "lacks"),
    (
        ("{}", "stream, seq, at, kind"),
        ('{"stream":"case:1","seq":1,"kind":"x.y"}', "at"),
        ("5", "stream"),
        ("[]", "stream"),
        ('"stream seq at kind"', "stream"),
    ),
)
def test_what_is_no_event_is_refused_with_what_it_lacks(text, lacks):
    with pytest.raises(InvalidValue, match=f"lacks {lacks}"):
        Event.from_json(text)


def test_an_event_without_data_is_an_event_that_says_nothing_more():
    event = Event.from_json(
        '{"stream":"case:1","seq":1,"at":{"$dt":"2026-07-01T09:00:00Z"},"kind":"case.opened"}'
    )
    assert event.payload == make_payload("case.opened", {})


@pytest.mark.parametrize(
    ("actor", "kind", "id"),
    (
        (None, None, None),
        ("customer", "customer", None),
        ("agent:ann", "agent", "ann"),
        ("x:a:b", "x", "a:b"),
    ),
)
def test_an_actor_is_a_kind_and_perhaps_an_id(actor, kind, id):
    event = Event.of("case.fault", at=NINE, stream="case:17", seq=2, actor=actor)
    assert (event.actor_kind, event.actor_id, event.id) == (kind, id, "case:17#2")


@pytest.mark.parametrize(
    ("kind", "said", "message", "reply"),
    (
        ("contact.received", {}, True, False),
        ("contact.received", {"automated": True}, False, False),
        ("contact.received", {"counts": False}, False, False),
        ("contact.replied", {}, False, True),
        ("contact.replied", {"audience": "customer"}, False, True),
        ("contact.replied", {"audience": "internal"}, False, False),
        ("contact.replied", {"automated": True}, False, False),
        ("contact.noted", {}, False, False),
        ("case.opened", {}, False, False),
    ),
)
def test_only_the_customer_s_own_word_counts_and_only_a_person_answers(kind, said, message, reply):
    event = Event.of(kind, at=NINE, **said)
    assert (event.is_customer_message, event.is_human_reply) == (message, reply)
