"""Route real complaints to the desk of a product by their words, and say for each why.

The narratives are those of the Consumer Complaint Database of the US Consumer Financial Protection Bureau
(public domain), the product is what the customer chose in the form. `complaints.yaml` was written by reading,
with the general words of the trade; it was not fitted to the products.

    python examples/complaints.py narratives_with_product.csv.gz --why 3
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from attrs import Factory, define, frozen

from supportkit import Policy
from supportkit.rules import RuleDecision

POLICY = Path(__file__).with_name("complaints.yaml")
NOW = datetime(2016, 7, 1, tzinfo=UTC)
"""Nothing in the policy depends on the time."""
SEVEN_RULES = 0.581
"""Share that a plain router of seven rules gets right on the same narratives."""


@frozen
class Complaint:
    """One row: what the customer wrote, and the product that the customer chose."""

    number: str
    text: str
    product: str


@define
class Tally:
    """How far the policy agrees with the customers."""

    products: Counter[str] = Factory(Counter)
    right: Counter[str] = Factory(Counter)
    unrouted: int = 0

    @property
    def share(self) -> float:
        """The share of all complaints that went to the product the customer chose."""
        return self.right.total() / self.products.total()


def read(path: Path) -> Iterator[Complaint]:
    """Read the table, as it is or gzipped."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Complaint(row["row_id"], row["Consumer complaint narrative"], row["Product"])


def routed(policy: Policy, complaints: Iterable[Complaint]) -> Iterator[tuple[Complaint, RuleDecision]]:
    """Yield each complaint with what was decided about it."""
    classification = policy.classification
    assert classification is not None
    for complaint in complaints:
        yield complaint, classification.decide({"contact": {"text": complaint.text}}, now=NOW)


def product(decision: RuleDecision) -> str | None:
    """Return the product that a complaint went to, None when no line fitted."""
    return decision.value["category"] if decision.status == "ok" else None


def tally(decisions: Iterable[tuple[Complaint, RuleDecision]]) -> Tally:
    """Count the decisions that agree with the customer."""
    found = Tally()
    for complaint, decision in decisions:
        found.products[complaint.product] += 1
        found.right[complaint.product] += product(decision) == complaint.product
        found.unrouted += decision.status != "ok"
    return found


def words(decision: RuleDecision, policy: Policy, text: str) -> list[str]:
    """Return the words that the line which fitted looked for, as the customer wrote them."""
    assert policy.classification is not None
    rules = zip(policy.classification.rules, policy.classification.expressions(), strict=True)
    asked = [expression for rule, expression in rules if rule.id in decision.matched]
    found = [match for each in asked for keywords in each.keywords.values() for match in keywords.find(text)]
    return [text[match.start : match.end] for match in sorted(found, key=lambda match: match.start)]


def show(found: Tally, seconds: float) -> None:
    """Print the share right for each product."""
    number = found.products.total()
    print(f"{number:,} complaints in {seconds:.2f} seconds, {found.unrouted} to no desk")
    for name, count in found.products.most_common():
        print(f"  {name:<26} {count:>5}  {found.right[name] / count:>6.1%} right")
    print(f"  {'all':<26} {number:>5}  {found.share:>6.1%} right; seven plain rules: {SEVEN_RULES:.1%}")


def main() -> None:
    """Read the arguments, route the complaints, print the shares and some reasons."""
    parser = argparse.ArgumentParser(description="Route real complaints by their words.")
    parser.add_argument("path", type=Path, help="narratives_with_product.csv, as it is or as .gz")
    parser.add_argument("--why", type=int, default=1, help="explain the first so many decisions")
    options = parser.parse_args()
    complaints, policy = list(read(options.path)), Policy.load(POLICY)
    started = perf_counter()
    decisions = list(routed(policy, complaints))
    show(tally(decisions), perf_counter() - started)
    for complaint, decision in decisions[: options.why]:
        found = ", ".join(words(decision, policy, complaint.text))
        print(f"\n{complaint.number}: {product(decision)}, because of: {found or 'nothing'}")
        print(decision.explain())


if __name__ == "__main__":
    main()
