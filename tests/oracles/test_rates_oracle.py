"""Lines of several rates beside a naive one, which is sorted anew at every microsecond."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.cases import Agent
from supportkit.priority import Ageing, QueueOrder
from supportkit.routing import Item, Router, RoutingPolicy, waits

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
HORIZON = 120
RATES = (1, 1, 2, 3, 0.5, Fraction(7, 3))
KEYS = st.none() | st.integers(-30, 30).map(lambda at: (NOON - EPOCH) // MICRO + at)

items = st.builds(
    lambda came, **said: Item("?", created_at=NOON + came * MICRO, **said),
    st.integers(0, 40),
    rate=st.sampled_from(RATES),
    sort_key=KEYS,
    queue=st.sampled_from((None, None, "q")),
)
lines = st.lists(items, min_size=1, max_size=6).map(
    lambda drawn: [evolve(item, id=f"item-{n}") for n, item in enumerate(drawn)]
)


def gathered(item, now):
    came = item.created_at if item.sort_key is None else EPOCH + item.sort_key * MICRO
    return Fraction(item.rate) * ((now - came) // MICRO)


def in_line(items, now):
    """The line at an instant, told in the plainest way."""
    keyed = sorted((i for i in items if i.created_at <= now), key=lambda i: (i.created_at, i.id))
    keyed.sort(key=lambda item: gathered(item, now), reverse=True)
    return [i for i in keyed if i.sort_key is not None] + [i for i in keyed if i.sort_key is None]


@given(lines)
def test_places_are_those_of_a_line_that_is_sorted_anew(line):
    for minute in range(0, HORIZON, 7):
        now = NOON + minute * MICRO
        found = waits.positions(line, now=now)
        assert list(found) == [item.id for item in in_line(line, now)]
        assert list(found.values()) == list(range(1, len(found) + 1))


@given(lines)
def test_a_pick_is_the_first_of_a_line_that_is_sorted_anew_and_holds_until_the_next_change(line):
    policy, agent = RoutingPolicy(), Agent("ann", queues={"q": (1, 0)} if len(line) % 2 else None)
    held, until = None, None
    for micro in range(40, HORIZON):
        now = NOON + micro * MICRO
        pick = policy.pick(agent, line, now=now)
        numbered = sorted(
            in_line(line, now), key=lambda item: item.queue is None and agent.queues is not None
        )
        assert pick.item == numbered[0].id
        assert pick.next_change_at is None or pick.next_change_at > now
        if held is not None and (until is None or now < until):
            assert pick.item == held
        held, until = pick.item, pick.next_change_at


@given(items, items)
@settings(max_examples=300)
def test_one_overtakes_another_where_it_first_has_as_many_points(a, b):
    start = max(a.created_at, b.created_at)
    same_kind = (a.sort_key is None) is (b.sort_key is None)
    ahead = same_kind and gathered(a, start) > gathered(b, start)
    met = (start + n * MICRO for n in range(1, 3000))
    expected = next((at for at in met if ahead and gathered(b, at) >= gathered(a, at)), None)
    assert waits.overtake(a, b) == expected


POINT = 42  # microseconds, a whole number of them at each rate


@given(lines, st.lists(st.integers(-2, 2), min_size=6, max_size=6), st.integers(40, HORIZON))
def test_a_router_gives_in_the_order_of_the_moment_and_a_score_is_worth_the_same_at_any_rate(
    line, scores, later
):
    line = [evolve(item, sort_key=None) for item in line]
    order, now = QueueOrder(Ageing.linear(Fraction(timedelta(hours=1) // MICRO, POINT))), NOON + later * MICRO
    router = Router(RoutingPolicy(), order, push=False)
    for item, score in sorted(zip(line, scores, strict=False), key=lambda pair: pair[0].created_at):
        router.put(item, score=score, now=item.created_at)
    router.set_agent(Agent("ann"), now=now)

    def place(pair):
        item, score = pair
        return -gathered(item, now) - score * POINT, item.created_at, item.id

    expected = [item.id for item, _ in sorted(zip(line, scores, strict=False), key=place)]
    assert [router.take("ann", now=now).assigned[0][0] for _ in line] == expected
