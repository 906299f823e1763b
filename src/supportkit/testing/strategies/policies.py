"""Small policies that load and keep every law."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from supportkit.policy import Policy
from supportkit.testing.strategies.calendars import weeks
from supportkit.testing.strategies.instants import zones
from supportkit.testing.strategies.learning import learning_sections
from supportkit.testing.strategies.remedies import remedy_sections

__all__ = ["policies"]

_KEYWORDS = {"outage": ["no signal", "no service"], "legal": ["lawyer"]}
_POINTS = st.integers(0, 60)
Section = st.SearchStrategy[Any]


def policies() -> st.SearchStrategy[Policy]:
    """Policies of any sections, each small; points are never negative, so that all laws are kept.

    They shrink towards the policy without any section, then towards the first lines of each.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(policies())
    ... def the_document_says_it_all(policy):
    ...     assert Policy.from_dict(policy.to_dict()).version == policy.version
    >>> the_document_says_it_all()
    """
    sections = {
        "keywords": st.just(_KEYWORDS),
        "classify": _classification(),
        "priority": _priority(),
        "sla": _targets(),
        "routing": _routes(),
        "escalation": _plans(),
        "acknowledgement": st.just({"own_addresses": ["help@desk.example"]}),
        "remedies": remedy_sections(),
        "learning": learning_sections(),
    }
    office = st.fixed_dictionaries({"zone": zones(), "weekly": weeks()})
    documents = st.fixed_dictionaries(
        {"calendars": office.map(lambda one: {"office": one})}, optional=sections
    )
    return documents.map(lambda document: Policy.from_dict({**document, "keywords": _KEYWORDS}))


def _classification() -> Section:
    lines = st.lists(
        st.fixed_dictionaries(
            {
                "when": st.sampled_from(
                    ["contact.text.mentions(keywords.outage)", 'contact.form == "visit"']
                ),
                "kind": st.sampled_from(["complaint", "incident"]),
            }
        ),
        max_size=2,
    )
    return lines.map(lambda some: [*some, {"kind": "question"}])


def _priority() -> Section:
    steps = st.lists(st.integers(1, 3000), min_size=1, max_size=3, unique=True).map(sorted)
    factors = {
        "keywords": st.fixed_dictionaries({"outage": _POINTS}, optional={"legal": _POINTS}),
        "spend": steps.map(_tiers),
        "open_case": _POINTS.map(lambda points: points + 1),
        "channel": st.fixed_dictionaries({"public": _POINTS}, optional={"phone": _POINTS}),
        "plan": st.fixed_dictionaries({"gold": _POINTS}),
    }  # fmt: skip
    levels = st.tuples(st.integers(1, 50), st.integers(1, 50)).map(
        lambda two: {"urgent": two[0] + two[1], "high": two[1], "normal": 0}
    )
    chosen = st.fixed_dictionaries({}, optional=factors)
    return st.fixed_dictionaries(
        {"levels": levels},
        optional={
            "ageing": st.integers(1, 20).map(lambda rate: f"{rate} points per hour"),
            "factors": chosen.map(lambda some: [{name: value} for name, value in some.items()]),
        },
    )


def _tiers(minimums: list[int]) -> dict[str, Any]:
    return {"currency": "GBP", "tiers": {least: points for points, least in enumerate(minimums, 1)}}


def _targets() -> Section:
    line = st.fixed_dictionaries(
        {
            "within": st.sampled_from(["60 minutes", "4 hours", "1 business day"]),
            "calendar": st.sampled_from(["always", "office"]),
        },
        optional={"warn": st.just(["50%", "90%"])},
    )
    urgent = st.fixed_dictionaries(
        {
            "when": st.sampled_from(['case.kind == "complaint"', 'customer.plan == "gold"']),
            "within": st.just("30 minutes"),
            "calendar": st.just("always"),
        }
    )
    lines = st.lists(urgent, max_size=1).flatmap(lambda first: line.map(lambda rest: [*first, rest]))
    paused = lines.map(lambda targets: {"targets": targets, "pause": ["waiting_customer"]})
    return st.fixed_dictionaries(
        {"first_response": lines}, optional={"next_response": lines, "resolution": paused, "callback": lines}
    )


def _routes() -> Section:
    special = st.fixed_dictionaries(
        {
            "when": st.just("contact.text.mentions(keywords.outage)"),
            "queue": st.just("network"),
            "skills": st.dictionaries(st.just("network"), st.integers(1, 3), max_size=1),
        }
    )
    last = st.sampled_from(["callback", "wait"]).map(
        lambda nobody: {"queue": "general", "when_nobody": nobody}
    )
    return st.builds(lambda some, rest: [*some, rest], st.lists(special, max_size=1), last)


def _plans() -> Section:
    waits = st.integers(0, 60).map(lambda minutes: f"{minutes} minutes")
    ladder = st.builds(
        lambda first, second: {
            "starts": "promise.broken",
            "levels": [{"after": first, "to": "team_lead"}, {"after": second, "to": "duty_manager"}],
        },
        waits,
        waits,
    )
    around = {"mode": "deadline", "metric": "promise"}
    return st.fixed_dictionaries(
        {"broken_promise": ladder},
        optional={
            "around": waits.map(lambda wait: {**around, "levels": [{"offset": wait, "to": "a"}]}),
            "after": waits.map(lambda wait: {"mode": "offset", "levels": [{"after": wait, "to": "team:b"}]}),
            "quiet": st.just(
                {"quiet_hours": {"from": "22:00", "to": "07:00"}, "levels": [{"to": "schedule:night"}]}
            ),
        },
    )
