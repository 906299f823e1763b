"""The shell around the decisions: gather, lock and read, settle, decide, commit; tick and deliver.

`desk` is the entry; `case_commands` and `queries` are its two halves, `inbound` takes in what channels got.
`decide` is the pure decision (`receiving`, `handling`, `matching`, on a `draft`), `shadow` sets it beside
that of a second policy. `worker` and `arrival` carry it out in transactions, `situate` serves hosts without
a store, `ticking` lets time pass. `learning` holds the commands of `learning_commands` as values, which
`briefing`, `telling` and `surveying` decide; `outreach` tells customers one by one. `case_file` is a case's
snapshot, `explanation` says why, `outbox` lists messages, `directories` hold people.
"""

from supportkit.desk import commands
from supportkit.desk.case_file import CaseFile
from supportkit.desk.contacts.batches import Batch, Rejected
from supportkit.desk.decide import decide
from supportkit.desk.desk import Desk, open_desk
from supportkit.desk.directories import Agents, Customers
from supportkit.desk.explanation import Explanation
from supportkit.desk.health import Health
from supportkit.desk.learning import requests as learning
from supportkit.desk.learning.outreach import Outreach
from supportkit.desk.policies.adoption import Adopted
from supportkit.desk.policies.audit import Audit, Disagreement
from supportkit.desk.reach import FailingPoint, Reach, Unreachable
from supportkit.desk.receipt import (
    ContactReceipt,
    DeliveryReport,
    Done,
    Receipt,
    TickReport,
    UpdateReceipt,
)
from supportkit.desk.situate import situate

__all__ = [
    "Adopted",
    "Agents",
    "Audit",
    "Batch",
    "CaseFile",
    "ContactReceipt",
    "Customers",
    "DeliveryReport",
    "Desk",
    "Disagreement",
    "Done",
    "Explanation",
    "FailingPoint",
    "Health",
    "Outreach",
    "Reach",
    "Receipt",
    "Rejected",
    "TickReport",
    "Unreachable",
    "UpdateReceipt",
    "commands",
    "decide",
    "learning",
    "open_desk",
    "situate",
]
