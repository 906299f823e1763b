"""The store in memory keeps the contract."""

import pytest

from supportkit.storage import MemoryStore
from supportkit.testing import StoreContract


class TestMemoryStore(StoreContract):
    store = pytest.fixture(lambda self, clock: MemoryStore(clock=clock))
