"""A desk with nobody at work, and one with everybody there."""

import pytest

from office import STAFF, make_office


@pytest.fixture
def office():
    return make_office()


@pytest.fixture
def staffed(office):
    for agent in STAFF:
        office.desk.set_presence(agent.id, "available")
    return office
