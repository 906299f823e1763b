"""What holds for canonical JSON, events and folding, whatever they hold."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from supportkit.canonical import (
    decode,
    derived_id,
    digest,
    dumps,
    duration_text,
    encode,
    loads,
    parse_duration,
)
from supportkit.cases import Case, Event, Folding, Log, fold, known_kinds

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TAGS = st.sampled_from(["$dec", "$date", "$dt", "$dur", "$float", "$map", "$", "v", "extra"])
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=OFFSETS | st.just(UTC))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | TEXTS
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes()
    | INSTANTS
    | st.timedeltas()
)
KEYS = TEXTS | TAGS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def turned(value):
    """The same value with every mapping's keys in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(item) for key, item in reversed(value.items())}
    return tuple(map(turned, value)) if isinstance(value, tuple) else value


@given(VALUES)
def test_what_is_encoded_is_decoded_again(value):
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)


@given(VALUES)
def test_the_order_of_keys_never_matters(value):
    assert encode(turned(value)) == encode(value)
    assert digest(turned(value)) == digest(value)


@given(st.frozensets(SCALARS, max_size=6))
def test_a_set_has_one_text_however_it_is_walked(values):
    assert encode(values) == encode(frozenset(sorted(values, key=repr)))
    assert len(decode(encode(values))) == len(values)


@given(st.timedeltas())
def test_durations_are_exact(value):
    assert parse_duration(duration_text(value)) == value


@given(INSTANTS, OFFSETS)
def test_an_instant_is_one_text_in_whatever_zone_it_is_said(instant, zone):
    assert encode(instant.astimezone(zone)) == encode(instant)


@given(st.lists(VALUES, max_size=3), st.lists(VALUES, max_size=3))
def test_ids_are_the_same_exactly_when_their_parts_are(one, other):
    same = encode(one) == encode(other)
    assert (derived_id("x", *one) == derived_id("x", *other)) == same


# -- events -----------------------------------------------------------------------------------------

NAMES = st.text("abcdefgh_", min_size=1, max_size=5).map(lambda name: f"x{name}") | st.sampled_from(["extra", "id", "due_"])  # fmt: skip
AWARE = st.recursive(
    SCALARS.filter(lambda value: not isinstance(value, datetime) or value.tzinfo is not None),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from([*known_kinds(), "x.acme.scored"]),
    INSTANTS,
    st.fixed_dictionaries(
        {},
        optional={
            "actor": st.sampled_from(["customer", "agent:ann", "desk"]), "channel": TEXTS, "audience": TEXTS,
            "visibility": st.sampled_from(["public", "private"]), "automated": st.booleans(), "caused_by": TEXTS,
            "policy_version": TEXTS, "reason": TEXTS,
        },
    ),
    st.dictionaries(NAMES, AWARE, max_size=3),
)  # fmt: skip
def test_an_event_is_read_back_as_it_was_written(kind, at, envelope, said):
    event = Event.of(kind, at=at, stream="case:17", seq=1, **(said | envelope))
    again = Event.from_json(event.to_json())
    assert again == event
    assert again.to_json() == event.to_json()


# -- folding ----------------------------------------------------------------------------------------

STATUS = st.sampled_from(["new", "open", "waiting_customer", "resolved", "closed", "merged", "no status"])
NAMED = st.sampled_from(["ann", "bob", None])
LIKELY = st.one_of(
    st.tuples(st.just("case.status_changed"), st.fixed_dictionaries({"to": STATUS})),
    st.tuples(st.just("case.assigned"), st.fixed_dictionaries({"agent": NAMED, "team": st.sampled_from(["t", "u", None])})),
    st.tuples(st.sampled_from(["contact.received", "contact.replied"]), st.fixed_dictionaries({"automated": st.booleans()})),
    st.tuples(st.sampled_from(["promise.made", "promise.kept", "promise.broken"]), st.fixed_dictionaries({"id": st.sampled_from("pq")})),
    st.tuples(st.just("priority.decided"), st.fixed_dictionaries({"priority": NAMED, "score": st.sampled_from([None, 0, Decimal(5)])})),
    st.tuples(st.sampled_from([*known_kinds(), "x.acme.scored"]), st.just({})),
)  # fmt: skip
STORIES = st.lists(st.tuples(LIKELY, st.integers(0, 2)), max_size=14)


def told(story, *, opened=True):
    log, at = Log("17").opened(at=NINE) if opened else Log("17"), NINE
    for (kind, said), minutes in story:
        at += timedelta(minutes=minutes)
        log = log.add(kind, at=at, **said)
    return log


@given(STORIES, st.booleans(), st.data())
def test_folding_goes_on_where_it_stopped(story, opened, data):
    events = told(story, opened=opened).events
    if not events:
        return
    cut = data.draw(st.integers(1, len(events)))
    begun = Case.from_plain(loads(dumps(fold(events[:cut]).to_plain())))
    assert fold(events[cut:], start=begun) == fold(events)


@given(STORIES, st.booleans())
def test_folding_never_raises_and_always_gives_the_same(story, opened):
    events = told(story, opened=opened).events
    folding = Folding()
    for event in events:
        folding.add(event)
        assert (folding.case.seq, folding.case.last_at) == (event.seq, event.at)
    if events:
        assert fold(events) == folding.case == fold(Event.from_json(event.to_json()) for event in events)


@given(STORIES)
def test_a_case_once_in_hands_is_never_without(story):
    folding, owned = Folding(), False
    for event in told(story):
        folding.add(event)
        owned = owned or bool(folding.case.owner or folding.case.team)
        assert not owned or folding.case.owner or folding.case.team


@given(STORIES)
def test_counters_never_fall_and_only_an_open_case_has_something_ahead(story):
    counters = ("contacts", "replies", "transfers", "reopens", "faults", "promises_kept", "promises_broken")
    folding, before = Folding(), None
    for event in told(story):
        folding.add(event)
        case, counts = folding.case, [getattr(folding.case, name) for name in counters]
        assert before is None or all(old <= new for old, new in zip(before, counts, strict=True))
        assert case.is_open or case.next_action is None or event.kind == "case.next_action_set"
        before = counts


def test_ids_are_frozen():
    assert derived_id("case", "consumer", 1) == "case-1ecedf9bc8bc67c0300c"
    assert Event.of("case.opened", at=NINE, stream="case:17", seq=1).id == "case:17#1"
