"""The tables, as numbered steps that only ever grow: what ran once is never edited.

An SQLite store brings its file up to date by itself. A host that prefers to do it in its own migration
calls `upgrade(connection)` there, and commits; `current` and `pending` say where a database stands.
All names begin with ``sk_``, so that a host's own schema tools can leave them alone.

Instants are integer microseconds (UTC). Rows with many bytes live in tables with a rowid, whose number is
the row's own; small rows live inside their primary key. Keys of people are keyed hashes.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from supportkit.errors import SchemaMismatch
from supportkit.storage.sql.instants import micros
from supportkit.storage.sql.sqlite import host_driver

__all__ = ["LATEST", "current", "pending", "upgrade"]

_FIRST = (
    """CREATE TABLE sk_desk (
        desk INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, min_code INTEGER NOT NULL DEFAULT 0,
        secret BLOB NOT NULL) STRICT""",
    """CREATE TABLE sk_policy (
        desk INTEGER NOT NULL, epoch INTEGER NOT NULL, hash TEXT NOT NULL, doc BLOB NOT NULL,
        engine TEXT NOT NULL, tzdata TEXT NOT NULL, activated_at INTEGER NOT NULL,
        PRIMARY KEY (desk, epoch)) STRICT""",
    """CREATE TABLE sk_inbox (
        desk INTEGER NOT NULL, scope TEXT NOT NULL, key_hash BLOB NOT NULL, body_hash TEXT NOT NULL,
        case_no INTEGER, seq INTEGER, outcome TEXT NOT NULL, at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL, PRIMARY KEY (desk, scope, key_hash)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sk_party (
        party_no INTEGER PRIMARY KEY, desk INTEGER NOT NULL, ref TEXT NOT NULL, merged_into TEXT,
        version INTEGER NOT NULL DEFAULT 1, UNIQUE (desk, ref)) STRICT""",
    "CREATE INDEX sk_party_merged ON sk_party (desk, merged_into) WHERE merged_into IS NOT NULL",
    """CREATE TABLE sk_point (
        desk INTEGER NOT NULL, kind TEXT NOT NULL, value_hash BLOB NOT NULL, party_no INTEGER NOT NULL,
        verified INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (desk, kind, value_hash)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sk_thread (
        desk INTEGER NOT NULL, key_hash BLOB NOT NULL, case_no INTEGER NOT NULL, trust TEXT NOT NULL,
        PRIMARY KEY (desk, key_hash)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sk_case (
        case_no INTEGER PRIMARY KEY, desk INTEGER NOT NULL, ref TEXT NOT NULL, party_no INTEGER,
        version INTEGER NOT NULL, fold_v INTEGER NOT NULL, epoch INTEGER NOT NULL, open INTEGER NOT NULL,
        status TEXT NOT NULL, owner_no INTEGER, last_at INTEGER, due_at INTEGER, fails INTEGER NOT NULL,
        match_at INTEGER, sig TEXT, sort_key INTEGER, merged_into TEXT, snapshot BLOB NOT NULL,
        UNIQUE (desk, ref)) STRICT""",
    "CREATE INDEX sk_case_due ON sk_case (desk, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX sk_case_match ON sk_case (desk, match_at) WHERE match_at IS NOT NULL",
    "CREATE INDEX sk_case_line ON sk_case (desk, sig, sort_key, case_no) WHERE sig IS NOT NULL",
    "CREATE INDEX sk_case_party ON sk_case (party_no, open, case_no) WHERE party_no IS NOT NULL",
    "CREATE INDEX sk_case_owner ON sk_case (desk, owner_no) WHERE open = 1 AND owner_no IS NOT NULL",
    "CREATE INDEX sk_case_epoch ON sk_case (desk, epoch, case_no) WHERE open = 1",
    """CREATE TABLE sk_event (
        desk INTEGER NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
        v INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL, epoch INTEGER, actor TEXT,
        body_no INTEGER, cause TEXT, data TEXT NOT NULL,
        PRIMARY KEY (desk, stream, seq)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sk_body (
        body_no INTEGER PRIMARY KEY, desk INTEGER NOT NULL, ref TEXT, party_no INTEGER,
        media_type TEXT NOT NULL, sha BLOB, text BLOB, erased_at INTEGER) STRICT""",
    "CREATE UNIQUE INDEX sk_body_ref ON sk_body (desk, ref) WHERE ref IS NOT NULL",
    "CREATE INDEX sk_body_party ON sk_body (party_no) WHERE erased_at IS NULL AND party_no IS NOT NULL",
    """CREATE TABLE sk_agent (
        agent_no INTEGER PRIMARY KEY, desk INTEGER NOT NULL, ref TEXT NOT NULL, profile TEXT,
        presence TEXT NOT NULL, load REAL NOT NULL DEFAULT 0, loads TEXT NOT NULL DEFAULT '{}', cap REAL,
        free INTEGER NOT NULL DEFAULT 0, select_key INTEGER, idle_since INTEGER, last_assigned INTEGER,
        match_at INTEGER, version INTEGER NOT NULL DEFAULT 1, UNIQUE (desk, ref)) STRICT""",
    "CREATE INDEX sk_agent_match ON sk_agent (desk, match_at) WHERE match_at IS NOT NULL",
    "CREATE INDEX sk_agent_free ON sk_agent (desk, profile, select_key, agent_no) WHERE free = 1",
    """CREATE TABLE sk_seat (
        desk INTEGER NOT NULL, case_no INTEGER NOT NULL, role TEXT NOT NULL, agent_no INTEGER NOT NULL,
        channel TEXT NOT NULL, weight REAL NOT NULL, offer_until INTEGER,
        PRIMARY KEY (desk, case_no, role)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX sk_seat_agent ON sk_seat (agent_no)",
    """CREATE TABLE sk_outbox (
        out_no INTEGER PRIMARY KEY, desk INTEGER NOT NULL, dedupe TEXT NOT NULL, stream BLOB NOT NULL,
        case_no INTEGER, seq INTEGER, dest TEXT, body_no INTEGER NOT NULL, state TEXT NOT NULL,
        next_at INTEGER, tries INTEGER NOT NULL DEFAULT 0, lease TEXT, lease_until INTEGER,
        valid_until INTEGER, provider_id TEXT, reason TEXT, UNIQUE (desk, dedupe)) STRICT""",
    "CREATE INDEX sk_outbox_head ON sk_outbox (desk, stream, out_no, next_at) WHERE next_at IS NOT NULL",
    """CREATE TABLE sk_counter (
        desk INTEGER NOT NULL, key BLOB NOT NULL, bucket INTEGER NOT NULL, shard INTEGER NOT NULL DEFAULT 0,
        n INTEGER NOT NULL, PRIMARY KEY (desk, key, bucket, shard)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE sk_cursor (
        desk INTEGER NOT NULL, name TEXT NOT NULL, upto INTEGER NOT NULL,
        PRIMARY KEY (desk, name)) STRICT, WITHOUT ROWID""",
)

# What a provider says later of a message finds it by the channel and the provider's own id.
_PROVIDER_IDS = (
    "ALTER TABLE sk_outbox ADD COLUMN channel TEXT",
    """CREATE INDEX sk_outbox_provider ON sk_outbox (desk, channel, provider_id)
        WHERE provider_id IS NOT NULL""",
)

# Who was forgotten stays forgotten: a directory that still knows them must not bring them back.
_FORGOTTEN = ("ALTER TABLE sk_party ADD COLUMN erased_at INTEGER",)

_STEPS = (_FIRST, _PROVIDER_IDS, _FORGOTTEN)
LATEST = len(_STEPS)
_STEP_TABLE = (
    "CREATE TABLE IF NOT EXISTS sk_schema (step INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT"
)


def current(connection: Connection) -> int:
    """Return the number of the last step that the database has, 0 for one without our tables."""
    known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sk_schema'").first()
    if known is None:
        return 0
    return int(connection.exec_driver_sql("SELECT COALESCE(MAX(step), 0) FROM sk_schema").scalar_one())


def pending(connection: Connection) -> tuple[int, ...]:
    """Return the numbers of the steps that the database lacks.

    Raises SchemaMismatch when the database is ahead of this code.
    """
    step = current(connection)
    if step > LATEST:
        raise SchemaMismatch(
            f"the tables are at step {step}, this version of supportkit knows {LATEST}; install a newer one",
        )
    return tuple(range(step + 1, LATEST + 1))


def upgrade(connection: Connection) -> tuple[int, ...]:
    """Run the steps that the database lacks, inside the connection's transaction, and return their numbers.

    The caller commits. Raises SchemaMismatch when the database is ahead of this code, RetryTransaction when
    somebody else is writing.
    """
    host_driver(connection)
    steps = pending(connection)
    if steps:
        connection.exec_driver_sql(_STEP_TABLE)
    for step in steps:
        for statement in _STEPS[step - 1]:
            connection.exec_driver_sql(statement)
        row = (step, micros(datetime.now(UTC)))
        connection.exec_driver_sql("INSERT INTO sk_schema (step, applied_at) VALUES (?, ?)", row)
    return steps
