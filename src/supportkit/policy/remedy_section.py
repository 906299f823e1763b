"""The section ``remedies``: what a desk has to give, who may give it, and what it asks of replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.calendars import Calendar
from supportkit.cases import currency_code, money
from supportkit.cases.durations import read_duration
from supportkit.errors import nearest_name
from supportkit.plugins.guards import GuardedWorth
from supportkit.policy.reply_section import above_zero, read_replies
from supportkit.policy.section import Reading
from supportkit.policy.sections import read_targets
from supportkit.recovery import (
    KINDS,
    SCOPES,
    STATUTORY_RULES,
    GoodwillRule,
    Limits,
    RemedyOption,
    RemedyPolicy,
)
from supportkit.sla import Metric, SlaPolicy

__all__ = ["apology_lines", "read_remedies", "with_apology"]

_KEYS = (
    "currency", "catalogue", "limits", "goodwill", "apology", "effort_cap", "second_look", "statutory",
    "replies",
)  # fmt: skip


def read_remedies(
    reading: Reading, section: Any, *, currency: str, plugins: Mapping[str, GuardedWorth] | None = None
) -> RemedyPolicy:
    """Read ``remedies``; amounts are in `currency` unless the section names another."""
    said = reading.mapping(section, "remedies", _KEYS)
    if "currency" in said:
        made = reading.build("remedies.currency", lambda: currency_code(said["currency"]))
        currency = made or currency
    catalogue = _catalogue(reading, said.get("catalogue", {}), currency, plugins or {})
    options: dict[str, Any] = {
        "limits": _limits(reading, said.get("limits", {}), currency),
        "statutory": _known(reading, said.get("statutory", []), "remedies.statutory", STATUTORY_RULES),
    }
    if "goodwill" in said:
        options["goodwill"] = _goodwill(reading, said["goodwill"], catalogue)
    if "effort_cap" in said:
        options["effort_cap"] = above_zero(reading, said["effort_cap"], "remedies.effort_cap")
    if "second_look" in said:
        options["second_look"] = reading.flag(said["second_look"], "remedies.second_look")
    if "replies" in said:
        options["replies"] = read_replies(reading, said["replies"])
    return RemedyPolicy(currency=currency, catalogue=catalogue, **options)


def apology_lines(section: Any) -> Any:
    """Return the lines of ``remedies.apology``: by when somebody has said sorry."""
    said = section.get("apology") if isinstance(section, Mapping) else None
    return [said] if isinstance(said, Mapping) else said or []


def with_apology(
    reading: Reading, section: Any, sla: SlaPolicy | None, calendars: Mapping[str, Calendar]
) -> SlaPolicy | None:
    """Return the service levels with the metric ``apology``, where the section says by when one is due.

    It starts with a complaint and stops with an apology; settling the matter before cancels it.
    """
    lines = apology_lines(section)
    if not lines or sla is None:
        return sla
    if "apology" in sla.metrics:
        message = "sla has a metric of that name already"
        reading.fault("reserved", "remedies.apology", message, "rename the metric, or leave this out")
        return sla
    place = "remedies.apology"
    alone = isinstance(section["apology"], Mapping)
    placed = [(place, lines[0])] if alone else reading.items(lines, place)
    targets = read_targets(reading, placed, calendars)
    metric = Metric(
        targets,
        starts="recovery.complaint_raised",
        stops="recovery.apologised",
        solve="cancel",
        cycle="again",
    )
    return reading.build(place, lambda: SlaPolicy({**sla.metrics, "apology": metric}, calendars))


def _catalogue(
    reading: Reading, section: Any, currency: str, plugins: Mapping[str, GuardedWorth]
) -> dict[str, RemedyOption]:
    found = {}
    for name, value in reading.mapping(section, "remedies.catalogue").items():
        path = f"remedies.catalogue.{name}"
        said = {"kind": value} if isinstance(value, str) else reading.mapping(value, path)
        made = _option(reading, name, said, path, currency, plugins)
        if made is not None:
            found[name] = made
    return found


def _option(
    reading: Reading,
    name: str,
    said: dict[str, Any],
    path: str,
    currency: str,
    plugins: Mapping[str, GuardedWorth],
) -> RemedyOption | None:
    kind = said.pop("kind", None)
    known = (*KINDS, *plugins)
    if kind not in known:
        near = nearest_name(str(kind), known)
        hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
        code = "missing_key" if kind is None else "bad_value"
        told = "this remedy says no kind" if kind is None else f"there is no kind of remedy {kind!r}"
        reading.fault(code, f"{path}.kind", told, hint)
        return None
    spec = plugins.get(kind)
    if spec is not None and spec.reads:
        worth = reading.build(path, lambda: spec(said))
        return None if worth is None else _made(reading, name, kind, path, currency, spec, value=worth)
    values = {
        key: reading.build(f"{path}.{key}", lambda key=key: money(said[key]))  # type: ignore[misc]
        for key in reading.mapping(said, path, ("value", "at_most"))
    }
    return _made(reading, name, kind, path, currency, spec, **values)


def _made(
    reading: Reading,
    name: str,
    kind: str,
    path: str,
    currency: str,
    spec: GuardedWorth | None,
    **values: Any,
) -> RemedyOption | None:
    like = "" if spec is None else spec.like
    return reading.build(path, lambda: RemedyOption(name, kind, currency=currency, counts_as=like, **values))


def _limits(reading: Reading, section: Any, currency: str) -> tuple[Limits, ...]:
    found = []
    for scope, value in reading.mapping(section, "remedies.limits", SCOPES).items():
        path = f"remedies.limits.{scope}"
        roles = {
            role: None
            if str(limit).lower() == "none"
            else reading.build(f"{path}.{role}", lambda limit=limit: money(limit))  # type: ignore[misc]
            for role, limit in reading.mapping(value, path).items()
        }
        made = reading.build(path, lambda roles=roles, scope=scope: Limits(roles.items(), currency, scope))  # type: ignore[misc]
        found += [made] if made is not None else []
    return tuple(found)


def _goodwill(reading: Reading, section: Any, catalogue: Mapping[str, RemedyOption]) -> GoodwillRule | None:
    path = "remedies.goodwill"
    said = reading.mapping(section, path, ("remedy", "count", "value", "window"))
    options: dict[str, Any] = {}
    if "remedy" in said:
        options["remedy"] = _goodwill_remedy(reading, said["remedy"], f"{path}.remedy", catalogue)
    if "count" in said:
        options["count"] = above_zero(reading, said["count"], f"{path}.count")
    if "value" in said:
        options["value"] = reading.build(f"{path}.value", lambda: money(said["value"]))
    if "window" in said:
        options["window"] = reading.build(f"{path}.window", lambda: read_duration(said["window"]))
    given = {name: value for name, value in options.items() if value is not None}
    return reading.build(path, lambda: GoodwillRule(**given))


def _goodwill_remedy(
    reading: Reading, name: Any, path: str, catalogue: Mapping[str, RemedyOption]
) -> str | None:
    found = catalogue.get(name)
    if found is None:
        near = nearest_name(str(name), catalogue)
        hint = f"did you mean {near!r}?" if near else "add it to remedies.catalogue"
        reading.fault("bad_value", path, f"there is no remedy {name!r}", hint)
    elif found.counts_as != "goodwill" or found.value is None:
        message = f"{name!r} is no goodwill with a value of its own"
        reading.fault("bad_value", path, message, "name one with `kind: goodwill` and a value")
    else:
        return found.name
    return None


def _known(reading: Reading, value: Any, path: str, known: Mapping[str, Any]) -> tuple[str, ...]:
    names = reading.texts(value, path)
    for name in names:
        if name not in known:
            near = nearest_name(name, known)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(known)}"
            reading.fault("bad_value", path, f"there is no {name!r}", hint)
    return names
