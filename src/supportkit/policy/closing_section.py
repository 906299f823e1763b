"""The section ``closing``: the reason codes by which a desk learns why cases came up; when they are due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from supportkit.errors import nearest_name
from supportkit.policy.section import Reading

__all__ = ["Closing", "read_closing"]

_STEPS = ("resolve", "close")


@frozen
class Closing:
    """The reason codes that a case may be resolved or closed with, each with what it says.

    Without `codes` any code will do. `required` names the steps that need one: closing always does.

    >>> closing = Closing({"billing.double": "Charged twice", "network.outage": "The network was down"})
    >>> closing.fault("network.outrage")
    "there is no reason code 'network.outrage'; did you mean 'network.outage'?"
    """

    codes: Mapping[str, str] = field(factory=dict)
    required: frozenset[str] = frozenset({"close"})

    def fault(self, code: str | None) -> str | None:
        """Return what is wrong with a code, with the way out, or None."""
        if code is None or not self.codes or code in self.codes:
            return None
        near = nearest_name(code, self.codes)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self.codes)}"
        return f"there is no reason code {code!r}; {hint}"


def read_closing(reading: Reading, section: Any) -> Closing:
    """Read ``closing``: `codes`, a list or a mapping to what each says, and what is `required`."""
    said = reading.mapping(section, "closing", ("codes", "required"))
    codes = _codes(reading, said.get("codes", {}))
    required = {"close", *reading.texts(said.get("required", []), "closing.required")}
    for step in sorted(required.difference(_STEPS)):
        reading.fault(
            "bad_value", "closing.required", f"{step!r} is no step that needs a code",
            f"choose {' or '.join(_STEPS)}",
        )  # fmt: skip
    return Closing(codes, frozenset(required))


def _codes(reading: Reading, section: Any) -> dict[str, str]:
    if isinstance(section, Mapping):
        return {name: reading.text(words, f"closing.codes.{name}") for name, words in section.items()}
    found: dict[str, str] = {}
    for path, item in reading.items(section, "closing.codes"):
        code = reading.text(item, path)
        if code in found:
            reading.fault("duplicate", path, f"the code {code!r} stands here twice", "leave one of them out")
        found[code] = code
    return found
