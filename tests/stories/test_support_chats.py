"""Fourteen real chats: who is answered and how soon agrees with a plain recount of the lines."""

import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import chats
import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "chats.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(support_data):
    return support_data / "irc_support"


@pytest.fixture(scope="module")
def read(folder):
    return {
        file.name.removesuffix(".ascii.txt"): chats.read(file) for file in sorted(folder.glob("*.ascii.txt"))
    }


def test_the_table_of_the_guide_is_what_the_script_prints(folder):
    assert chats.table(folder) in GUIDE


def recount(folder, name):
    """Count beginnings, answers of others and the first one's wait, line by line, without the script's code."""
    lines = (folder / f"{name}.ascii.txt").read_text(encoding="utf-8").splitlines()
    speakers = [re.match(r"(?:\S+ )?(?:\S+ )?\[[\d:]+\] <([^>]+)>", line) for line in lines]
    times = [re.search(r"\[(\d\d):(\d\d)(?::(\d\d))?\]", line) for line in lines]
    waits, begun = [], 0
    links = [
        line.split()[:2] for line in (folder / f"{name}.annotation.txt").read_text().splitlines() if line
    ]
    for start in (int(a) for a, b in links if a == b):
        if speakers[start] is None:
            continue
        begun += 1
        others = [
            int(b) for a, b in links
            if int(a) == start and speakers[int(b)] and speakers[int(b)][1] != speakers[start][1]
        ]  # fmt: skip
        if others:
            (h, m, s), (hh, mm, ss) = (
                [int(part or 0) for part in times[line].groups()] for line in (start, min(others))
            )
            waits.append(((hh - h) * 3600 + (mm - m) * 60 + ss - s) % 86_400)
    return begun, sorted(waits)


def test_each_log_agrees_with_a_recount_of_its_lines(folder, read):
    for name, chat in read.items():
        begun, waits = recount(folder, name)
        clocks = chat.clocks()
        answered = sorted(clock.elapsed.total_seconds() for clock in clocks if clock.state == "stopped")
        assert (len(clocks), answered) == (begun, waits), name


def test_the_published_counts_hold(read):
    totals = Counter()
    for name, chat in read.items():
        kind = name.partition(".")[0]
        clocks = chat.clocks()
        totals[kind, "messages"] += len(chat.lines)
        totals[kind, "begun"] += len(clocks)
        totals[kind, "answered"] += sum(clock.state == "stopped" for clock in clocks)
    assert totals == {
        ("stripe", "messages"): 2_400, ("stripe", "begun"): 47, ("stripe", "answered"): 32,
        ("mediawiki", "messages"): 2_369, ("mediawiki", "begun"): 38, ("mediawiki", "answered"): 6,
        ("ubuntu", "messages"): 11_615, ("ubuntu", "begun"): 294, ("ubuntu", "answered"): 137,
    }  # fmt: skip


def test_announcements_are_told_from_talk(read):
    assert {name: chat.bots for name, chat in read.items() if chat.bots} == {
        "mediawiki.0": ("wikibugs", "gerrit-wm")
    }
    chat = read["mediawiki.0"]
    said = Counter(line.speaker for line in chat.lines.values())
    assert sum(said[name] for name in chat.bots) == 405


def test_a_repeat_has_the_same_words_of_the_same_speaker_shortly_before(read):
    for chat in read.values():
        for line in chat.repeats:
            assert any(
                (one.speaker, one.text) == (line.speaker, line.text)
                and one.number < line.number
                and line.at - one.at <= timedelta(minutes=10)
                for one in chat.lines.values()
            )


def test_a_bots_answer_is_none(read):
    chat = chats.Chat("made up", links=[(0, 0), (0, 1), (0, 60)])
    noon = datetime.fromisoformat("2026-01-12T12:00+00:00")
    chat.lines = {0: chats.Line(0, noon, "jo", "Help?")} | {
        n: chats.Line(n, noon + timedelta(seconds=n), "bot", f"http://x/{n}") for n in range(1, 60)
    }
    chat.lines[60] = chats.Line(60, noon + timedelta(minutes=3), "kim", "Here I am.")
    (clock,) = chat.clocks()
    assert (chat.bots, clock.elapsed) == (("bot",), timedelta(minutes=3))


@pytest.mark.parametrize(
    ("asked", "answered", "at"),
    (("23:58", "00:01", "2004-11-16T00:01"), ("12:58", "01:01", "2004-11-15T13:01")),
)
def test_a_clock_without_dates_goes_round(tmp_path, asked, answered, at):
    file = tmp_path / "ubuntu.2004-11-15_03.ascii.txt"
    file.write_text(f"=== joins\n[{asked}] <jo> hello\n[{asked}]  * jo waves\n[{answered}] <kim> hi\n")
    file.with_name("ubuntu.2004-11-15_03.annotation.txt").write_text("1 1 -\n1 3 -\n")
    chat = chats.read(file)
    assert f"{list(chat.lines.values())[-1].at:%Y-%m-%dT%H:%M}" == at
    assert [clock.elapsed for clock in chat.clocks()] == [timedelta(minutes=3)]
