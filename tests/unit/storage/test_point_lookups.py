from supportkit.ports import Commit, PartyChange, PointKey
from supportkit.storage import SqliteStore

POINTS = [PointKey("email", f"c{number}@x.org") for number in range(50)]


def test_a_contact_point_is_looked_up_by_the_primary_key_of_its_table(tmp_path):
    store, said = SqliteStore(tmp_path / "desk.sqlite"), []
    with store.transaction("d") as tx:
        assert tx.commit(
            Commit(parties=[PartyChange(ref=f"c{n}", points=(p,)) for n, p in enumerate(POINTS)])
        )
    with store.transaction("d") as tx:
        driver = tx.sql._cursor.connection
        driver.set_trace_callback(said.append)
        assert tx.claim_points(POINTS[7:9]) == {POINTS[7]: "c7", POINTS[8]: "c8"}
        driver.set_trace_callback(None)
        asked = [text for text in said if "sk_point" in text]
        plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()]
    assert len(asked) == 2
    assert "SEARCH k USING PRIMARY KEY (desk=? AND kind=? AND value_hash=?)" in plan
