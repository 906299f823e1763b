"""Rule sets of 10 to 10,000 rules: all matches and the first, beside plain code, a limit, other engines."""

from __future__ import annotations

import random
import string
import time
from bisect import bisect_right
from datetime import UTC, datetime

from peers_rules import peers
from rounds import Contender, Table, compared, must_agree, ready

from supportkit import RuleSet
from supportkit.rules import Rule

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SIZES = (10, 100, 1_000, 10_000)
FIELDS, VALUES = 50, 20
NOTE = (
    "A rule: one of 50 fields equals one of 20 values, a number lies in a range, a word stands in a text of "
    "500 characters. Tickets are plain dicts. supportkit also says which rules could not be decided, and "
    "what was missing. The limit: masks of plain integers, words by split(), no missing facts, no kinds, no "
    "reasons."
)


def measure(*, quick: bool) -> list[Table]:
    draw = random.Random(11)
    words = sorted({"".join(draw.choices(string.ascii_lowercase, k=6)) for _ in range(3_000)})
    tickets = [_ticket(draw, words) for _ in range(20)]
    drawn = [_drawn(draw, words[:500]) for _ in range(SIZES[-1])]
    rounds, sizes = (3, SIZES[:3]) if quick else (5, SIZES)
    engines, absent = peers()
    tables = [_all_matches(drawn[:size], tickets, engines, absent, rounds=rounds) for size in sizes]
    return [*tables, _first_match(drawn, tickets, sizes, rounds=rounds), _reading(drawn[:1_000], engines)]


def _ticket(draw, words):
    text = ""
    while len(text) < 500:
        text += draw.choice(words) + " "
    fields = {f"f{n}": f"v{draw.randrange(VALUES)}" for n in range(FIELDS)}
    return {**fields, "spend": draw.randrange(5_000), "text": text[:500]}


def _drawn(draw, words):
    low = draw.randrange(4_000)
    field, value = f"f{draw.randrange(FIELDS)}", f"v{draw.randrange(VALUES)}"
    return field, value, low, low + draw.randrange(500, 2_500), draw.choice(words)


def _all_matches(drawn, tickets, engines, absent, *, rounds):
    size, most = len(drawn), max(SIZES)
    runs = {"supportkit": _ours(drawn, "mentions"), "supportkit, contains": _ours(drawn, "contains")}
    runs |= {"limit: integer masks": _masks(drawn), "closures, one a rule": _closures(drawn)}
    runs |= {each.name: each.build(drawn) for each in engines if size <= each.most}
    must_agree({name: [run(ticket) for ticket in tickets] for name, run in runs.items()})
    contenders = []
    for name, run in runs.items():
        repeats = max(1, int(0.05 / _seconds(run, tickets)))
        beside = None if name == "supportkit" else "supportkit"
        budget = _budget(name, engines, largest=size == most)
        contenders.append(_contender(name, run, tickets, repeats, beside, budget))
    table = compared(f"Rules: all matches of {size:,}", contenders, unit="tickets", rounds=rounds, note=NOTE)
    table.rows.extend({"name": name, "absent": True} for name in absent)
    return table


def _budget(name, engines, *, largest):
    if name in {each.name for each in engines}:
        return "at most 1/100" if largest else "at most 1"
    return "at most 2" if largest and name.startswith("limit") else ""


def _seconds(run, tickets):
    """A second look at what the tickets cost, warm, so that each contender gets about the same time."""
    for _ in range(2):
        began = time.perf_counter()
        for ticket in tickets:
            run(ticket)
    return time.perf_counter() - began


def _ours(drawn, verb):
    rules = _rule_set(drawn, verb, hit="collect")
    return lambda ticket: [each["n"] for each in rules.decide(ticket, now=NOW).value]


def _rule_set(drawn, verb, *, hit):
    return RuleSet(
        [
            Rule(
                str(number),
                f'{field} == "{value}" and {low} <= spend < {high} and text.{verb}("{word}")',
                {"n": number},
            )
            for number, (field, value, low, high, word) in enumerate(drawn)
        ],
        hit=hit,
    ).prepared()


def _closures(drawn):
    def closure(field, value, low, high, word):
        return lambda ticket: (
            ticket[field] == value and low <= ticket["spend"] < high and word in ticket["text"]
        )

    rules = [closure(*each) for each in drawn]
    return lambda ticket: [number for number, rule in enumerate(rules) if rule(ticket)]


def _masks(drawn):
    """The least that an index costs: a look-up a field, a bisection, a look-up a word; what they share."""
    everything = (1 << len(drawn)) - 1
    by_field, words, turns = {}, {}, {}
    for number, (field, value, low, high, word) in enumerate(drawn):
        bit = 1 << number
        by_field.setdefault(field, {}).setdefault(value, 0)
        by_field[field][value] |= bit
        words[word] = words.get(word, 0) | bit
        for edge in (low, high):
            turns[edge] = turns.get(edge, 0) ^ bit
    edges, active, inside = sorted(turns), [0], 0
    for edge in edges:
        inside ^= turns[edge]
        active.append(inside)
    columns = []
    for field, table in by_field.items():
        others = everything & ~sum(table.values())
        columns.append((field, {value: mask | others for value, mask in table.items()}, others))

    def run(ticket):
        standing = active[bisect_right(edges, ticket["spend"])]
        for field, table, others in columns:
            standing &= table.get(ticket[field], others)
        found = 0
        for word in ticket["text"].split():
            found |= words.get(word, 0)
        standing &= found
        numbers = []
        while standing:
            low = standing & -standing
            numbers.append(low.bit_length() - 1)
            standing ^= low
        return numbers

    return run


def _first_match(drawn, tickets, sizes, *, rounds):
    contenders = []
    for size in sizes:
        rules, plain = _rule_set(drawn[:size], "mentions", hit="first"), _closures(drawn[:size])
        ours = lambda ticket, rules=rules: rules.decide(ticket, now=NOW).value  # noqa: E731
        theirs = lambda ticket, plain=plain: next(({"n": n} for n in plain(ticket)), None)  # noqa: E731
        must_agree({"supportkit": list(map(ours, tickets)), "closures": list(map(theirs, tickets))})
        repeats = max(1, 500 // size)
        contenders += [
            _contender(f"supportkit, {size:,} rules", ours, tickets, repeats * 5, None, ""),
            _contender(
                f"closures, {size:,} rules", theirs, tickets, repeats, f"supportkit, {size:,} rules", ""
            ),
        ]
    return compared("Rules: first match", contenders, unit="tickets", rounds=rounds, note=NOTE)


def _reading(drawn, engines):
    """What it takes until the first ticket can be decided."""
    builds = {"supportkit": lambda: _rule_set(drawn, "mentions", hit="collect")}
    builds |= {each.name: lambda each=each: each.build(drawn) for each in engines if each.most >= len(drawn)}
    contenders = [
        Contender(name, len(drawn), ready(build), None if name == "supportkit" else "supportkit")
        for name, build in builds.items()
    ]
    note = "Text or JSON to something that decides; supportkit checks, indexes and keeps what explains it."
    return compared(f"Rules: reading {len(drawn):,}", contenders, unit="rules", rounds=3, note=note)


def _contender(name, run, tickets, repeats, beside, budget):
    def work():
        for _ in range(repeats):
            for ticket in tickets:
                run(ticket)

    return Contender(name, repeats * len(tickets), ready(work), beside, budget)
