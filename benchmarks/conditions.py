"""Rule sets of 10, 100 and 1,000 rules beside the same conditions as plain Python closures."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime

from rounds import Contender, Table, compared, must_agree, ready

from supportkit import RuleSet
from supportkit.rules import Rule

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def measure(*, quick: bool) -> list[Table]:
    draw = random.Random(11)
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(4, 9))) for _ in range(3_000)]
    tickets = [_ticket(draw, words) for _ in range(50)]
    return [
        _table(draw, words[:500], tickets, hit, rounds=3 if quick else 7, sizes=(10, 100, 1_000))
        for hit in ("collect", "first")
    ]


def _ticket(draw, words):
    text = ""
    while len(text) < 500:
        text += draw.choice(words) + " "
    return {
        **{f"f{n}": f"v{draw.randrange(20)}" for n in range(50)},
        "spend": draw.randrange(5_000),
        "text": text[:500],
    }


def _table(draw, keywords, tickets, hit, *, rounds, sizes):
    contenders = []
    for size in sizes:
        drawn = [_drawn(draw, keywords) for _ in range(size)]
        rules = RuleSet([Rule(str(n), _text(*each), {"n": n}) for n, each in enumerate(drawn)], hit=hit)
        plain = [_closure(*each) for each in drawn]
        ours, theirs = _ours(rules, hit), (_collect if hit == "collect" else _first)
        must_agree(
            {
                "supportkit": [ours(ticket) for ticket in tickets],
                "closures": [theirs(plain, ticket) for ticket in tickets],
            }
        )
        repeats = max(1, 2_000 // size)
        name = f"closures, {size} rules"
        contenders += [
            _contender(f"supportkit, {size} rules", ours, tickets, repeats, name),
            _contender(name, lambda ticket, plain=plain, run=theirs: run(plain, ticket), tickets, repeats),
        ]
    note = (
        "A rule: a field equals a value, a number lies in a range, a 500-character text contains a word. "
        "Closures know neither missing facts nor reasons. An index over large rule sets comes later."
    )
    return compared(f"Rules: {hit}", contenders, unit="tickets", rounds=rounds, note=note)


def _drawn(draw, keywords):
    low = draw.randrange(4_000)
    field, value = f"f{draw.randrange(50)}", f"v{draw.randrange(20)}"
    return field, value, low, low + draw.randrange(500, 2_500), draw.choice(keywords)


def _text(field, value, low, high, keyword):
    return f'{field} == "{value}" and {low} <= spend < {high} and contains(text, "{keyword}")'


def _closure(field, value, low, high, keyword):
    return lambda ticket: (
        ticket[field] == value and low <= ticket["spend"] < high and keyword in ticket["text"]
    )


def _ours(rules, hit):
    if hit == "collect":
        return lambda ticket: [int(each) for each in rules.decide(ticket, now=NOW).matched]
    return lambda ticket: next((int(each) for each in rules.decide(ticket, now=NOW).matched), None)


def _collect(rules, ticket):
    return [number for number, rule in enumerate(rules) if rule(ticket)]


def _first(rules, ticket):
    return next((number for number, rule in enumerate(rules) if rule(ticket)), None)


def _contender(name, run, tickets, repeats, beside=None):
    def work():
        for _ in range(repeats):
            for ticket in tickets:
                run(ticket)

    return Contender(name, repeats * len(tickets), ready(work), beside)
