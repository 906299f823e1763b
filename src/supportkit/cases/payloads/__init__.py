"""What each kind of event says: one frozen class per kind, read and written as canonical JSON.

`case`, `contact`, `commitments` (acknowledgements, promises, targets, priority), `routing`, `escalation`,
`recovery` and `desk` hold the classes; `payload` registers one, `read_payload` finds it again.
"""

from supportkit.cases.payloads import (  # noqa: F401 - importing registers the kinds
    case,
    commitments,
    contact,
    desk,
    escalation,
    recovery,
    routing,
)
from supportkit.cases.payloads.registry import (
    OtherPayload,
    Payload,
    known_kinds,
    make_payload,
    payload,
    read_payload,
    upcaster,
)

__all__ = [
    "OtherPayload",
    "Payload",
    "known_kinds",
    "make_payload",
    "payload",
    "read_payload",
    "upcaster",
]
