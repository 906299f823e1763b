"""The kits go red for each fault, name what they miss, and cannot be bent."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import FunctionType

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime, PluginError
from supportkit.ports import Request
from supportkit.testing import ChannelContract, Clock, Sample, StoreContract
from supportkit.testing.contract import Contract

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "reference" / "contracts.md"

STORES = {
    "VersionsAreForgotten": "a_commit_decided_on_another_version_writes_nothing of_threads_that_race_for_one_thing_exactly_one_wins",
    "TheInboxIsForgotten": "a_command_gives_its_first_outcome_again",
    "StreamsMayHaveGaps": "a_mistake_is_no_race_and_writes_nothing",
    "CommitsAreWrittenBeforeTheGates": "a_commit_decided_on_another_version_writes_nothing",
    "RollbackKeepsSomething": "an_exception_takes_everything_back",
    "ReadersSeeUnfinishedWork": "a_reader_sees_nothing_of_an_open_transaction_and_does_not_wait a_reader_sees_one_state_while_others_write",
    "MessagesLeaveOutOfOrder": "only_the_head_of_a_stream_can_be_claimed",
    "LateWordsWin": "a_word_of_the_provider_counts_only_when_it_is_of_a_higher_rank a_word_that_overtakes_the_providers_answer_stays_and_nothing_is_sent_again",
    "WordsAreNotHeard": "a_word_of_the_provider_counts_only_when_it_is_of_a_higher_rank",
    "MessagesAreNotFound": "a_message_is_found_by_the_key_it_left_with_or_the_providers_id",
    "AddressesOutliveErasure": "erasing_a_party_takes_texts_points_and_addresses_and_leaves_the_rest",
    "ProvidersWordsOutliveErasure": "what_a_provider_said_of_a_message_is_erased_with_its_address",
    "ErasureIsForgotten": "what_a_provider_says_after_the_erasure_is_not_kept",
    "CommitsEraseNothing": "a_commit_erases_after_everything_else_in_it_and_the_party_is_told_so",
    "PointsFollowMerges": "a_point_stays_with_the_party_it_was_given_to_whatever_that_was_merged_into",
    "MergesAreNotTold": "a_party_knows_its_merges_both_ways",
    "OlderPoliciesWrite": "once_a_policy_is_in_force_no_older_one_writes_a_case",
    "LoadIsNotCounted": "load_is_the_sum_of_the_seats_by_channel loads_stay_whole_when_threads_take_seats_at_once",
    "OffersEndAtFullSeconds": "a_place_held_for_an_offer_knows_to_the_microsecond_until_when",
    "DesksShareOneShelf": "desks_know_nothing_of_each_other",
    "EverybodyLocksNothing": "a_transaction_in_a_transaction_is_refused who_locks_what_another_has_locked_waits",
    "TheHostIsIgnored": "what_is_no_connection_of_the_store_is_refused what_is_written_in_a_hosts_transaction_dies_with_it what_was_committed_is_there_when_the_store_is_opened_again",
    "ErrorsAreKeptInTheHost": "a_conflict_or_an_error_leaves_the_hosts_transaction_whole",
    "TheHostIsCommittedForNothing": "what_is_written_in_a_hosts_transaction_lives_with_it",
    "TheClockIsIgnored": "the_store_reads_the_clock_it_was_given a_command_is_forgotten_after_35_days_of_the_stores_clock",
}  # fmt: skip

CHANNELS = {
    "AcceptsAnybody": "a_changed_body_is_refused a_signature_of_another_request_is_refused an_unsigned_request_is_refused a_forged_signature_is_refused rubbish_is_refused_and_breaks_nothing",
    "LooksForAHeader": "a_forged_signature_is_refused a_changed_body_is_refused",
    "ComparesTexts": "a_forged_signature_is_refused",
    "NeedsEveryHeader": "a_missing_header_is_no_accident an_unsigned_request_is_refused",
    "AcceptsOnce": "a_real_request_is_accepted_as_often_as_it_comes",
    "BlamesItself": "a_forged_signature_is_refused",
    "NewIdEachTime": "a_repeated_request_gives_the_same_values",
    "OneIdForAll": "different_messages_have_different_ids",
    "DropsFiles": "files_are_kept",
    "RenamesFiles": "files_are_kept",
    "DropsText": "a_real_request_gives_what_it_holds",
    "DropsPoints": "contacts_have_a_point_or_are_honest_about_it",
    "ForgetsItsName": "contacts_say_where_they_came_in",
    "ForgetsItsKind": "contacts_say_where_they_came_in",
    "ReadsTheFirstOnly": "a_real_request_gives_what_it_holds",
    "GivesMappings": "a_real_request_gives_what_it_holds",
    "BreaksOnRubbish": "a_damaged_request_gives_a_channel_error_or_less rubbish_gives_a_channel_error_or_nothing",
    "BreaksOnBytes": "rubbish_gives_a_channel_error_or_nothing",
    "WipesTheRequest": "a_request_is_left_as_it_was",
    "LetsFreeTextOut": "free_text_stays_in_when_the_window_is_closed",
    "LetsLongTextOut": "what_is_too_long_is_cut_or_refused",
    "Redirects": "rendering_keeps_words_and_recipient",
    "Rekeys": "rendering_keeps_words_and_recipient",
    "LosesWords": "rendering_keeps_words_and_recipient",
    "RendersAnew": "rendering_the_same_gives_the_same",
    "SendsTwice": "a_message_leaves_once_for_one_key",
    "SendsNothing": "a_message_leaves_once_for_one_key",
    "RaisesOnSending": "what_cannot_be_sent_is_an_answer_not_an_exception",
    "RefusesWithoutReason": "what_cannot_be_sent_is_an_answer_not_an_exception",
    "AnswersEverybody": "a_handshake_leaves_ordinary_requests_alone",
    "AnswersWithBytes": "a_handshake_answers_or_refuses_rubbish",
    "HasABlankName": "its_name_can_be_read",
    "HasNoCapabilities": "it_is_a_channel",
    "CannotSend": "a_channel_that_does_not_send_says_so",
}  # fmt: skip

FAULTS = [
    (path, f"Test{fault}", f"test_{law}")
    for path, faults in (("broken_stores.py", STORES), ("broken_channels.py", CHANNELS))
    for fault, laws in faults.items()
    for law in laws.split()
]


LAW = "test_a_new_desk_has_nothing"


class Outcomes(defaultdict):
    """What became of each test, by class and law, and what was said of it."""

    def __init__(self):
        super().__init__(list)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or not report.passed:
            path, kit, law = report.nodeid.partition("[")[0].split("::")
            outcome = "broken" if report.failed and report.when != "call" else report.outcome
            self[Path(path).name, kit, law].append((outcome, str(report.longrepr)))


@pytest.fixture(scope="module")
def outcomes():
    found = Outcomes()
    wanted = [f"{HERE / path}::{kit}::{law}" for path, kit, law in FAULTS]
    stores, channels = HERE / "broken_stores.py", HERE / "broken_channels.py"
    whole = [f"{channels}::{kit}" for kit in ("TestChat", "TestForgetful", "TestWhatsApp", "TestNoChannel")]
    whole += [f"{stores}::TestItsOwnClock", f"{stores}::TestNoStore::{LAW}"]
    pytest.main(["-q", "-p", "no:cacheprovider", *dict.fromkeys(wanted), *whole], plugins=[found])
    return found


@pytest.mark.parametrize(
    ("path", "kit", "law"), FAULTS, ids=[f"{kit[4:]}-{law[5:40]}" for _, kit, law in FAULTS]
)
def test_a_planted_fault_turns_its_law_red(outcomes, path, kit, law):
    said = {outcome for outcome, _ in outcomes[path, kit, law]}
    assert "failed" in said
    assert "broken" not in said


def test_a_sound_channel_keeps_every_law(outcomes):
    of_chat = {law: found for (_, kit, law), found in outcomes.items() if kit == "TestChat"}
    skipped = {law for law, found in of_chat.items() if found[0][0] == "skipped"}
    assert {outcome for found in of_chat.values() for outcome, _ in found} == {"passed", "skipped"}
    assert skipped == {"test_a_channel_that_does_not_send_says_so"}
    assert set(of_chat) == set(laws_of(ChannelContract))


@pytest.mark.parametrize(
    ("kit", "attribute", "laws"),
    (
        ("TestForgetful", "signs_bodies", {"test_a_changed_body_is_refused", "test_a_signature_of_another_request_is_refused"}),
        ("TestItsOwnClock", "takes_clock", {"test_the_store_reads_the_clock_it_was_given", "test_a_command_is_forgotten_after_35_days_of_the_stores_clock"}),
    ),
)  # fmt: skip
def test_an_attribute_spares_what_cannot_be_kept_and_nothing_else(outcomes, kit, attribute, laws):
    found = {law: said for (_, name, law), said in outcomes.items() if name == kit}
    assert {outcome for said in found.values() for outcome, _ in said} == {"passed", "skipped"}
    assert {law for law, ((_, why), *_) in found.items() if f"{attribute} is False" in why} == laws


def test_one_fixture_is_enough_and_what_is_not_given_is_named(outcomes):
    said = {law: found for (_, kit, law), found in outcomes.items() if kit == "TestWhatsApp"}
    assert {outcome for found in said.values() for outcome, _ in found} == {"passed", "skipped"}
    ((_, why),) = said["test_files_are_kept"]
    assert "TestWhatsApp has no fixture `samples`" in why
    ((_, why),) = said["test_a_message_leaves_once_for_one_key"]
    assert "TestWhatsApp has no fixture `sent`" in why
    assert said["test_rubbish_is_refused_and_breaks_nothing"][0][0] == "passed"


def test_a_kit_without_its_one_fixture_says_how_to_give_it(outcomes):
    for path, kit, law in (
        ("broken_stores.py", "TestNoStore", LAW),
        ("broken_channels.py", "TestNoChannel", "test_it_is_a_channel"),
    ):
        ((outcome, why),) = outcomes[path, kit, law]
        assert outcome == "broken"
        assert f"{kit} has no fixture `{'store' if kit == 'TestNoStore' else 'channel'}`; add" in why


# The laws cannot be bent.


def laws_of(kit):
    return [name for name in dir(kit) if name.startswith("test_")]


def another(self, store):
    """What somebody would rather have tested."""


@pytest.mark.parametrize("change", (None, another, property(another)))
def test_a_law_that_is_taken_away_is_named(change):
    with pytest.raises(TypeError, match=f"TestMine changes {LAW} of CaseLaws"):
        type("TestMine", (StoreContract,), {LAW: change})


def test_a_law_hidden_by_another_base_is_named():
    other = type("Other", (), {LAW: another})
    with pytest.raises(TypeError, match=f"changes {LAW}"):
        type("TestMine", (other, StoreContract), {})


@pytest.mark.parametrize(
    "mark", (pytest.mark.skip(reason="slow"), pytest.mark.xfail, pytest.mark.xfail(reason=" "))
)
def test_only_an_expected_failure_with_a_reason_excuses_a_change(mark):
    with pytest.raises(TypeError, match="xfail"):
        type("TestMine", (StoreContract,), {LAW: mark(copy_of(another))})


def test_an_expected_failure_with_its_reason_is_allowed_and_inherited():
    mark = pytest.mark.xfail(reason="our database cannot")
    mine = type("TestMine", (StoreContract,), {LAW: mark(copy_of(another))})
    assert issubclass(type("TestMineToo", (mine,), {}), StoreContract)


def test_a_mark_on_the_law_itself_would_excuse_everybody_and_is_refused():
    class Kit(Contract, standard=True):
        def test_it(self):
            pass

    with pytest.raises(TypeError, match="for every adapter"):
        type("TestMine", (Kit,), {"test_it": pytest.mark.xfail(reason="no")(Kit.test_it)})


def test_further_tests_and_fixtures_are_welcome():
    mine = type("TestMine", (StoreContract,), {"test_more": lambda self: None, "clock": None})
    assert set(laws_of(mine)) - set(laws_of(StoreContract)) == {"test_more"}
    type("TestMineToo", (mine,), {"test_more": None})


def copy_of(function):
    """Marks are kept on the function itself."""
    return FunctionType(function.__code__, function.__globals__, function.__name__)


# What is given to the kits.


def test_a_sample_counts_the_files_it_names():
    now = Clock()()
    assert Sample(Request(), now=now, files={"a": b"", "b": b""}).attachments == 2
    assert Sample(Request(), now=now, files={"a": b""}, attachments=3).attachments == 3
    with pytest.raises(NaiveDatetime):
        Sample(Request(), now=now.replace(tzinfo=None))


def test_a_clock_gives_what_it_was_moved_to():
    clock = Clock()
    later = clock().fromisoformat("2026-07-01T11:30:00+02:00")
    clock.move_to(later)
    assert clock().isoformat() == later.isoformat()
    with pytest.raises(InvalidValue):
        clock.move_to("noon")
    with pytest.raises(NaiveDatetime):
        clock.move_to(later.replace(tzinfo=None))
    assert clock() == later


# What is loaded, and what is written of it.


def test_the_kits_load_nothing_before_they_are_used():
    probe = "import sys, supportkit.testing; print(*sorted({'pytest', 'hypothesis', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ("StoreContract", "ChannelContract"))
def test_without_the_extra_the_way_out_is_said(name):
    probe = f"import sys; sys.modules.update(pytest=None, hypothesis=None)\nimport supportkit.testing\nsupportkit.testing.{name}"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert f"supportkit.testing.{name} needs the extra 'testing'" in done.stderr
    assert PluginError.__name__ in done.stderr


def test_an_unknown_name_is_an_attribute_error():
    import supportkit.testing

    with pytest.raises(AttributeError, match=r"'supportkit\.testing' has no attribute 'StoreContact'"):
        supportkit.testing.StoreContact  # noqa: B018
    assert dir(supportkit.testing) == sorted(supportkit.testing.__all__)


@pytest.mark.parametrize("kit", (StoreContract, ChannelContract))
def test_the_reference_page_lists_every_law(kit):
    page = PAGE.read_text("utf-8")
    assert [law for law in laws_of(kit) if f"- `{law}`" not in page] == []
    known = set(laws_of(StoreContract)) | set(laws_of(ChannelContract))
    assert {line[3:].partition("`")[0] for line in page.splitlines() if line.startswith("- `test_")} <= known
