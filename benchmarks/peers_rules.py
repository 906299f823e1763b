"""Other people's rule engines, told the same rules: a field equals, a number lies between, a word is in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from typing import Any

from attrs import frozen

Drawn = Sequence[tuple[str, str, int, int, str]]
Run = Callable[[dict], list[int]]


@frozen
class Peer:
    """Somebody else's engine: `build` takes rules and returns what lists those that match a ticket."""

    name: str
    build: Callable[[Drawn], Run]
    most: int = 10_000
    """Beyond so many rules it would take too long to be measured in turns with the others."""


def peers() -> tuple[list[Peer], list[str]]:
    """Return the engines that are installed, and the names of those that are not."""
    found, absent = [], []
    for distribution, (build, most) in _BUILDERS.items():
        try:
            version = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            absent.append(distribution)
        else:
            found.append(Peer(f"{distribution} {version}", build, most))
    return found, absent


def _rule_engine(drawn: Drawn) -> Run:
    rule = import_module("rule_engine").Rule
    rules = [
        rule(f'{field} == "{value}" and spend >= {low} and spend < {high} and "{word}" in text')
        for field, value, low, high, word in drawn
    ]
    return lambda ticket: [number for number, each in enumerate(rules) if each.matches(ticket)]


def _business_rules(drawn: Drawn) -> Run:
    variables, engine = import_module("business_rules.variables"), import_module("business_rules.engine")

    def variable(kind: str, name: str) -> Any:
        function = lambda self: self.ticket[name]  # noqa: E731 -- it gets its name below
        function.__name__ = name
        return getattr(variables, f"{kind}_rule_variable")(function)

    members = {f"f{number}": variable("string", f"f{number}") for number in range(50)}
    members |= {"spend": variable("numeric", "spend"), "text": variable("string", "text")}
    members["__init__"] = lambda self, ticket: setattr(self, "ticket", ticket)
    ticket_variables = type("TicketVariables", (variables.BaseVariables,), members)
    conditions = [
        {
            "all": [
                {"name": field, "operator": "equal_to", "value": value},
                {"name": "spend", "operator": "greater_than_or_equal_to", "value": low},
                {"name": "spend", "operator": "less_than", "value": high},
                {"name": "text", "operator": "contains", "value": word},
            ]
        }
        for field, value, low, high, word in drawn
    ]
    check = engine.check_conditions_recursively

    def run(ticket: dict) -> list[int]:
        seen = ticket_variables(ticket)
        return [number for number, each in enumerate(conditions) if check(each, seen)]

    return run


def _json_logic(drawn: Drawn) -> Run:
    apply = import_module("json_logic").jsonLogic
    rules = [
        {
            "and": [
                {"==": [{"var": field}, value]},
                {">=": [{"var": "spend"}, low]},
                {"<": [{"var": "spend"}, high]},
                {"in": [word, {"var": "text"}]},
            ]
        }
        for field, value, low, high, word in drawn
    ]
    return lambda ticket: [number for number, each in enumerate(rules) if apply(each, ticket)]


def _zen(drawn: Drawn) -> Run:
    fields = sorted({field for field, *_ in drawn})
    inputs = [{"id": name, "name": name, "field": name} for name in (*fields, "spend", "text")]
    rows = [
        {
            "_id": str(number),
            **{name: f'"{value}"' if name == field else "" for name in fields},
            "spend": f"[{low}..{high})",
            "text": f'contains($, "{word}")',
            "n": str(number),
        }
        for number, (field, value, low, high, word) in enumerate(drawn)
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "n", "name": "n", "field": "n"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    decision = import_module("zen").ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def run(ticket: dict) -> list[int]:
        found = decision.evaluate(ticket)["result"]
        return sorted(each["n"] for each in found or [])

    return run


def _common_expression_language(drawn: Drawn) -> Run:
    cel = import_module("cel")
    programs = [cel.compile(_cel(*each)) for each in drawn]

    def run(ticket: dict) -> list[int]:
        context = cel.Context(ticket)
        return [number for number, program in enumerate(programs) if program.execute(context)]

    return run


def _cel_python(drawn: Drawn) -> Run:
    celpy = import_module("celpy")
    environment = celpy.Environment()
    programs = [environment.program(environment.compile(_cel(*each))) for each in drawn]

    def run(ticket: dict) -> list[int]:
        facts = {name: celpy.json_to_cel(value) for name, value in ticket.items()}
        return [number for number, program in enumerate(programs) if program.evaluate(facts)]

    return run


def _cel(field: str, value: str, low: int, high: int, word: str) -> str:
    return f'{field} == "{value}" && spend >= {low} && spend < {high} && text.contains("{word}")'


_BUILDERS: dict[str, tuple[Callable[[Drawn], Run], int]] = {
    "rule-engine": (_rule_engine, 1_000),
    "business-rules": (_business_rules, 10_000),
    "json-logic-qubit": (_json_logic, 10_000),
    "zen-engine": (_zen, 10_000),
    "common-expression-language": (_common_expression_language, 10_000),
    "cel-python": (_cel_python, 100),
}
