"""Analysis of rule sets without facts: what can never happen, what disagrees, what nobody thought of."""

from supportkit.rules.analysis._analyse import SAMPLE_NOW, analyse
from supportkit.rules.analysis.finding import Finding

__all__ = ["SAMPLE_NOW", "Finding", "analyse"]
