"""What our own stores promise beyond the contract."""

import threading
from contextlib import closing

import pytest
import sqlalchemy as sa

from supportkit.errors import StoreError
from supportkit.ports import Commit
from supportkit.storage import MemoryStore, SqliteStore, SqlStore


@pytest.fixture(params=("memory", "sqlite", "host"))
def store(request, fast_folder):
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        with closing(SqliteStore(fast_folder / "desk.db")) as made:
            yield made
    else:
        engine = sa.create_engine(f"sqlite:///{fast_folder / 'host.db'}")
        yield SqlStore(engine)
        engine.dispose()


def test_writers_wait_for_each_other_whatever_they_touch(store):
    entered, inside = threading.Event(), []

    def second():
        entered.wait()
        with store.transaction("d"):
            inside.append("second")

    worker = threading.Thread(target=second)
    worker.start()
    with store.transaction("d"):
        entered.set()
        worker.join(0.05)
        inside.append("first")
    worker.join()
    assert inside == ["first", "second"]


def test_a_transaction_in_a_transaction_is_told_why(store):
    with store.transaction("d"), pytest.raises(StoreError, match="open already"), store.transaction("d"):
        pass


def test_what_has_ended_says_so(store):
    with store.transaction("d") as transaction:
        pass
    with store.reader("d") as reader:
        pass
    for use in (lambda: transaction.commit(Commit()), lambda: reader.case("c")):
        with pytest.raises(StoreError, match=r"ended|closed"):
            use()
