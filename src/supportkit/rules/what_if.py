"""What a rule set would decide if some facts were otherwise, and how that differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from supportkit.rules._display import Display, literal_text
from supportkit.rules._literals import as_literal, literal_key
from supportkit.rules._overlay import flattened, overlaid
from supportkit.rules._reading import path_reader
from supportkit.rules._wording import WORDS

if TYPE_CHECKING:
    from supportkit.rules.decision import RuleDecision
    from supportkit.rules.rule_set import RuleSet

__all__ = ["WhatIf", "differences", "shown_output", "supposed"]


@frozen
class WhatIf:
    """The decision over changed facts beside the one that was taken.

    `changes` holds for each changed path how it looked before and after, private ones masked; `unread` names
    those that no rule reads. `lines` tell what would differ; `str()` tells all.
    """

    decision: RuleDecision
    before: RuleDecision
    changes: tuple[tuple[str, str, str], ...]
    unread: tuple[str, ...]
    lines: tuple[str, ...]

    def to_plain(self) -> dict[str, Any]:
        """Return JSON's own types."""
        changes = [{"path": path, "before": old, "after": new} for path, old, new in self.changes]
        return {"changes": changes, "unread": list(self.unread), "differences": list(self.lines)}

    def __str__(self) -> str:
        told = [f"if {path} were {new} (it is {old})" for path, old, new in self.changes]
        told += [f"no rule reads {path}" for path in self.unread]
        return "\n".join([*told, *(self.lines or ("nothing would change",))])


def supposed(before: RuleDecision, rules: RuleSet, facts: Any, changes: Mapping[str, Any]) -> WhatIf:
    """Decide anew over changed facts; raises UnknownField for a path that the schema does not know."""
    flat = flattened(changes)
    for path in flat:
        if rules.schema is not None:
            rules.schema.field(path)
    decision = before.asked_again(overlaid(facts, flat))
    display, run = Display(rules.schema), before.run()
    shown = []
    for path, new in flat.items():
        old = path_reader(tuple(path.split(".")))(facts, run)
        shown.append((path, _shown(display, path, old), _shown(display, path, new)))
    unread = tuple(path for path in flat if not any(_touches(path, read) for read in rules.fields()))
    lines = (*differences(before, decision), *_rules(before, decision))
    return WhatIf(decision, before, tuple(shown), unread, lines)


def _touches(path: str, read: str) -> bool:
    return path == read or path.startswith(f"{read}.") or read.startswith(f"{path}.")


def _shown(display: Display, path: str, value: Any) -> str:
    seen = display.seen(path, path, value)
    return seen.text if seen.state == "value" else seen.state


def differences(before: Any, after: Any) -> tuple[str, ...]:
    """Return how two outcomes differ: status, value, and by which rules; decisions or records of them."""
    lines = []
    if before.status != after.status:
        lines.append(f"status: {before.status} -> {after.status}")
    lines += _value_differences(before.value, after.value)
    for name in ("matched", "undecided", "errors", "missing"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            lines.append(f"{name}: {', '.join(old) or '-'} -> {', '.join(new) or '-'}")
    if before.provisional != after.provisional:
        lines.append(f"provisional: {before.provisional} -> {after.provisional}")
    return tuple(lines)


def _value_differences(before: Any, after: Any) -> list[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = dict.fromkeys([*before, *after])
        return [
            f"{name}: {shown_output(before.get(name))} -> {shown_output(after.get(name))}"
            for name in names
            if _key(before.get(name)) != _key(after.get(name))
        ]
    same = _key(before) == _key(after)
    return [] if same else [f"value: {shown_output(before)} -> {shown_output(after)}"]


def _key(value: Any) -> Any:
    return literal_key(as_literal(value))


def shown_output(value: Any) -> str:
    """Return an output in the text form."""
    return "nothing" if value is None else literal_text(value)


def _rules(before: RuleDecision, after: RuleDecision) -> list[str]:
    """Tell which rules came out otherwise."""
    pairs = zip(before.explain(), after.explain(), strict=True)
    return [
        f"{new.rule}: {WORDS[old.truth.value]} -> {new}" for old, new in pairs if old.truth is not new.truth
    ]
