"""What a schema says of how facts are read: instants that need a zone, and fields that are computed.

A computed field is made of other facts by a host's function: when a condition first reads it, and once for
each evaluation. What the function raises is an error of the leaves that read it, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen

from supportkit.errors import InvalidValue, SupportkitError, UnknownField, nearest_name
from supportkit.rules._reading import Reader, Run, aware, path_reader
from supportkit.rules._values import Failure, Recorded, attribute, classified, unreadable

if TYPE_CHECKING:
    from supportkit.rules.schema import Field

__all__ = ["UNDECLARED", "Declared", "FactView", "completed"]


@frozen
class Declared:
    """How the facts of one schema are read; raises InvalidValue when computed fields go round in a circle."""

    instants: frozenset[tuple[str, ...]] = frozenset()
    computed: Mapping[str, Field] = field(factory=dict, hash=False)

    def __attrs_post_init__(self) -> None:
        for path in self.computed:
            self._refuse_circle(path, ())

    def _refuse_circle(self, path: str, above: tuple[str, ...]) -> None:
        if path in above:
            circle = " reads ".join((*above[above.index(path) :], path))
            message = f"computed fields read each other in a circle: {circle}; take one of them out of reads="
            raise InvalidValue(message)
        if path in self.computed:
            for read in self.computed[path].reads:
                self._refuse_circle(read, (*above, path))

    def __or__(self, other: Declared) -> Declared:
        if other in (self, UNDECLARED) or self == UNDECLARED:
            return self if other == UNDECLARED else other
        return Declared(self.instants | other.instants, {**self.computed, **other.computed})

    def inputs(self, paths: Iterable[str]) -> frozenset[str]:
        """Return the paths, and all that the computed ones among them read."""
        found: set[str] = set()
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting.extend(self.computed[path].reads if path in self.computed else ())
        return frozenset(found)

    def reads_plainly(self, path: tuple[str, ...]) -> bool:
        """Tell whether a fact is just what stands at its path."""
        return path not in self.instants and ".".join(path) not in self.computed

    def reader(self, path: tuple[str, ...]) -> Reader:
        """Return what reads a fact: as it is given, else computed."""
        dotted = ".".join(path)
        read = path_reader(path)
        if dotted in self.computed:
            read = self._computing(self.computed[dotted], read)
        return aware(read, dotted) if path in self.instants else read

    def _computing(self, own: Field, given: Reader) -> Reader:
        inputs = {path: self.reader(tuple(path.split("."))) for path in own.reads}

        def read(facts: Any, run: Run) -> Any:
            value = given(facts, run)
            if value is None:
                value = run.computed.get(own.path, run)
                if value is run:  # it stands for not computed yet, since None is a value
                    value = run.computed[own.path] = _made(own, FactView(inputs, facts, run))
            return value

        return read


def completed(facts: Any, declared: Declared, paths: Iterable[str], *, now: datetime) -> Any:
    """Return facts in which the computed ones among the paths can be read by key, computed when they are."""
    wanted = frozenset(path for path in paths if path in declared.computed)
    return _Completed(facts, "", wanted, _Asked(facts, declared, Run(now, {}))) if wanted else facts


@frozen
class _Asked:
    """The facts as they were handed in, and one evaluation over them."""

    facts: Any
    declared: Declared
    run: Run

    def value(self, path: str) -> Any:
        value = self.declared.reader(tuple(path.split(".")))(self.facts, self.run)
        if isinstance(value, Failure):
            raise InvalidValue(value.reason)
        return value


class _Completed(Mapping[str, Any]):
    """One group of facts, a mapping or an object, with the computed ones below it in their place."""

    __slots__ = ("_asked", "_group", "_prefix", "_wanted")

    def __init__(self, group: Any, prefix: str, wanted: frozenset[str], asked: _Asked) -> None:
        self._group = group
        self._prefix = prefix
        self._wanted = wanted
        self._asked = asked

    def __getitem__(self, name: str) -> Any:
        path = f"{self._prefix}{name}"
        if path in self._wanted:
            return self._asked.value(path)
        below = frozenset(each for each in self._wanted if each.startswith(f"{path}."))
        if isinstance(self._group, Mapping):
            value = self._group.get(name) if below else self._group[name]
        else:
            value = attribute(self._group, name)
        return _Completed(value, f"{path}.", below, self._asked) if below else value

    def _names(self) -> dict[str, None]:
        start = len(self._prefix)
        own = self._group if isinstance(self._group, Mapping) else ()
        return dict.fromkeys([*own, *(path[start:].partition(".")[0] for path in sorted(self._wanted))])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())


UNDECLARED: Final = Declared()
"""Facts of which no schema says anything."""


def _made(own: Field, facts: FactView) -> Any:
    assert own.compute is not None
    try:
        return own.compute(facts, now=facts.now)
    except SupportkitError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 -- a host's function may raise anything; that is a fact in error
        return unreadable(own.path, error)


class FactView(Mapping[str, Any]):
    """The facts that a computed field reads, by dotted path: those in its `reads`, None for an absent one.

    Instants come in UTC, and typed literals of JSON as what they stand for. Raises UnknownField for a path
    that is not among `reads`, InvalidValue for a fact that cannot be read.
    """

    __slots__ = ("_facts", "_inputs", "_run")

    def __init__(self, inputs: Mapping[str, Reader], facts: Any, run: Run) -> None:
        self._inputs = inputs
        self._facts = facts
        self._run = run

    @property
    def now(self) -> Any:
        """The instant of the evaluation."""
        return self._run.now

    def __getitem__(self, path: str) -> Any:
        if path not in self._inputs:
            message = f"{path!r} is not among the facts that the field reads; name it in reads="
            raise UnknownField(message, nearest=nearest_name(path, self._inputs))
        value = self._inputs[path](self._facts, self._run)
        if isinstance(value, Failure):
            message = f"{path}: {value.reason}"
            raise InvalidValue(message)
        if isinstance(value, Recorded):
            return self._observed(path, value)
        return None if value is None else classified(value)[1]

    @staticmethod
    def _observed(path: str, value: Recorded) -> None:
        if value.present:
            message = f"{path} is a text of which only what was asked of it is left"
            raise InvalidValue(message)

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)
