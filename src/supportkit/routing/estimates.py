"""How long somebody in line still waits, with the uncertainty."""

from __future__ import annotations

import math
from itertools import count

from attrs import field, frozen

from supportkit.routing._numbers import finite, not_negative, positive, share, whole

__all__ = ["Wait", "wait_estimate"]

_SHORT = 40


@frozen
class Wait:
    """A wait that is not over yet; times in the unit of the rates.

    `p50` is as likely too long as too short, `p90` is kept nine times out of ten.
    """

    mean: float
    variance: float
    p50: float
    p90: float
    _stages: _Stages | None = field(default=None, repr=False, eq=False, kw_only=True)

    def cdf(self, t: float) -> float:
        """Return the chance that the wait is over by `t`; raises InvalidValue below 0.

        >>> wait = wait_estimate(ahead=4, servers=3, mu=0.2)
        >>> round(wait.cdf(wait.p90), 6)
        0.9
        """
        t = not_negative("t", t)
        if self._stages is None:
            return 1.0 if self.mean == 0 else 0.0
        return self._stages.cdf(t)

    def quantile(self, p: float) -> float:
        """Return the time by which the wait is over with the chance `p`; raises InvalidValue."""
        p = share("p", p)
        return self.mean if self._stages is None else self._stages.quantile(p)


def wait_estimate(*, ahead: int, servers: int, mu: float, theta: float = 0, all_busy: bool = True) -> Wait:
    """Return the wait of somebody with `ahead` people before them in a first-come line.

    `servers` finish `mu` items each in a unit of time, everybody in line gives up at the rate `theta`. The
    wait is the sum of ``ahead + 1`` exponential stages with the rates ``servers * mu + k * theta`` (Whitt
    1999, Management Science 45); with `theta` left out it overstates badly where people give up. Somebody is
    free when not `all_busy`, and the wait is 0; without servers it never ends. Raises InvalidValue.

    >>> wait = wait_estimate(ahead=4, servers=3, mu=0.2, theta=0.05)  # three people, 5 minutes a call
    >>> round(wait.mean, 1), round(wait.p50, 1), round(wait.p90, 1)
    (7.2, 6.7, 11.6)
    """
    ahead, servers = whole("ahead", ahead), whole("servers", servers)
    mu, theta = positive("mu", mu), finite("theta", theta)
    if not all_busy:
        return Wait(0.0, 0.0, 0.0, 0.0)
    if servers == 0:
        return Wait(math.inf, math.inf, math.inf, math.inf)
    stages = _Stages.of(ahead, servers * mu, theta)
    means = [1 / stages.rate(k) for k in range(ahead + 1)]
    return Wait(
        math.fsum(means),
        math.fsum(mean * mean for mean in means),
        stages.quantile(0.5),
        stages.quantile(0.9),
        stages=stages,
    )


@frozen
class _Stages:
    """Exponential stages with the rates busy, busy + theta, ..., busy + last * theta.

    Their order does not matter: run upwards they are a birth process from 0, and the wait is over when it
    has reached last + 1. The births by t are negative binomial (Poisson without theta), and all their terms
    are positive: nothing cancels, however many stages there are.
    """

    last: int
    busy: float
    theta: float
    constant: float
    """The logarithm of the product of rate(j) / (j + 1) over the stages before the last."""

    @classmethod
    def of(cls, last: int, busy: float, theta: float) -> _Stages:
        constant = math.fsum(math.log((busy + j * theta) / (j + 1)) for j in range(last))
        return cls(last, busy, theta, constant)

    def rate(self, k: int) -> float:
        return self.busy + k * self.theta

    def cdf(self, t: float) -> float:
        """Return the smaller tail's sum, or 1 minus it: from the last stage on its terms only fall.

        Where that tail is long the other one is short, and cannot overflow: it has `last` terms.
        """
        if t in {0.0, math.inf}:
            return float(t > 0)
        until = self._until(t)
        here = self._last_unfinished(t)
        thin = math.exp(-self.theta * t)
        few = thin < 0.5 and self.last * thin <= _SHORT
        if self.rate(self.last) * until < self.last + 1 and not few:
            return min(here * self._sum_up(until), 1.0)
        return max(1 - here * self._sum_down(until), 0.0)

    def quantile(self, p: float) -> float:
        """Return the t whose cdf is p, by Newton's steps that never leave the bracket."""
        if p in {0.0, 1.0}:
            return math.inf if p else 0.0
        low, high = 0.0, math.inf
        t = math.fsum(1 / self.rate(k) for k in range(self.last + 1))
        for _ in range(200):
            off = self.cdf(t) - p
            low, high = (t, high) if off < 0 else (low, t)
            slope = self.rate(self.last) * self._last_unfinished(t)
            step = t - off / slope if slope > 0 else math.nan
            if not low < step < high:
                step = (low + high) / 2 if high < math.inf else 2 * t
            if abs(step - t) <= 1e-14 * t:
                break
            t = step
        return t

    def _until(self, t: float) -> float:
        return -math.expm1(-self.theta * t) / self.theta if self.theta else t

    def _last_unfinished(self, t: float) -> float:
        """Return the chance that at t just the last stage is left."""
        return math.exp(self.constant + self.last * math.log(self._until(t)) - self.busy * t)

    def _sum_up(self, until: float) -> float:
        total, term = 0.0, 1.0
        for m in count(self.last):
            term *= self.rate(m) * until / (m + 1)
            total += term
            if term <= total * 1e-17:
                return total
        raise AssertionError

    def _sum_down(self, until: float) -> float:
        total = term = 1.0
        for m in range(self.last, 0, -1):
            term *= m / (self.rate(m - 1) * until)
            total += term
            if term <= total * 1e-17:
                break
        return total
