"""How unlikely so many cases are, if nothing had changed: an exact tail, the same on every machine."""

from __future__ import annotations

from datetime import timedelta

from supportkit.errors import InvalidValue

__all__ = ["tail"]


def tail(now: int, before: int, *, window: timedelta, base: timedelta) -> float:
    """Return the chance of `now` or more cases in `window`, given `before` cases in the `base` before it.

    If cases come at one rate all along (a Poisson process), then of all `now` + `before` each falls into the
    window with the chance ``window / (window + base)``, whatever the rate is: the count in the window is
    binomial, and its tail is exact, also when nothing was seen before (J. Przyborowski and H. Wilenski,
    Biometrika 31, 1940). Raises InvalidValue for counts below 0, and durations that are not above 0.

    >>> tail(3, 0, window=timedelta(days=1), base=timedelta(days=3))
    0.015625
    >>> tail(0, 5, window=timedelta(days=1), base=timedelta(days=3))
    1.0
    """
    if now < 0 or before < 0:
        raise InvalidValue(f"now={now} and before={before} are counts; give 0 or more")
    if window <= timedelta(0) or base <= timedelta(0):
        raise InvalidValue(f"window={window} and base={base} are no durations above 0")
    share, all_ = window / (window + base), now + before
    if now > all_ * share:
        return min(1.0, _sum(all_, now, share, up=True))
    return max(0.0, 1.0 - _sum(all_, now - 1, share, up=False))


def _sum(n: int, start: int, share: float, *, up: bool) -> float:
    """Sum the binomial chances from `start` away from the mean, the largest first."""
    odds = share / (1 - share)
    total, chance, count = 0.0, _chance(n, start, share), start
    while 0 <= count <= n and total + chance > total:
        total += chance
        chance *= (n - count) / (count + 1) * odds if up else count / (n - count + 1) / odds
        count += 1 if up else -1
    return total


def _chance(n: int, k: int, share: float) -> float:
    """Return the binomial chance of exactly `k` of `n`; 0 when there is no such `k`.

    Factors above and below 1 take turns, so that nothing overflows on the way. Only ``+ - * /`` are used:
    unlike powers and logarithms, they give the same figure on every machine.
    """
    if not 0 <= k <= n:
        return 0.0
    chance, missed = 1.0, n - k
    for hit in range(1, k + 1):
        chance *= (n - k + hit) / hit * share
        while chance > 1 and missed:
            chance *= 1 - share
            missed -= 1
    for _ in range(missed):
        chance *= 1 - share
    return chance
