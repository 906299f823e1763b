"""What `import supportkit` costs in a fresh process, and which modules it loads."""

from __future__ import annotations

import json
import subprocess
import sys

from rounds import Contender, Table, compared, ready

WAYS = {
    "python alone": "pass",
    "import supportkit": "import supportkit",
    "from supportkit import BusinessCalendar": "from supportkit import BusinessCalendar",
    "from supportkit import Policy": "from supportkit import Policy",
    "from supportkit import Desk": "from supportkit import Desk",
}
EXTRAS = ("sqlalchemy", "click", "rich", "mailparser_reply", "phonenumbers")


def measure(*, quick: bool) -> list[Table]:
    contenders = [Contender(name, 1, ready(lambda code=code: _fresh(code))) for name, code in WAYS.items()]
    table = compared("Imports", contenders, unit="starts", rounds=3 if quick else 11, clock="wall")
    alone = table.rows[0]["wall_s"]
    for row in table.rows[1:]:
        modules = _modules(WAYS[row["name"]])
        extras = [name for name in EXTRAS if name in modules]
        row["milliseconds"] = (row["wall_s"] - alone) * 1_000
        row["modules"] = len(modules)
        row["extras"] = extras
    table.rows[1]["budget"] = "at most 120 ms, no extra"
    return [table]


def _fresh(code):
    subprocess.run([sys.executable, "-c", code], check=True)


def _modules(code):
    before, told = "before = set(sys.modules)", "print(json.dumps(sorted(set(sys.modules) - before)))"
    code = f"import json, sys; {before}; {code}; {told}"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)
