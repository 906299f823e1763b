"""Analysis of rule sets without facts: what can never happen, what disagrees, what nobody thought of."""

from supportkit.rules.analysis._analyse import SAMPLE_NOW, analyse
from supportkit.rules.analysis.comparison import Comparison, compare
from supportkit.rules.analysis.coverage import Coverage, Covered, coverage
from supportkit.rules.analysis.finding import Finding

__all__ = ["SAMPLE_NOW", "Comparison", "Coverage", "Covered", "Finding", "analyse", "compare", "coverage"]
