"""A process killed at any moment and started again ends with the very log of one that was never killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from supportkit.storage import SqliteStore

HERE = Path(__file__).parent
WEEK = """
import sys
from pathlib import Path
from supportkit.cli.week_data import load_week
from supportkit.cli.week_demo import week_desk
from supportkit.cli.week_run import WeekRun
from attrs import evolve
week = load_week()
steps = int(sys.argv[2])
week = evolve(week, steps=week.steps[:steps])
print("running", flush=True)
WeekRun(week, week_desk(week, Path(sys.argv[1]))).run()
"""
INCIDENTS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import incidents
from supportkit import Desk, Policy
from supportkit.channels import ManualChannel
from supportkit.storage import SqliteStore
entries = incidents.read(Path(sys.argv[4]), int(sys.argv[2]))
desk = Desk(Policy.load(incidents.POLICY), name="week", store=SqliteStore(sys.argv[1]), channels=[ManualChannel()])
print("running", flush=True)
incidents.run(entries, desk)
"""


def run(script, *arguments, kill_after=None):
    """Run a script; with `kill_after`, kill it so many seconds after it began its work.

    Returns whether it finished, and how long it worked.
    """
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n", process.communicate()[1]
    began = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(process.pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=240)
    assert process.returncode in {0, -signal.SIGKILL}, errors
    return process.returncode == 0, time.monotonic() - began


def log_of(database):
    """Everything that the desk recorded, stream by stream, as bytes."""
    store = SqliteStore(database)
    with store.reader("week") as reader:
        events = {
            name: [event.to_json() for event in reader.events(name)]
            for name in reader.streams()
            if name != "desk:week"
        }
        seats = sorted(map(str, reader.seats()))
        outbox = sorted((row.dedupe, row.state) for row in reader.outbox())
    store.close()
    return events, seats, outbox


def compare_with_killed(script, folder, *arguments, seed):
    """Run a script once in peace and once killed again and again, and compare what the desks recorded."""
    finished, lasting = run(script, folder / "whole.sqlite", *arguments)
    assert finished
    chance, kills = random.Random(seed), 0
    for _ in range(5):
        finished, _ = run(
            script, folder / "killed.sqlite", *arguments, kill_after=chance.uniform(0.05, 0.6) * lasting
        )
        kills += not finished
    run(script, folder / "killed.sqlite", *arguments)
    assert kills >= 1
    assert log_of(folder / "killed.sqlite") == log_of(folder / "whole.sqlite")


@pytest.mark.parametrize("seed", (1, 2))
def test_a_week_killed_again_and_again_ends_with_the_same_log(tmp_path, seed):
    compare_with_killed(WEEK, tmp_path, 60, seed=seed)


def test_incidents_killed_again_and_again_end_with_the_same_log(tmp_path, support_data):
    log = support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"
    compare_with_killed(INCIDENTS, tmp_path, 40, HERE.parents[1] / "examples", log, seed=3)
