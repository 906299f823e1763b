"""Taking contacts in: whether to answer a mail, whose a contact point is, in memory and in a database."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rounds import Contender, Table, compared, must_agree, ready

from supportkit.cases import Contact, ContactPoint, Customer
from supportkit.intake import AckPolicy, PointIndex, acknowledge, identify, point_key
from supportkit.ports import Commit, PartyChange
from supportkit.storage import SqliteStore

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = AckPolicy(own_addresses=["help@desk.example"], loop_token="desk-1")
PLAIN = [
    ("Return-Path", "<{0}@example.org>"),
    ("Received", "from mx.example.org (192.0.2.1) by mx.desk.example; Mon, 2 Mar 2026 09:00:00 +0000"),
    ("Authentication-Results", "mx.desk.example; spf=pass; dkim=pass header.d=example.org; dmarc=pass"),
    ("From", "Somebody {0} <{0}@example.org>"),
    ("To", "help@desk.example"),
    ("Subject", "The router blinks, order {0}"),
    ("Message-ID", "<{0}@mail.example.org>"),
    ("Date", "Mon, 2 Mar 2026 09:00:00 +0000"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
]
REPLY = [
    *PLAIN,
    ("In-Reply-To", "<a{0}@desk.example>"),
    ("References", "<b{0}@example.org> <a{0}@desk.example>"),
]
AWAY = [*PLAIN, ("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
BOUNCE = [
    ("Return-Path", "<>"),
    ("From", "MAILER-DAEMON@mx.example.org"),
    ("To", "help@desk.example"),
    ("Subject", "Undelivered Mail Returned to Sender"),
    ("Auto-Submitted", "auto-replied"),
    ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="{0}"'),
]


def measure(*, quick: bool) -> list[Table]:
    rounds = 3 if quick else 7
    people = 10_000 if quick else 250_000
    return [_acknowledging(rounds), _recognising(people, rounds), _in_a_database(people // 5, rounds)]


def _mails(headers, count=1_000):
    return [
        Contact(
            id=f"m{n}", channel="email", at=NOW, text="Please help.",
            headers=[(name, value.format(f"c{n}")) for name, value in headers],
        )
        for n in range(count)
    ]  # fmt: skip


def _acknowledging(rounds):
    kinds = {"a person's first mail": PLAIN, "a reply": REPLY, "a holiday program": AWAY, "a bounce": BOUNCE}

    def deciding(mails):
        return ready(lambda: [acknowledge(mail, policy=POLICY, now=NOW) for mail in mails])

    contenders = [
        Contender(name, 1_000, deciding(_mails(headers)), budget="10,000 a second")
        for name, headers in kinds.items()
    ]
    note = "From parsed headers to the decision with its reasons, its clause and the headers of the answer."
    return compared("Whether to answer a mail", contenders, unit="mails", rounds=rounds, note=note)


def _people(count):
    return [
        Customer(
            f"c{n}",
            [
                ContactPoint("email", f"first.last{n}@example{n % 997}.org"),
                ContactPoint("email", f"person{n}@gmail.com"),
                ContactPoint("phone", f"+4420{10_000_000 + n}"),
                ContactPoint("handle", f"@person{n}", network="mastodon"),
            ],
        )
        for n in range(count)
    ]


def _recognising(count, rounds):
    people = _people(count)
    index = PointIndex(people)
    drawn = random.Random(7).sample(range(count), min(count, 10_000))
    asked = {
        "mail addresses": [ContactPoint("email", f"First.Last{n}@Example{n % 997}.org") for n in drawn],
        "mail addresses that nobody has": [ContactPoint("email", f"new{n}@example.org") for n in drawn],
        "numbers in E.164": [ContactPoint("phone", f"+4420{10_000_000 + n}") for n in drawn],
        "handles": [ContactPoint("handle", f"Person{n}", network="Mastodon") for n in drawn],
    }
    national = [ContactPoint("phone", f"020 {10_000_000 + n}", region="GB") for n in drawn[:1_000]]
    few = drawn[:200]
    must_agree({
        "the customers themselves": [f"c{n}" for n in few],
        "the index": [identify([people[n].points[0]], index).customer for n in few],
    })  # fmt: skip
    bare = "limit: a dict of keys that are there already"
    keys = {point_key(point): person.id for person in people[:10_000] for point in person.points[:1]}
    ready_made = list(keys)
    contenders = [
        Contender(bare, len(ready_made), ready(lambda: [keys.get(key) for key in ready_made])),
        *(
            Contender(name, len(points), _identifying(points, index), beside=bare, budget="50,000 a second")
            for name, points in asked.items()
        ),
        Contender("numbers as they are dialled", 1_000, _identifying(national, index), beside=bare),
    ]
    note = (
        f"One index over {count * 4:,} contact points of {count:,} customers; the point is read and "
        "normalised, the finding comes with its evidence. "
        "Reading a national number is `phonenumbers`' own time."
    )
    return compared(
        f"Who is it, among {count * 4:,} points", contenders, unit="look-ups", rounds=rounds, note=note
    )


def _identifying(points, index):
    return ready(lambda: [identify([point], index) for point in points])


def _in_a_database(count, rounds):
    with TemporaryDirectory(dir=Path(__file__).parent, prefix=".disk-") as folder:
        store = SqliteStore(Path(folder) / "desk.sqlite")
        keys = [point_key(ContactPoint("email", f"c{n}@example.org")) for n in range(count)]
        for start in range(0, count, 5_000):
            parties = [
                PartyChange(ref=f"c{n}", points=(keys[n],)) for n in range(start, min(start + 5_000, count))
            ]
            with store.transaction("d") as tx:
                assert tx.commit(Commit(parties=parties))
        drawn = [keys[n] for n in random.Random(7).sample(range(count), min(count, 2_000))]
        with store.transaction("d") as tx:
            contenders = [Contender(f"{count:,} points", len(drawn), partial(_claiming, tx, drawn))]
            note = (
                "SQLite: one look-up by the table's primary key for each point, its party's merges followed."
            )
            return compared("Who is it, in a database", contenders, unit="look-ups", rounds=rounds, note=note)


def _claiming(tx, keys):
    return lambda: [tx.claim_points([key]) for key in keys]
