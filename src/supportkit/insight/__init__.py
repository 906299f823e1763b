"""Learning from what happened: measures, common problems, what to tell whom, whom to ask.

`reading` makes the `record` of one case; `figures` are what measures come to, `definitions` say what is
measured, `measures` makes the report by its `terms`; `made_good` tells whether a complaint was.
"""

from supportkit.insight.definitions import DEFINITIONS, Definition
from supportkit.insight.figures import Durations, Figure, Ratio, Spread
from supportkit.insight.made_good import made_good
from supportkit.insight.measures import Measures, Row, measured, measures
from supportkit.insight.reading import read_record, records
from supportkit.insight.record import Record
from supportkit.insight.terms import Terms

__all__ = [
    "DEFINITIONS",
    "Definition",
    "Durations",
    "Figure",
    "Measures",
    "Ratio",
    "Record",
    "Row",
    "Spread",
    "Terms",
    "made_good",
    "measured",
    "measures",
    "read_record",
    "records",
]
