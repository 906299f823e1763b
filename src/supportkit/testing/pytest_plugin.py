"""Fixtures for test suites of support policies: a desk in memory, a clock that stands still, mail.

They are there as soon as supportkit is installed beside pytest. Override `support_policy` to test your own
policy, and `support_channels`, `support_customers` or `support_agents` where your stories need them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from supportkit import Desk, Policy
    from supportkit.ports import AgentRoster, Channel, CustomerDirectory
    from supportkit.testing import Clock, Mailbox

# Everything is imported inside the fixtures: a suite that asks for none of them pays nothing.


@pytest.fixture
def clock() -> Clock:
    """The time, as the test says: ``clock()`` reads it, ``clock.move_to(instant)`` sets it."""
    from supportkit.testing import Clock  # noqa: PLC0415 - see above

    return Clock()


@pytest.fixture
def mail(clock: Clock) -> Mailbox:
    """A customer's mail as bytes, ``mail("I want to complain")``; what we send is in ``mail.sent``."""
    from supportkit.testing import Mailbox  # noqa: PLC0415 - see above

    return Mailbox(clock=clock)


@pytest.fixture
def support_policy() -> Policy:
    """The policy under test: override it, this one is empty."""
    from supportkit import Policy  # noqa: PLC0415 - see above

    return Policy.from_dict({})


@pytest.fixture
def support_channels(mail: Mailbox) -> Iterable[Channel]:
    """The channels of the desk: mail, as ``email``."""
    from supportkit.channels import EmailChannel  # noqa: PLC0415 - see above

    return [EmailChannel(mail)]


@pytest.fixture
def support_customers() -> CustomerDirectory | None:
    """The customers that the desk knows: nobody."""
    return None


@pytest.fixture
def support_agents() -> AgentRoster | None:
    """The people who answer: no roster, so that cases wait in their queues."""
    return None


@pytest.fixture
def support_desk(
    support_policy: Policy,
    support_channels: Iterable[Channel],
    support_customers: CustomerDirectory | None,
    support_agents: AgentRoster | None,
    clock: Clock,
) -> Desk:
    """A desk in memory that decides by `support_policy`, at the time of `clock`."""
    from supportkit import Desk  # noqa: PLC0415 - see above

    return Desk(
        support_policy,
        channels=support_channels,
        customers=support_customers,
        agents=support_agents,
        clock=clock,
    )
