"""Items: what waits for somebody, and the skills it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.cases.instants import instant, maybe_instant
from supportkit.errors import InvalidValue
from supportkit.routing._numbers import exact

__all__ = ["Item", "Skill", "as_skills"]


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@frozen
class Skill:
    """A skill that is asked for, at least at `level`.

    A `required` skill is never dropped; another one is enforced until relaxation drops it (the highest
    `drop` first), or only ranks where the policy counts skills.
    """

    name: str
    level: int | float = field(default=1)
    required: bool = field(default=True, kw_only=True)
    drop: int = field(default=0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not _is_amount(self.level):
            raise InvalidValue(f"the level of {self.name!r}={self.level!r} is no number of 0 or more")
        if type(self.drop) is not int:
            raise InvalidValue(f"drop={self.drop!r} of skill {self.name!r} is no whole number")

    def to_plain(self) -> Any:
        """Return the level of a required skill; of another one a mapping, as `as_skills` reads both."""
        return self.level if self.required else {"level": self.level, "required": False, "drop": self.drop}


def as_skills(skills: Mapping[str, Any] | Iterable[Skill] | None) -> tuple[Skill, ...]:
    """Return skills from ``{name: level}`` (required), ``{name: {level, required, drop}}`` or Skill values.

    >>> as_skills({"network": 2})
    (Skill(name='network', level=2, required=True, drop=0),)
    """
    if skills is None:
        return ()
    if isinstance(skills, Mapping):
        return tuple(_skill(name, said) for name, said in skills.items())
    found = tuple(skills)
    for skill in found:
        if not isinstance(skill, Skill):
            raise InvalidValue(f"{skill!r} is no Skill; give {{name: level}} or Skill values")
    return found


def _skill(name: str, said: Any) -> Skill:
    if isinstance(said, int) or not isinstance(said, Mapping):
        return Skill(name, said)
    unknown = set(said) - {"level", "required", "drop"}
    if unknown:
        raise InvalidValue(f"skill {name!r} says {sorted(unknown)}; it has level, required and drop")
    return Skill(name, **said)


def _groups(value: Iterable[Any]) -> tuple[tuple[str, ...], ...]:
    groups = (value,) if isinstance(value, str) else value
    return tuple((group,) if isinstance(group, str) else tuple(group) for group in groups)


def _ids(value: Iterable[str]) -> frozenset[str]:
    return frozenset((value,) if isinstance(value, str) else value)


@frozen
class Item:
    """Something that waits: since when, what it needs, who may not have it.

    `created_at` is its age and never reset; `waiting_since` is when this wait began, from which steps of
    relaxation count (None: since it was created). `size` is what it takes of a capacity. `skills` are
    ``{name: level}`` or Skill values. `refused_by` and `excluded` never get it. `affinity` are groups of
    agent ids, tried in turn before any ranking. `permission` is one the agent must hold, `group` one whose
    own capacity counts. `sort_key` is its place in the line, smaller first. `facts` choose the route.
    `last_activity` is kept for hosts.

    At a `rate` other than 1 waiting is worth so many times as much: where the rates of items differ, those
    with the most points go first, which are the rate times the age (accumulating priority, Kleinrock 1964).
    A sort key then says when the item arrived, in microseconds since 1970 (UTC), as `QueueOrder.key` does.
    Raises InvalidValue for a rate or a size that can never be right.
    """

    id: str
    created_at: datetime = instant(kw_only=True)
    channel: str | None = field(default=None, kw_only=True)
    queue: str | None = field(default=None, kw_only=True)
    size: int | float = field(default=1, kw_only=True)
    skills: tuple[Skill, ...] = field(default=(), kw_only=True, converter=as_skills)
    sort_key: Any = field(default=None, kw_only=True)
    refused_by: frozenset[str] = field(default=(), kw_only=True, converter=_ids)
    excluded: frozenset[str] = field(default=(), kw_only=True, converter=_ids)
    affinity: tuple[tuple[str, ...], ...] = field(default=(), kw_only=True, converter=_groups)
    permission: str | None = field(default=None, kw_only=True)
    group: str | None = field(default=None, kw_only=True)
    last_activity: datetime | None = maybe_instant(kw_only=True)
    waiting_since: datetime | None = maybe_instant(kw_only=True)
    rate: Any = field(default=1, kw_only=True)
    facts: Any = field(factory=dict, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if not _is_amount(self.size):
            raise InvalidValue(f"size={self.size!r} is no number of 0 or more")
        if not exact("rate", self.rate) > 0:
            raise InvalidValue(f"rate={self.rate!r} is no number above 0; 1 is the usual")
