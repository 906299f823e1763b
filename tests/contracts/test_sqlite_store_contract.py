"""The store in one SQLite file keeps the contract."""

import pytest
import sqlalchemy as sa

from supportkit.storage import SqliteStore
from supportkit.testing import StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, clock, fast_folder):
        made = SqliteStore(fast_folder / "desk.db", clock=clock)
        yield made
        made.close()

    @pytest.fixture
    def begin(self, store, fast_folder):
        engine = sa.create_engine(f"sqlite:///{fast_folder / 'desk.db'}")
        yield engine.begin
        engine.dispose()

    @pytest.fixture
    def reopened(self, store, clock, fast_folder):
        again = []

        def reopen():
            store.close()
            again.append(SqliteStore(fast_folder / "desk.db", clock=clock))
            return again[0]

        yield reopen
        for each in again:
            each.close()
