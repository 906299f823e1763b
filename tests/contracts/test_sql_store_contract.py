"""The store on a host's own engine keeps the contract."""

import pytest
import sqlalchemy as sa

from supportkit.storage import SqlStore
from supportkit.testing import StoreContract


class TestSqlStore(StoreContract):
    @pytest.fixture
    def engine(self, fast_folder):
        made = sa.create_engine(f"sqlite:///{fast_folder / 'host.db'}")
        yield made
        made.dispose()

    @pytest.fixture
    def store(self, engine, clock):
        return SqlStore(engine, clock=clock)

    @pytest.fixture
    def begin(self, store, engine):
        return engine.begin

    @pytest.fixture
    def reopened(self, store, engine, clock):
        def reopen():
            store.close()
            engine.dispose()
            return SqlStore(engine, clock=clock)

        return reopen
