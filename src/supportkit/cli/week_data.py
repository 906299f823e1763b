"""The data of the demo week: who writes, who answers, and what arrives when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from attrs import frozen

from supportkit.calendars import resolve_local
from supportkit.cases import Agent, ContactPoint, Customer, Purchase
from supportkit.policy import Policy
from supportkit.policy.yaml_text import read_yaml

__all__ = ["ZONE", "Shift", "Step", "Week", "load_week", "week_folder"]

ZONE = "Europe/London"


@frozen
class Step:
    """Something that happens at an instant: a contact arrives, or somebody does something."""

    number: int
    at: datetime
    do: str
    said: Mapping[str, Any]


@frozen
class Shift:
    """An agent is at work from then to then."""

    agent: str
    start: datetime
    end: datetime


@frozen
class Week:
    """All of it, read once."""

    policy: Policy
    customers: tuple[Customer, ...]
    agents: tuple[Agent, ...]
    shifts: tuple[Shift, ...]
    steps: tuple[Step, ...]


def week_folder() -> Traversable:
    """Return the folder of the demo's data inside the installed package."""
    return files("supportkit.cli") / "week"


def wall(text: str) -> datetime:
    """Return the instant of a wall time in London."""
    moment = datetime.fromisoformat(text)
    return resolve_local(ZONE, moment.date(), moment.time())


def load_week() -> Week:
    """Read the demo's policy, people and timeline."""
    folder = week_folder()
    people = _yaml(folder / "people.yaml")
    policy_text = (folder / "support.yaml").read_text(encoding="utf-8")
    return Week(
        policy=Policy.from_dict(read_yaml(policy_text, file="support.yaml").data),
        customers=tuple(map(_customer, people["customers"])),
        agents=tuple(map(_agent, people["agents"])),
        shifts=tuple(Shift(s["agent"], wall(s["from"]), wall(s["to"])) for s in people["shifts"]),
        steps=tuple(_steps(_yaml(folder / "timeline.yaml"))),
    )


def _yaml(file: Traversable) -> Any:
    return read_yaml(file.read_text(encoding="utf-8"), file=file.name).data


def _steps(items: list[dict[str, Any]]) -> Iterator[Step]:
    for number, item in enumerate(items):
        yield Step(number, wall(item["at"]), item["do"], item)


def _customer(said: Mapping[str, Any]) -> Customer:
    purchases = said.get("purchases")
    return Customer(
        said["id"],
        [_point(point) for point in said.get("points", ())],
        purchases=None if purchases is None else tuple(_purchase(one) for one in purchases),
        **{
            name: said[name]
            for name in (
                "name",
                "plan",
                "criticality",
                "zone",
                "language",
                "merged_into",
                "account_owner",
                "tags",
            )
            if name in said
        },
    )


def _point(said: Mapping[str, str]) -> ContactPoint:
    kind = next(name for name in ("email", "phone", "handle", "account") if name in said)
    return ContactPoint(kind, said[kind], region=said.get("region"), network=said.get("network"))


def _purchase(said: Mapping[str, str]) -> Purchase:
    names = ("product", "model", "serial")
    return Purchase(
        wall(said["at"]), said["amount"], said["currency"], **{n: said[n] for n in names if n in said}
    )


def _agent(said: Mapping[str, Any]) -> Agent:
    capacity = said["capacity"]
    queues = said.get("queues")
    return Agent(
        said["id"],
        presence="offline",
        name=said["name"],
        role=said.get("role"),
        teams=said.get("teams", ()),
        skills={name: int(level) for name, level in said.get("skills", {}).items()},
        capacity={name: int(n) for name, n in capacity.items()}
        if isinstance(capacity, Mapping)
        else int(capacity),
        queues=None if queues is None else {name: (place, 0) for place, name in enumerate(queues, 1)},
    )
