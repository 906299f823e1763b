"""Erlang's formulas: how likely, how long, how many people are needed.

Plain numbers in one unit of time: `lam` arrivals in it, `mu` items that one server finishes in it, `theta`
how often somebody who waits gives up in it, `within` a wait in it. Arrivals are Poisson, service and patience
exponential, the line is first come, first served. Nothing overflows; 100,000 servers take milliseconds.

B is the recursion of 1/B, which only adds positive terms. C and A follow from B at the same load: with q(k)
the probability of k in line as a multiple of that of none in line and all servers busy, and S the sum of all
q(k), P(wait) = S / (1/B - 1 + S) (Palm 1946; Zeltyn and Mandelbaum, Queueing Systems 51, 2005).

>>> found = c(lam=90, mu=12, servers=10, within=1 / 180)  # 90 calls an hour of 5 minutes, within 20 seconds
>>> round(found.occupancy, 3), round(found.p_wait, 3), round(found.service_level, 3)
(0.75, 0.307, 0.74)
>>> staffing(90, 12, within=1 / 180, target=0.8)
Staffing(servers=11, service_level=0.8607803202012976, occupancy=0.6818181818181818)
"""

from __future__ import annotations

import math

from attrs import frozen

from supportkit.errors import InvalidValue
from supportkit.routing._numbers import finite, not_negative, positive, share, whole

__all__ = ["ErlangA", "ErlangC", "Staffing", "a", "b", "c", "staffing"]


@frozen(kw_only=True)
class ErlangC:
    """What a line without abandonment is like; times in the unit of the rates.

    `offered_load` is lam/mu, the servers that the work keeps busy; `occupancy` the share of its time that one
    server is. `service_level` is the share served within the asked time. Not `stable`: work comes in at least
    as quickly as it can be done, everybody waits, and the means are infinite.
    """

    stable: bool
    offered_load: float
    occupancy: float
    p_wait: float
    mean_wait: float
    mean_wait_if_delayed: float
    mean_queue_length: float
    service_level: float

    def percentile(self, p: float) -> float:
        """Return the wait that a share `p` of all does not exceed; raises InvalidValue outside 0 to 1.

        >>> round(c(lam=90, mu=12, servers=10, within=0).percentile(0.9) * 60, 2)  # minutes
        2.24
        """
        late = 1 - share("p", p)
        if self.p_wait <= late:
            return 0.0
        return math.log(self.p_wait / late) * self.mean_wait_if_delayed if late else math.inf


@frozen(kw_only=True)
class ErlangA:
    """What a line is like whose people give up; times in the unit of the rates.

    `mean_wait` and `p_abandon` are over all who come; `occupancy` is the share of its time that a server is
    busy. Three service levels, since products differ: `service_level` is the share of all who come that is
    served within the time, `service_level_of_answered` the same of those who are served at all (0 when nobody
    is), `service_level_virtual_wait` the share whose wait would be within the time if they never gave up.
    """

    p_wait: float
    p_abandon: float
    occupancy: float
    mean_queue_length: float
    mean_wait: float
    service_level: float
    service_level_of_answered: float
    service_level_virtual_wait: float


@frozen
class Staffing:
    """The fewest servers that reach a target, and what they reach."""

    servers: int
    service_level: float
    occupancy: float


def b(load: float, servers: int) -> float:
    """Return Erlang B: the share turned away when nobody waits; `load` is lam/mu, finite, from 0 up.

    >>> b(2, 3)
    0.21052631578947367
    """
    return 1 / (1 + _below(finite("load", load), whole("servers", servers)))


def c(lam: float, mu: float, servers: int, *, within: float) -> ErlangC:
    """Return Erlang C: the line of those who wait as long as it takes.

    `lam` and `within` are 0 or more, `mu` above 0; with ``lam >= servers * mu`` it is not stable. Raises
    InvalidValue, with the name of the argument.
    """
    lam, mu, servers = finite("lam", lam), positive("mu", mu), whole("servers", servers)
    return _c(lam, mu, servers, _below(lam / mu, servers), not_negative("within", within))


def _c(lam: float, mu: float, servers: int, below: float, within: float) -> ErlangC:
    load, spare = lam / mu, servers * mu - lam
    if spare <= 0:
        return ErlangC(
            stable=False, offered_load=load, occupancy=1.0, p_wait=1.0, mean_wait=math.inf,
            mean_wait_if_delayed=math.inf, mean_queue_length=math.inf, service_level=0.0,
        )  # fmt: skip
    occupancy = load / servers
    p_wait = 1 / (1 + below * (1 - occupancy))
    return ErlangC(
        stable=True,
        offered_load=load,
        occupancy=occupancy,
        p_wait=p_wait,
        mean_wait=p_wait / spare,
        mean_wait_if_delayed=1 / spare,
        mean_queue_length=lam * p_wait / spare,
        service_level=1 - p_wait * math.exp(-spare * within),
    )


def staffing(lam: float, mu: float, *, within: float, target: float, max_occupancy: float = 1) -> Staffing:
    """Return the fewest servers that serve a share `target` in time, each busy at most `max_occupancy`.

    Waits are those of `c`. Without arrivals nobody is needed. A `target` of 1 has no answer and raises
    InvalidValue.
    """
    lam, mu = finite("lam", lam), positive("mu", mu)
    within, target, most = (
        not_negative("within", within),
        share("target", target),
        share("max_occupancy", max_occupancy),
    )
    if target == 1:
        raise InvalidValue("target=1: no number of servers rules out every wait; give a share below 1")
    if most == 0:
        raise InvalidValue("max_occupancy=0: servers who do any work are busy; give a share above 0")
    if lam == 0:
        return Staffing(0, 1.0, 0.0)
    load, servers, below = lam / mu, 0, 0.0
    while True:
        servers += 1
        below = (below + 1) * servers / load
        if servers * mu <= lam or load > most * servers:
            continue
        found = _c(lam, mu, servers, below, within)
        if found.service_level >= target:
            return Staffing(servers, found.service_level, found.occupancy)


def a(lam: float, mu: float, theta: float, servers: int, *, within: float) -> ErlangA:
    """Return Erlang A: the line of those who give up at the rate `theta` (1/theta is the mean patience).

    `theta` 0 is `c`; the larger it is, the nearer to `b`. Raises InvalidValue, with the name of the argument.

    >>> found = a(lam=100, mu=10, theta=20, servers=9, within=0.01)
    >>> round(found.p_abandon, 4), round(found.occupancy, 4), round(found.mean_wait, 4)
    (0.2011, 0.8877, 0.0101)
    """
    lam, mu, theta = finite("lam", lam), positive("mu", mu), finite("theta", theta)
    servers, within = whole("servers", servers), not_negative("within", within)
    if lam >= servers * mu and theta == 0:
        return _never_done()
    line = _Line.of(lam, servers * mu, theta)
    p_wait = 1 / (1 + _below(lam / mu, servers) * math.exp(-line.log_sum))
    p_abandon = p_wait * theta * line.mean_wait
    late, late_served = line.late(within)
    served = 1 - p_abandon
    in_time = min(max(served - p_wait * late_served, 0.0), 1.0)
    return ErlangA(
        p_wait=p_wait,
        p_abandon=p_abandon,
        occupancy=lam * served / (servers * mu) if servers else 0.0,
        mean_queue_length=lam * p_wait * line.mean_wait,
        mean_wait=p_wait * line.mean_wait,
        service_level=in_time,
        service_level_of_answered=min(in_time / served, 1.0) if served > 0 else 0.0,
        service_level_virtual_wait=1 - p_wait * late,
    )


def _never_done() -> ErlangA:
    """Return what becomes of a line that grows for ever; its servers are always busy."""
    return ErlangA(
        p_wait=1.0, p_abandon=0.0, occupancy=1.0, mean_queue_length=math.inf, mean_wait=math.inf,
        service_level=0.0, service_level_of_answered=0.0, service_level_virtual_wait=0.0,
    )  # fmt: skip


def _below(load: float, servers: int) -> float:
    """Return 1/B - 1: how likely a free server is, as a multiple of all busy and none in line."""
    if load == 0:
        return math.inf if servers else 0.0
    below = 0.0
    for n in range(1, servers + 1):
        below = (below + 1) * n / load
    return below


@frozen
class _Line:
    """The line while all servers are busy: births at `lam`, deaths at `busy` + k `theta` with k in line.

    `log_sum` is ln S; `mean_wait` that of whoever finds all servers busy, until service or giving up.
    """

    lam: float
    busy: float
    theta: float
    log_sum: float
    mean_wait: float

    @classmethod
    def of(cls, lam: float, busy: float, theta: float) -> _Line:
        log_sum, mean_wait = _summed(lam, busy, theta)
        return cls(lam, busy, theta, log_sum, mean_wait)

    def late(self, within: float) -> tuple[float, float]:
        """Return the chances of a virtual wait beyond `within` and of service then, when all are busy.

        The virtual wait beyond t is the line of arrivals thinned by exp(-theta t): its S beside this one's.
        """
        if within == math.inf:
            return 0.0, 0.0
        thin = math.exp(-self.theta * within)
        until = -math.expm1(-self.theta * within) / self.theta if self.theta else within
        log_sum, mean_wait = _summed(self.lam * thin, self.busy, self.theta)
        late = min(math.exp(self.lam * until - self.busy * within + log_sum - self.log_sum), 1.0)
        return late, late * thin * (1 - self.theta * mean_wait)


def _summed(lam: float, busy: float, theta: float) -> tuple[float, float]:
    """Return ln S and the mean wait of whoever finds all servers busy."""
    if theta == 0 or busy / theta == math.inf:
        spare = busy - lam
        return math.log(busy / spare), 1 / spare
    return _by_series(lam, busy, theta) if lam <= busy + theta else _by_fraction(lam, busy, theta)


def _by_series(lam: float, busy: float, theta: float) -> tuple[float, float]:
    """Add the terms, which only fall when the servers keep up with the arrivals."""
    total = waits = 0.0
    term, in_line = 1.0, 0
    while term > total * 1e-18:
        in_line += 1
        rate = busy + in_line * theta
        total += term
        waits += term * in_line / rate
        term *= lam / rate
    return math.log(total), waits / total


def _by_fraction(lam: float, busy: float, theta: float) -> tuple[float, float]:
    """Take S from the incomplete gamma function, whose other half is a continued fraction (DLMF 8.9.2).

    With more arrivals than the servers can serve the terms would rise for long before they fall.
    """
    order, at = busy / theta, lam / theta
    log_all = _log_gamma_ratio(order, at)
    log_sum = log_all + math.log1p(-order * _upper_fraction(order, at) * math.exp(-log_all))
    return log_sum, (1 - busy / lam * -math.expm1(-log_sum)) / theta


def _log_gamma_ratio(order: float, at: float) -> float:
    """Return the logarithm of gamma(order + 1) exp(at) / at**order, without cancellation for large orders."""
    if order < 10:
        return math.lgamma(order + 1) + at - order * math.log(at)
    over = (at - order) / order
    stirling = 1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / order**2) / order**2) / order**2
    return math.log(2 * math.pi * order) / 2 + stirling / order + order * (over - math.log1p(over))


def _upper_fraction(order: float, at: float) -> float:
    """Return exp(at) / at**order times the upper incomplete gamma function, by Lentz's method."""
    tiny = 1e-300
    denominator = at + 1 - order
    numerator_ratio, step = 1 / tiny, 1 / denominator
    found = step
    for n in range(1, 10_000_000):
        factor = -n * (n - order)
        denominator += 2
        step = 1 / (factor * step + denominator or tiny)
        numerator_ratio = denominator + factor / numerator_ratio or tiny
        change = step * numerator_ratio
        found *= change
        if abs(change - 1) < 1e-16 * 4:
            break
    return found
