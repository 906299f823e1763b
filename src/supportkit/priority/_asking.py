"""Asks a factor without letting a fact that cannot be read, or the factor itself, stop the decision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.errors import SupportkitError
from supportkit.priority.factor import Contribution, Factor, fact_at

__all__ = ["asked", "told"]


def asked(factor: Factor, facts: Any, *, now: datetime) -> Contribution:
    """Return what a factor gives; what is raised meanwhile becomes its `error` and goes no further.

    A factor that met a fact that cannot be read is asked again without it, so that its other facts count.
    """
    try:
        return _named(factor, factor.contribute(facts, now=now))
    except Exception as error:  # noqa: BLE001 - what a host's facts or factor raise is a part of the decision
        return _named(factor, _in_error(factor, facts, error, now=now))


def _in_error(factor: Factor, facts: Any, error: Exception, *, now: datetime) -> Contribution:
    readable, faults = _readable(facts, factor.reads)
    if faults:
        try:
            return evolve(factor.contribute(readable, now=now), error="; ".join(faults))
        except Exception as again:  # noqa: BLE001 - as above
            error = again
    return Contribution(0, error="; ".join([*faults, told(error)]))


def _readable(facts: Any, paths: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the facts that can be read, nested, and what is wrong with the others."""
    found: dict[str, Any] = {}
    faults: list[str] = []
    whole = tuple(f"{path}." for path in paths)
    for path in paths:
        if path.startswith(whole):  # it comes with the record that it is a part of
            continue
        try:
            value = fact_at(facts, path)
        except Exception as error:  # noqa: BLE001 - as above
            faults.append(f"{path}: {told(error)}")
            continue
        *groups, name = path.split(".")
        place = found
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value
    return found, faults


def told(error: Exception) -> str:
    """Say what was raised; a message of our own stands for itself."""
    return str(error) if isinstance(error, SupportkitError) else f"{type(error).__name__}: {error}"


def _named(factor: Factor, contribution: Contribution) -> Contribution:
    return contribution if contribution.factor else evolve(contribution, factor=factor.name)
