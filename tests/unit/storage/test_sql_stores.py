"""What is particular to SQLite: joining the host, refusals, forks, busy files, secrets."""

import os
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from unittest import mock

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from engines import begin_with
from supportkit import storage
from supportkit.cases import Event
from supportkit.errors import InvalidValue, PluginError, RetryTransaction, SchemaMismatch, StoreError
from supportkit.ports import (
    Body,
    CaseChange,
    CaseRow,
    Commit,
    InboxRow,
    Outbound,
    PartyChange,
    PointKey,
    ThreadKey,
)
from supportkit.storage import MemoryStore, SqliteStore, SqlStore
from supportkit.storage.sql import store as store_module
from supportkit.storage.sql.sqlite_store import _let_go as let_go

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


def case(ref="case-1", *, expected=0):
    noted = Event.of("contact.noted", at=NOW).placed(f"case:{ref}", expected + 1)
    return Commit(events=[noted], cases=[CaseChange(CaseRow(ref=ref, version=expected + 1), expected)])


def versions(store, desk="d"):
    with store.reader(desk) as reader:
        return {row.ref: row.version for row in reader.cases()}


@pytest.fixture
def store(tmp_path):
    made = SqliteStore(tmp_path / "desk.db")
    yield made
    made.close()


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}", connect_args={"timeout": 0.1})
    with made.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE hosts (name TEXT)")
    yield made
    made.dispose()


@pytest.fixture
def host(engine):
    return SqlStore(engine)


# The host's transaction.


@pytest.mark.parametrize("how", (None, "BEGIN", "BEGIN IMMEDIATE"))
def test_what_is_written_in_the_hosts_transaction_lives_and_dies_with_it(engine, host, how):
    if how is not None:
        begin_with(engine, how)
    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO hosts VALUES ('a')")
        with host.transaction("d", connection=connection) as transaction:
            assert transaction.commit(case())
        assert versions(host) == {}
        connection.rollback()
        assert versions(host) == {}
        with host.transaction("d", connection=connection) as transaction:
            assert transaction.commit(case())
        connection.exec_driver_sql("INSERT INTO hosts VALUES ('b')")
        connection.commit()
        assert connection.exec_driver_sql("SELECT name FROM hosts").scalars().all() == ["b"]
    assert versions(host) == {"case-1": 1}


def test_an_exception_takes_back_what_was_done_here_and_leaves_the_hosts_work(engine, host):
    def fail(connection):
        with host.transaction("d", connection=connection) as transaction:
            transaction.commit(case())
            raise ZeroDivisionError

    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO hosts VALUES ('a')")
        with pytest.raises(ZeroDivisionError):
            fail(connection)
        with host.transaction("d", connection=connection) as transaction:
            assert transaction.commit(case("case-2"))
    assert versions(host) == {"case-2": 1}
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM hosts").scalar_one() == 1


def test_a_session_joins_through_its_connection(engine, host):
    with Session(engine) as session:
        session.execute(sa.text("INSERT INTO hosts VALUES ('a')"))
        with (
            pytest.raises(InvalidValue, match=r"session\.connection\(\)"),
            host.transaction("d", connection=session),
        ):
            pass
        with host.transaction("d", connection=session.connection()) as transaction:
            assert transaction.commit(case())
        session.commit()
    assert versions(host) == {"case-1": 1}


def test_a_host_may_join_a_file_of_ours_through_an_engine_of_its_own(store, tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    with engine.begin() as connection, store.transaction("d", connection=connection) as transaction:
        transaction.commit(case())
    assert versions(store) == {"case-1": 1}
    engine.dispose()


def test_a_deferred_transaction_that_read_before_somebody_wrote_must_be_run_again(engine, host):
    begin_with(engine, "BEGIN")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM hosts").all()
        with host.transaction("d") as transaction:
            transaction.commit(case())
        with (
            pytest.raises(RetryTransaction, match="BEGIN IMMEDIATE"),
            host.transaction("d", connection=connection) as transaction,
        ):
            transaction.commit(case("case-2"))
        connection.rollback()
        with host.transaction("d", connection=connection) as transaction:
            assert transaction.commit(case("case-2"))
        connection.commit()
    assert versions(host) == {"case-1": 1, "case-2": 1}


@pytest.mark.parametrize("how", (None, "BEGIN", "BEGIN IMMEDIATE"))
def test_a_host_that_meets_another_writer_is_told_to_run_again(engine, host, how):
    if how is not None:
        begin_with(engine, how)
    with (
        host.transaction("d"),
        engine.connect() as connection,
        pytest.raises(RetryTransaction),
        host.transaction("d", connection=connection),
    ):
        pass


def test_joined_transactions_keep_other_writers_out_from_the_first_read_on(engine, host, tmp_path):
    with host.transaction("d"):
        pass
    begin_with(engine, "BEGIN")
    other = sqlite3.connect(tmp_path / "host.db", isolation_level=None, timeout=0)
    with engine.begin() as connection, host.transaction("d", connection=connection) as transaction:
        assert transaction.case("case-1") is None
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_connection_without_a_transaction_cannot_be_joined(engine, host):
    each = engine.execution_options(isolation_level="AUTOCOMMIT")
    with (
        each.connect() as connection,
        pytest.raises(StoreError, match="by itself"),
        host.transaction("d", connection=connection),
    ):
        pass


def test_memory_cannot_join_a_transaction(engine):
    with (
        engine.connect() as connection,
        pytest.raises(StoreError, match="SqlStore"),
        MemoryStore().transaction("d", connection=connection),
    ):
        pass


def test_a_desk_made_in_a_transaction_that_is_rolled_back_is_made_again(engine, host):
    with engine.connect() as connection:
        with host.transaction("new", connection=connection) as transaction:
            transaction.commit(case())
        connection.rollback()
    with host.transaction("new") as transaction:
        assert transaction.commit(case())
    assert versions(host, "new") == {"case-1": 1}


# What is refused by name.


def test_postgresql_is_refused_until_it_is_built():
    engine = mock.Mock(spec=sa.Engine)
    engine.dialect = SimpleNamespace(name="postgresql", driver="psycopg")
    with pytest.raises(StoreError, match=r"postgresql .* is not built yet"):
        SqlStore(engine)


def test_another_databases_connection_is_refused(store):
    connection = mock.Mock(spec=sa.Connection)
    connection.dialect = SimpleNamespace(name="postgresql")
    with (
        pytest.raises(StoreError, match="postgresql is not built yet"),
        store.transaction("d", connection=connection),
    ):
        pass


def test_a_schema_is_refused_on_sqlite(engine):
    with pytest.raises(StoreError, match="no schemas"):
        SqlStore(engine, schema="support")


def test_what_is_no_engine_is_refused():
    with pytest.raises(InvalidValue, match="create_engine"):
        SqlStore("sqlite:///desk.db")


@pytest.mark.parametrize("path", (":memory:", ""))
def test_a_database_in_memory_is_refused(path):
    with pytest.raises(StoreError, match=r"MemoryStore\(\)"):
        SqliteStore(path)


def test_a_file_that_cannot_be_opened_says_so(tmp_path):
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(tmp_path / "no such folder" / "desk.db")


def test_an_old_sqlite_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StoreError, match=r"3\.37"):
        SqliteStore(tmp_path / "desk.db")


def test_without_sqlalchemy_the_stores_name_the_extra():
    with mock.patch.dict(sys.modules, {"sqlalchemy": None}):
        for name in [name for name in sys.modules if name.startswith("supportkit.storage.sql")]:
            del sys.modules[name]
        with pytest.raises(PluginError, match=r"supportkit\[sql\]"):
            _ = storage.SqliteStore
    with pytest.raises(AttributeError, match="SqlShop"):
        _ = storage.SqlShop


# Schema and durability.


def test_tables_of_newer_code_are_refused(store, tmp_path):
    with sqlite3.connect(tmp_path / "desk.db") as driver:
        driver.execute("INSERT INTO sk_schema VALUES (99, 0)")
    driver.close()
    with pytest.raises(SchemaMismatch, match="step 99"):
        SqliteStore(tmp_path / "desk.db")


def test_a_desk_that_wants_newer_code_is_refused(store, tmp_path):
    with store.transaction("d"):
        pass
    with sqlite3.connect(tmp_path / "desk.db") as driver:
        driver.execute("UPDATE sk_desk SET min_code = 99")
    driver.close()
    with pytest.raises(SchemaMismatch, match="code 99"), store.transaction("d"):
        pass


def test_our_connections_are_durable_and_keep_a_write_ahead_log(host, engine):
    with host.transaction("d") as transaction:
        assert transaction.sql.one("PRAGMA synchronous") == (2,)
        assert transaction.sql.one("PRAGMA journal_mode") == ("wal",)


def test_a_database_that_keeps_no_write_ahead_log_is_refused(tmp_path):
    engine = sa.create_engine(f"sqlite:///file:{tmp_path / 'x.db'}?vfs=unix-none&uri=true")
    with pytest.raises(StoreError, match="journal_mode"):
        SqlStore(engine)
    engine.dispose()


def test_the_host_may_hand_out_rows_of_its_own_kind(engine):
    @sa.event.listens_for(engine, "connect")
    def connect(driver, record):
        driver.row_factory = sqlite3.Row

    engine.dispose()
    store = SqlStore(engine)
    with store.transaction("d") as transaction:
        assert transaction.commit(case())
        assert transaction.sql.one("SELECT 1, 2") == (1, 2)
    assert versions(store) == {"case-1": 1}


# Busy files, forks, doomed transactions.


def test_a_writer_waits_until_another_process_lets_go(store, tmp_path):
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: other.execute("COMMIT"))
    release.start()
    with store.transaction("d") as transaction:
        assert transaction.commit(case())
    release.join()
    other.close()
    assert versions(store) == {"case-1": 1}


def test_a_reader_waits_while_a_process_has_the_file_to_itself(store, tmp_path):
    store.close()
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    other.execute("COMMIT")
    release = threading.Timer(0.2, other.close)
    release.start()
    assert versions(store) == {}
    release.join()


def test_patience_ends_with_an_error(store, tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "_PATIENCE", 0.1)
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another process"), store.transaction("d"):
        pass
    other.execute("ROLLBACK")
    other.close()
    with store.transaction("d") as transaction:
        assert transaction.commit(case())


def test_a_thread_that_holds_the_store_too_long_is_named(store, monkeypatch):
    monkeypatch.setattr(store_module, "_PATIENCE", 0.05)
    faults = []

    def second():
        try:
            with store.transaction("d"):
                pass
        except StoreError as error:
            faults.append(str(error))

    with store.transaction("d"):
        worker = threading.Thread(target=second)
        worker.start()
        worker.join()
    assert "another thread" in faults[0]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork_the_store_must_be_made_anew(store, engine, host):
    answer, said = os.pipe()
    child = os.fork()
    if child == 0:
        told = 0
        for ask in (lambda: store.transaction("d"), lambda: store.reader("d")):
            try:
                with ask():
                    pass
            except StoreError as error:
                told += "fork" in str(error)
        try:
            with engine.connect() as connection, host.transaction("d", connection=connection):
                pass
        except StoreError as error:
            told += "fork" in str(error)
        os.write(said, b"%d" % told)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(answer, 10) == b"3"
    with store.transaction("d") as transaction:
        assert transaction.commit(case())


@pytest.mark.parametrize(
    ("pid", "closes"), ((os.getpid(), True), (os.getpid() + 1, False)), ids=("its own", "another")
)
def test_only_the_process_that_opened_a_file_closes_it(pid, closes):
    engine = mock.Mock(spec=sa.Engine)
    let_go(engine, pid)
    engine.dispose.assert_called_once_with(close=closes)


def test_a_transaction_that_went_wrong_while_writing_is_never_kept(store):
    unwritable = CaseRow(ref="case-2", version=1, fails=2**70)
    bad = Commit(
        events=[Event.of("contact.noted", at=NOW).placed("case:case-2", 1)], cases=[CaseChange(unwritable, 0)]
    )

    def swallow():
        with store.transaction("d") as transaction:
            transaction.commit(case())
            with pytest.raises(OverflowError):
                transaction.commit(bad)

    with pytest.raises(StoreError, match="nothing of it is kept"):
        swallow()
    assert versions(store) == {}


def test_a_statement_that_the_database_refuses_is_a_store_error(store):
    with pytest.raises(StoreError, match="no such table"), store.transaction("d") as transaction:
        transaction.sql.run("DELETE FROM nowhere")
    with pytest.raises(StoreError, match="no such table"), store.transaction("d") as transaction:
        transaction.sql.many("INSERT INTO nowhere VALUES (?)", [(1,)])


def test_a_closed_store_opens_again(store):
    store.close()
    with store.transaction("d") as transaction:
        assert transaction.commit(case())


def test_closing_leaves_the_hosts_engine_alone(engine, host):
    with engine.connect() as connection:
        host.close()
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


# Keys of people.


def test_no_key_of_a_person_can_be_read_in_the_file(store, tmp_path):
    canary = "canary-7391"
    with store.transaction("d") as transaction:
        transaction.commit(
            Commit(
                parties=[PartyChange(ref="c1", points=[PointKey("email", canary)])],
                inbox=InboxRow(scope="email", key=canary, body_hash="h", at=NOW),
                counted=[(canary, NOW)],
                bodies=[Body("b1", "c1", "text/plain", canary.encode())],
                outbox=[Outbound(text=canary, to=canary, channel="email", dedupe="m", party="c1")],
            )
        )
        transaction.commit(case())
        transaction.commit(Commit(threads=[ThreadKey(canary, "case-1")]))
    rows = dump(tmp_path / "desk.db")
    assert {table for table, row in rows if canary in repr(row)} == {"sk_body", "sk_outbox"}
    store.erase("d", "c1")
    assert [row for row in dump(tmp_path / "desk.db") if canary in repr(row)] == []


def test_desks_hash_the_same_key_differently(store, tmp_path):
    for desk in ("one", "two"):
        with store.transaction(desk) as transaction:
            transaction.commit(Commit(parties=[PartyChange(ref="c1", points=[PointKey("email", "ann")])]))
    hashes = {row[2] for table, row in dump(tmp_path / "desk.db") if table == "sk_point"}
    assert len(hashes) == 2
    assert {len(value) for value in hashes} == {32}


def dump(path):
    driver = sqlite3.connect(path)
    tables = [name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [(table, row) for table in tables for row in driver.execute(f"SELECT * FROM {table}")]
    driver.close()
    return rows


def test_old_commands_leave_the_table_as_new_ones_come(tmp_path):
    moments = iter([NOW] * 400 + [NOW.replace(year=2027)] * 100_000)
    store = SqliteStore(tmp_path / "desk.db", clock=lambda: next(moments))
    with store.transaction("d") as transaction:
        for n in range(600):
            transaction.commit(Commit(inbox=InboxRow(scope="s", key=str(n), body_hash="h", at=NOW)))
    left = [
        row
        for table, row in dump(tmp_path / "desk.db")
        if table == "sk_inbox" and row[-1] < 1_800_000_000_000_000
    ]
    assert len(left) < 40
    store.close()
