"""Facts that a host's object cannot give: the lines that read them are passed over, and the report says so."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Row

import pytest

from supportkit.cases import Log
from supportkit.errors import InvalidValue
from supportkit.sla import Metric, SlaPolicy, Target
from supportkit.sla.state import SlaState

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
GOLD = Target("30 minutes", "always", when="customer.plan == 'gold'")
UNKNOWN = Target("40 minutes", "always", when="customer.plan is None")
PUBLIC = Target("2 hours", "always", when="contact.visibility == 'public'")
POLICY = SlaPolicy({"first_response": [GOLD, UNKNOWN, PUBLIC, Target("24 hours", "always")]})
TOLD = "customer.plan: ConnectionError: the accounts are down"


class Customer:
    @property
    def plan(self):
        raise ConnectionError("the accounts are down")


def report(facts):
    return POLICY.evaluate(Log("1").opened(at=NOON), facts=facts, now=NOON)


@pytest.mark.parametrize(("visibility", "hours"), (("public", 2), ("private", 24)))
def test_a_line_in_error_is_told_and_the_next_lines_count(visibility, hours):
    found = report({"customer": Customer(), "contact": {"visibility": visibility}})
    assert found.first_response.due == NOON + timedelta(hours=hours)
    assert (found.errors, found.missing) == ((TOLD,), ())
    assert found.explain().splitlines()[-1] == f"in error, lines that read it are passed over: {TOLD}"


def test_what_the_host_s_own_mapping_raises_is_told_in_our_words():
    class Facts(dict):
        def get(self, name, default=None):
            raise InvalidValue(f"{name} cannot be read")

    assert report(Facts()).errors == (
        "contact.visibility: contact cannot be read",
        "customer.plan: customer cannot be read",
    )


@pytest.mark.parametrize(
    ("customer", "due"), ((Row(), 40), (Row(plan=None), 40), (Row(plan="gold"), 30), (None, 40))
)
def test_a_fact_that_is_not_there_is_no_error(customer, due):
    found = report({"customer": customer, "contact": {"visibility": "private"}})
    assert (found.errors, found.first_response.due) == ((), NOON + timedelta(minutes=due))


def test_a_property_that_lacks_an_attribute_of_its_own_is_in_error_and_not_missing():
    class Half(Customer):
        @property
        def plan(self):
            return self.contract.plan

    assert report({"customer": Half()}).errors == (
        "customer.plan: AttributeError: 'Half' object has no attribute 'contract'",
    )


def test_it_is_never_written_down_and_forgotten_once_it_can_be_read():
    state = POLICY.apply(POLICY.start({"customer": Customer()}), next(iter(Log("1").opened(at=NOON))))
    assert POLICY.report(state, now=NOON).errors == (TOLD,)
    assert "given" not in state.to_plain()
    assert POLICY.report(SlaState.from_plain(state.to_plain()), now=NOON).errors == ()
    (target,) = POLICY.events(state, now=NOON)
    assert target.payload.facts is None
    later = POLICY.start({"customer": Row(plan="gold")})
    assert POLICY.report(later, now=NOON).errors == ()


def test_a_metric_cannot_take_the_name_of_the_errors():
    with pytest.raises(InvalidValue, match="'errors'"):
        SlaPolicy({"errors": Metric([GOLD], like="resolution")})
