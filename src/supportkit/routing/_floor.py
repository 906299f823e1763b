"""The floor: all that a router keeps, what happens there, and what happens by time alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.routing._entry import Entry, Waiting
from supportkit.routing._roster import Roster
from supportkit.routing._standing import Standing
from supportkit.routing._timers import Timers
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.router_state import Changed, Offer

__all__ = ["Floor"]

_OFFLINE: Final = "offline"
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class Floor:
    """Items, agents and offers of one router, at one instant.

    Whoever may have become able to work on something is *fresh* until the next `match`: agents pick first,
    in the order of their ids, then what still waits chooses, in the order of the line. Nothing else can have
    become a pair, since an assignment takes room and never makes any.
    """

    def __init__(
        self, policy: RoutingPolicy, *, push: bool, grace: timedelta | None, presence_on_timeout: str | None
    ) -> None:
        self._push, self._grace, self._presence_on_timeout = push, grace, presence_on_timeout
        self.policy, self.now = policy, _EVER
        self.roster = Roster(policy)
        self.waiting = Waiting(self.roster)
        self.timers = Timers()
        self.entries: dict[str, Entry] = {}
        self.offers: dict[str, Offer] = {}
        self.offer_states: dict[str, str] = {}
        self._fresh_items: dict[str, Entry] = {}
        self._fresh_agents: dict[str, Standing] = {}
        self._moved: dict[str, list[Any]] = {}

    # Time

    def settle(self, now: datetime) -> None:
        """Let everything happen that was due by now, each at its own instant."""
        now = utc(now)
        if now < self.now:
            raise InvalidValue(f"now={now.isoformat()} lies before the last call's {self.now.isoformat()}")
        while (at := self.timers.first) is not None and at <= now:
            self.now = at
            for kind, name in self.timers.due(at):
                self._happen(kind, name)
            self.match()
        self.now = now

    def _happen(self, kind: str, name: str) -> None:
        if kind == "expiry":
            self._expire(self.offers[name])
        elif kind == "grace":
            self._return_work(self.roster.ids[name])
        elif kind == "rest":
            self.rest(self.roster.ids[name])
        else:
            self._restage(entry := self.entries[name])
            self._fresh_items[name] = entry

    def _expire(self, offer: Offer) -> None:
        self.unanswered(offer, "expired")
        one = self.roster.ids[offer.agent]
        if self._presence_on_timeout not in {None, one.presence}:
            self.move(one, str(self._presence_on_timeout))

    # Items

    def wait(self, entry: Entry) -> None:
        """Let the item wait (again), with its age and its place."""
        entry.state, entry.agent, entry.version = "waiting", None, entry.version + 1
        self.waiting.stage(entry, now=self.now)
        self._line_up(entry)
        if entry.version > 1:
            self._note("returned", entry.item.id)

    def _line_up(self, entry: Entry) -> None:
        self.waiting.add(entry)
        self.arm(entry)
        self._fresh_items[entry.item.id] = entry

    def arm(self, entry: Entry) -> None:
        """Set when time alone next changes who may have a waiting item."""
        created, until = entry.item.created_at, entry.demand.stage.until
        seen = [created + delay for delay in self.roster.delays(entry.demand.queue)]
        due = [*seen, until] if until is not None else seen
        self.timers.set(("item", entry.item.id), min((at for at in due if at > self.now), default=None))

    def _restage(self, entry: Entry) -> None:
        if self.waiting.stage(entry, now=self.now):
            self.waiting.remove(entry)
            self._line_up(entry)
        else:
            self.arm(entry)

    def leave(self, entry: Entry, *, offers: str = "rescinded") -> None:
        """Take the item from wherever it is; whoever had it is free."""
        if entry.line is not None:
            self.waiting.remove(entry)
            self.timers.set(("item", entry.item.id), None)
            self._fresh_items.pop(entry.item.id, None)
        for offer_id in tuple(entry.offers):
            self.close(self.offers[offer_id], offers)
        one, entry.agent = entry.agent, None
        if one is not None:
            one.drop(entry.item.id)
            one.idle_since = self.now
            self._freed(one)

    def seat(self, entry: Entry, one: Standing) -> None:
        """Put the item, which is nowhere, into the agent's hand."""
        item, limit = entry.item, self.policy.rate_limit
        entry.state, entry.agent, entry.version = "assigned", one, entry.version + 1
        one.take(item)
        one.last_assigned = self.now
        self.roster.last[entry.demand.queue, item.channel] = one.id
        if limit is not None:
            counted = (at for at in one.assigned_at if at > self.now - limit.window)
            one.assigned_at = (*counted, self.now)
            self.rest(one)
        self.roster.update(one)
        self._note("assigned", (item.id, one.id))

    # Offers

    def hold(self, entry: Entry, one: Standing, ttl: timedelta) -> Offer:
        """Hold the item out to the agent."""
        if entry.line is not None:
            self.leave(entry)
        entry.count += 1
        offer = Offer(f"{entry.item.id}/offer-{entry.count}", entry.item.id, one.id, self.now + ttl)
        self.offers[offer.id], self.offer_states[offer.id] = offer, "pending"
        entry.offers.append(offer.id)
        entry.state, entry.version = "offered", entry.version + 1
        one.hold(offer.id, entry.item)
        self.roster.update(one)
        self.timers.set(("expiry", offer.id), offer.expires_at)
        return offer

    def close(self, offer: Offer, state: str) -> Standing:
        """End a pending offer and give its place back."""
        self.offer_states[offer.id] = state
        self.timers.set(("expiry", offer.id), None)
        self.entries[offer.item].offers.remove(offer.id)
        one = self.roster.ids[offer.agent]
        one.release(offer.id)
        self._freed(one)
        if state in {"expired", "rescinded"}:
            self._note(state, offer.id)
        return one

    def unanswered(self, offer: Offer, state: str, reason: str | None = None) -> None:
        """End an offer that its agent did not take, and never give them the item again."""
        self.close(offer, state)
        if state == "declined":
            self._note("declined", (offer.id, reason))
        entry = self.entries[offer.item]
        entry.refuse(offer.agent)
        self._without_offer(entry)

    def _without_offer(self, entry: Entry) -> None:
        if entry.offers:
            entry.version += 1
        else:
            self.wait(entry)

    # Agents

    def _freed(self, one: Standing) -> None:
        one.changed()
        self.roster.update(one)
        self._fresh_agents[one.id] = one

    def rest(self, one: Standing) -> None:
        """Note until when wrap-up or a limit keeps work from the agent."""
        one.changed()
        self.timers.set(("rest", one.id), self.roster.rest(one, now=self.now))
        self._fresh_agents[one.id] = one

    def move(self, one: Standing, presence: str) -> None:
        """Let the agent be present in another way."""
        before = one.presence
        self.roster.move(one, presence)
        self.came_or_went(one, before)

    def came_or_went(self, one: Standing, before: str | None) -> None:
        """Let follow what follows from a presence that changed, or from an agent who did."""
        pools = self.policy.pools
        if one.presence == _OFFLINE and before not in {None, _OFFLINE}:
            self._log_out(one)
        elif before == _OFFLINE and one.presence != _OFFLINE:
            self.timers.set(("grace", one.id), None)
        if before is not None and before not in pools and one.presence in pools:
            one.idle_since = self.now
        self._freed(one)
        if self.policy.relaxation.skips:
            for entry in tuple(self.waiting.entries.values()):
                self._restage(entry)

    def _log_out(self, one: Standing) -> None:
        for offer_id in tuple(one.held):
            offer = self.offers[offer_id]
            self.close(offer, "rescinded")
            self._without_offer(self.entries[offer.item])
        one.leaving = {name: self.entries[name].version for name in one.hand}
        if self._grace is None:
            return
        if self._grace:
            self.timers.set(("grace", one.id), self.now + self._grace)
        else:
            self._return_work(one)

    def _return_work(self, one: Standing) -> None:
        for name, version in one.leaving.items():
            entry = self.entries[name]
            if entry.agent is one and entry.version == version:
                self.leave(entry)
                self.wait(entry)
        one.leaving = {}

    # Bringing together

    def match(self) -> None:
        """Bring together whoever and whatever may have become a pair."""
        agents, self._fresh_agents = self._fresh_agents, {}
        items, self._fresh_items = self._fresh_items, {}
        if not self._push or not self.waiting.entries:
            return
        for _, one in sorted(agents.items()):
            while (entry := self.waiting.best_for(one, now=self.now)) is not None:
                self._push_to(entry, one)
        place = self.waiting.placing(now=self.now)
        for entry in sorted(items.values(), key=lambda entry: place(entry.item)):
            if entry.line is not None:
                able = self.roster.may_have(entry.line, entry.demand, now=self.now)
                best = self.roster.best(entry.demand, able)
                if best is not None:
                    self._push_to(entry, best)

    def _push_to(self, entry: Entry, one: Standing) -> None:
        terms = self.policy.offers
        if terms is None:
            self.leave(entry)
            self.seat(entry, one)
        else:
            self._note("offered", self.hold(entry, one, terms.within))
        self._fresh_agents.clear()

    def _note(self, kind: str, what: Any) -> None:
        self._moved.setdefault(kind, []).append(what)

    def answer(self, *, changed: bool | None = None) -> Changed:
        """Return what moved since the last answer; whether that was anything, unless it is said."""
        moved, self._moved = self._moved, {}
        said = bool(moved) if changed is None else changed
        return Changed(said, **{kind: tuple(what) for kind, what in moved.items()})
