"""Engines of hosts, as SQLAlchemy's recipe for SQLite says to make them."""

import sqlalchemy as sa


def begin_with(engine, how):
    """Make the engine begin its transactions with these words, instead of leaving it to the driver."""

    @sa.event.listens_for(engine, "connect")
    def connect(driver, record):
        driver.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql(how)

    engine.dispose()
