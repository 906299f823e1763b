"""Hooks that hear: one after the other, none able to silence the next or to change what was committed."""

import threading
from datetime import UTC, datetime

import pytest

from supportkit import Registry
from supportkit.cases import Event
from supportkit.plugins import hookimpl
from supportkit.plugins.failures import Failures
from supportkit.ports import Outbound

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
EVENTS = [Event.of("case.classified", at=NOON, stream="case:1", seq=seq, tags=[str(seq)]) for seq in (1, 2)]
COMMITTED, DELIVERY = "supportkit_after_event_committed", "supportkit_on_delivery_error"
HEARD = []


class Plugin:
    def __init__(self, name, do):
        self.__name__, self.do = name, do

    @hookimpl
    def supportkit_after_event_committed(self, desk, event):
        return self.do(desk, event)

    @hookimpl
    def supportkit_on_delivery_error(self, desk, outbound, reason, final):
        return self.do(desk, outbound, reason, final)


@pytest.fixture
def heard():
    return []


def raising(*_):
    raise OSError("down")


async def later():
    HEARD.append("never")


def test_every_plugin_hears_every_event_in_order(heard):
    plugins = [
        Plugin(name, lambda desk, event, name=name: heard.append((name, desk, event))) for name in "ba"
    ]
    Registry.build(plugins=plugins).after_event_committed("consumer", EVENTS)
    assert heard == [(name, "consumer", event) for event in EVENTS for name in "ab"]


def test_every_plugin_hears_of_a_message_that_was_not_sent(heard):
    message = Outbound(to="jo@example.org")
    Registry.build(plugins=[Plugin("a", lambda *about: heard.append(about))]).on_delivery_error("consumer", message, "busy", final=False)  # fmt: skip
    assert heard == [("consumer", message, "busy", False)]


def test_one_that_fails_is_logged_and_counted_and_the_next_still_hears(heard, caplog):
    registry = Registry.build(plugins=[Plugin("a", raising), Plugin("b", lambda *about: heard.append(about))])
    registry.after_event_committed("consumer", EVENTS)
    registry.on_delivery_error("consumer", Outbound(), "busy", final=True)
    assert len(heard) == 3
    assert dict(registry.failures) == {("a", COMMITTED): 2, ("a", DELIVERY): 1}
    assert registry.failures["b", COMMITTED] == 0
    assert [record.name for record in caplog.records] == ["supportkit.plugins"] * 3
    assert caplog.messages[-1] == "plugin 'a', hook supportkit_on_delivery_error: OSError: down"
    assert caplog.records[0].exc_info[0] is OSError


class Awaitable:
    def __await__(self):
        raise AssertionError


@pytest.mark.parametrize("promise", (later, Awaitable))
def test_what_would_have_to_be_awaited_is_a_failure_and_never_awaited(promise, caplog):
    registry = Registry.build(plugins=[Plugin("a", lambda *_: promise())])
    registry.after_event_committed("consumer", EVENTS[:1])
    assert (registry.failures["a", COMMITTED], HEARD) == (1, [])
    assert "hooks are not async" in caplog.text


def test_what_a_plugin_changes_is_its_own_copy(heard):
    def spoil(_, event, *more):
        object.__setattr__(event, "kind" if not more else "to", "spoilt")
        heard.append(event)

    registry = Registry.build(
        plugins=[Plugin("a", spoil), Plugin("b", lambda _, event, *more: heard.append(event))]
    )
    registry.after_event_committed("consumer", EVENTS)
    message = Outbound(to="jo@example.org")
    registry.on_delivery_error("consumer", message, "busy", final=True)
    assert heard[1::2] == [*EVENTS, message]
    assert (EVENTS[0].kind, message.to) == ("case.classified", "jo@example.org")


def test_an_implementation_takes_the_arguments_it_names(heard):
    class Some:
        @hookimpl
        def supportkit_after_event_committed(self, event, unknown="own", *, desk="none"):
            heard.append((event.seq, unknown, desk))

        @hookimpl
        def supportkit_on_delivery_error(self, **about):
            heard.append(sorted(about))

    registry = Registry.build(plugins=[Some()])
    registry.after_event_committed("consumer", EVENTS[:1])
    registry.on_delivery_error("consumer", Outbound(), "busy", final=True)
    assert heard == [(1, "own", "consumer"), ["desk", "final", "outbound", "reason"]]


def test_failures_are_counted_by_many_threads():
    failures = Failures()

    def count():
        for _ in range(500):
            failures.add("a", COMMITTED)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dict(failures) == {("a", COMMITTED): 2000}
    assert (len(failures), repr(failures)) == (1, f"Failures({{('a', '{COMMITTED}'): 2000}})")
