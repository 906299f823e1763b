"""How replies read: samples that pass and fail, each with its reasons."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.errors import InvalidValue, NaiveDatetime
from supportkit.recovery import REPLY_CHECKS, REPLY_WORDS, EarlierReply, ReplyRules, ReplyWords, check_reply
from supportkit.recovery._concern import key_terms, near_equal
from supportkit.recovery._personal_data import personal_data

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CONCERN = (
    "I have been without internet since Monday. Your engineer was supposed to come on Wednesday between 8 and 12 "
    "and never showed up. I took a day off work for nothing. I want the line repaired this week and I want the "
    "missed appointment compensated."
)
GOOD = (
    "Dear Ms Smith, I am sorry that our engineer missed the appointment on Wednesday and that you lost a day of "
    "work. I have booked the repair of your line for tomorrow at nine, and I will call you when it is done."
)
CANNED = (
    "Dear {}, we apologise for the inconvenience. Your case went to our {} team, please wait for their call."
)

NL = "Mijn internet valt elke avond uit en de monteur is niet gekomen."
DE = "Mein Internet fällt jeden Abend aus und der Techniker ist nicht gekommen."


@pytest.mark.parametrize(
    ("reply", "wrong"),
    (
        (GOOD, ()),
        ("Thank you for contacting us. Your call is important to us.", ("concern", "coverage", "feeling", "next_step")),
        ("We apologise for any inconvenience. Please restart your device.", ("concern", "coverage")),
        ("Your internet is fixed.", ("coverage", "feeling", "next_step")),
        ("I understand how frustrating it is to be without internet. We'll send an engineer.", ("coverage",)),
        (f"> {CONCERN}\nWe are looking into it.", ("concern", "coverage", "feeling", "next_step")),
        ("", ("concern", "coverage", "feeling", "next_step")),
    ),
)  # fmt: skip
def test_a_reply_names_the_concern_feels_and_says_what_happens(reply, wrong):
    found = check_reply(reply, concern=CONCERN)
    assert found.codes == wrong
    assert found.ok is not bool(wrong)
    assert all(finding.message in found.explain() for finding in found.findings)


def test_coverage_is_measured_and_its_threshold_told():
    found = check_reply("Your internet is fixed.", concern=CONCERN)
    assert (len(found.terms), found.named) == (12, ("internet",))
    assert found.coverage == pytest.approx(1 / 12)
    assert found.findings[0].measured == {"coverage": 0.0833, "threshold": 0.2, "terms": 12}
    assert check_reply("Your internet is fixed.", concern=CONCERN, rules=ReplyRules(coverage=0.08)).codes == (
        "feeling",
        "next_step",
    )


def test_exactly_the_threshold_is_enough():
    found = check_reply(
        "The router.", concern="router signal kitchen bedroom garden", rules=ReplyRules(coverage=0.2)
    )
    assert "coverage" not in found.codes


def test_the_most_frequent_words_of_all_texts_come_first_and_letters_of_a_word_count_once():
    texts = ["The bill is wrong.", "My bills were charged twice! Charges again.", "BILL"]
    assert key_terms(texts, filler={"the", "were", "again"}, most=3) == ("bill", "charged", "wrong")


def test_a_concern_without_a_telling_word_is_not_checked_for():
    found = check_reply("I'm sorry. Please call us.", concern="??? !!!")
    assert (found.ok, found.coverage) == (True, None)
    assert set(found.unchecked) == {"concern", "coverage"}


@pytest.mark.parametrize(
    ("language", "concern", "reply", "wrong"),
    (
        ("nl", NL, "Het spijt ons dat uw internet uitvalt en de monteur niet kwam. Wij zullen u bellen.", ()),
        ("nl-BE", NL, "Uw melding is ontvangen.", ("concern", "coverage", "feeling", "next_step")),
        ("de_AT", DE, "Es tut mir leid, dass Ihr Internet ausfällt. Ich werde einen Techniker schicken.", ()),
        ("DE", DE, "Ihre Meldung ist eingegangen.", ("concern", "coverage", "feeling", "next_step")),
    ),
)
def test_other_languages_have_words_of_their_own(language, concern, reply, wrong):
    assert check_reply(reply, concern=concern, language=language).codes == wrong


def test_a_language_without_words_is_not_guessed_at():
    found = check_reply(
        "Votre routeur est en panne.", concern="Mon routeur ne marche pas.", language="fr", at_fault=True
    )
    assert found.ok
    assert set(found.unchecked) == {"feeling", "next_step", "apology_first", "ownership"}


def test_a_policy_adds_words_and_languages():
    own = REPLY_WORDS["en"].with_more({"feeling": "gutted, that stinks"})
    rules = ReplyRules(words={"en": own, "fr": ReplyWords(feeling=["désolé"])}, off=["next_step"])
    assert check_reply("That stinks.", rules=rules).ok
    assert check_reply("Désolé !", language="fr", rules=rules).ok
    assert check_reply("Non.", language="fr", rules=rules).codes == ("feeling",)


APOLOGY = "I'm sorry: this outage is our fault. I will call you."


@pytest.mark.parametrize(
    ("reply", "said", "wrong"),
    (
        (APOLOGY, {}, ()),
        ("Dear Jo,\n\nPlease accept our apologies, we let you down. We will call.", {}, ()),
        ("Dear Jo. There is an outage. Sorry, it is our mistake. We will call.", {}, ("apology_first",)),
        ("Sorry for the outage. We will call.", {}, ("ownership",)),
        ("I understand. We will call.", {}, ("apology_first", "ownership")),
        ("I understand. We will call.", {"at_fault": False}, ()),
        ("I understand. We will call.", {"earlier": [APOLOGY]}, ()),
        ("I understand. We will call.", {"earlier": [APOLOGY], "visibility": "public"}, ("apology_first", "ownership")),
        ("I understand. We will call.", {"earlier": [EarlierReply(text=None)]}, ()),
    ),
)  # fmt: skip
def test_where_it_was_our_fault_the_first_reply_begins_with_an_apology_and_owns_it(reply, said, wrong):
    assert check_reply(reply, **{"at_fault": True, **said}).codes == wrong


@pytest.mark.parametrize(("before", "flagged"), ((0, False), (2, False), (3, True), (4, True)))
def test_the_fourth_near_equal_reply_is_flagged(before, flagged):
    teams = ["network", "billing", "support", "repair", "field"]
    earlier = [CANNED.format(f"Jo {n}", teams[n]) for n in range(before)]
    found = check_reply(CANNED.format("Ms Smith", "mobile"), earlier=[*earlier, GOOD, EarlierReply()])
    assert ("repeated" in found.codes) is flagged
    assert found.repeated == before


@pytest.mark.parametrize(
    ("one", "other", "share"),
    (
        ("a b c d", "a b c d", 1.0),
        ("a b c d", "A  b, c -- d!", 1.0),
        ("case 17 is open", "case 18 is open", 1.0),
        ("a b c d", "a b c e", 1 / 3),
        ("a b c d", "e f g h", 0.0),
        ("ok", "OK.", 1.0),
        ("ok", "no", 0.0),
        ("", "", 1.0),
        ("", "a b c", 0.0),
    ),
)
def test_likeness_is_the_share_of_common_runs_of_three_words(one, other, share):
    assert near_equal(one, other) == near_equal(other, one) == pytest.approx(share)


@pytest.mark.parametrize(
    ("gap", "news", "flagged"),
    (
        (59 * MINUTE, None, True),
        (60 * MINUTE, None, False),
        (10 * MINUTE, 20 * MINUTE, True),
        (10 * MINUTE, 10 * MINUTE, True),
        (10 * MINUTE, 5 * MINUTE, False),
    ),
)
def test_two_replies_within_a_window_without_news_are_one_too_many(gap, news, flagged):
    found = check_reply(
        "I am sorry. We will call.",
        earlier=[EarlierReply(text="Another one.", at=NOON - gap, by="bob")],
        news_at=None if news is None else NOON - news,
        now=NOON,
    )
    assert ("no_news" in found.codes) is flagged


@pytest.mark.parametrize(
    ("text", "kinds"),
    (
        ("Mail jo.smith+x@example.org", ("email",)),
        ("Call +44 20 7946 0101.", ("number",)),
        ("Call (020) 7946-0101", ("number",)),
        ("Your card 4111 1111 1111 1111", ("card",)),
        ("Your card 4111 1111 1111 1112", ("number",)),
        ("Pay to NL91 ABNA 0417 1643 00", ("iban",)),
        ("Pay to NL92 ABNA 0417 1643 00", ("number",)),
        ("Order 1234567", ("number",)),
        ("Order 123456", ()),
        ("On 2026-07-01 at 10:00, 01.07.2026 10:00 or 1/7/2026", ()),
        ("From 2019-2024 it was 1.234.567,00 or 1,234,567 or 1.234.567", ()),
        ("Dear JO Smith, serial f-1", ("known", "known")),
        ("Johanna has one, too", ()),
        ("Both jo@example.org and 020 7946 0101", ("email", "number")),
    ),
)
def test_personal_data_are_found_where_they_stand(text, kinds):
    found = personal_data(text, known=["Jo Smith", "F-1", "Jo", "", " "])
    assert tuple(one.kind for one in found) == kinds
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_letters_that_grow_when_folded_do_not_move_what_is_found():
    (found,) = personal_data("ß İ Smith", known=["Smith"])
    assert "ß İ Smith"[found.start : found.end] == "Smith"


def test_personal_data_never_stand_in_public_and_the_finding_does_not_repeat_them():
    said = "I'm sorry, Jo. We will call 020 7946 0101."
    assert check_reply(said, known=["Jo Smith"]).ok
    (finding,) = check_reply(said, visibility="public", known=["Jo Smith"]).findings
    assert finding.code == "personal_data"
    assert finding.measured == {"kinds": ("number",), "spans": ((28, 41),)}
    assert "7946" not in str(finding.to_plain())


@pytest.mark.parametrize(
    ("visibility", "asked", "earlier", "flagged"),
    (
        ("private", "public", [], True),
        ("private", "public", [EarlierReply(text="Hi", visibility="private")], True),
        ("private", "public", [EarlierReply(text="Hi", visibility="public")], False),
        ("public", "public", [], False),
        ("private", "private", [], False),
    ),
)
def test_who_wrote_in_public_first_gets_a_word_there(visibility, asked, earlier, flagged):
    found = check_reply("I am sorry. We will call.", visibility=visibility, asked=asked, earlier=earlier)
    assert found.codes == (("no_public_word",) if flagged else ())


@pytest.mark.parametrize(
    ("used", "current", "flagged"), ((1, 2, True), (2, 2, False), (None, 2, False), (1, None, False))
)
def test_an_incidents_message_is_used_in_the_version_in_force(used, current, flagged):
    found = check_reply("I am sorry. We will call.", message=used, current=current)
    assert found.codes == (("stale_message",) if flagged else ())


@pytest.mark.parametrize(
    ("rejected", "words", "said", "flagged"),
    (
        (True, ["ombudsman"], "Sorry. You can go to the Ombudsman.", False),
        (True, ["ombudsman"], "Sorry. You can go home.", True),
        (False, ["ombudsman"], "Sorry. You can go home.", False),
        (True, [], "Sorry. You can go home.", False),
    ),
)
def test_who_is_told_no_is_told_where_else_to_go(rejected, words, said, flagged):
    found = check_reply(said, rejected=rejected, rules=ReplyRules(recourse=words))
    assert found.codes == (("recourse",) if flagged else ())


def test_a_check_that_is_off_is_not_made():
    rules = ReplyRules(off=REPLY_CHECKS)
    found = check_reply(
        "4111 1111 1111 1111", concern=CONCERN, at_fault=True, visibility="public", rules=rules
    )
    assert (found.codes, found.unchecked, found.explain()) == ((), {}, "nothing is wrong")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    (
        (lambda: check_reply("x", visibility="open"), InvalidValue, "visibility='open' is neither"),
        (lambda: check_reply("x", asked="open"), InvalidValue, "asked='open' is neither"),
        (lambda: check_reply("x", now=datetime(2026, 7, 1)), NaiveDatetime, "now="),
        (lambda: ReplyRules(coverage=1.5), InvalidValue, "coverage=1.5 is no share"),
        (lambda: ReplyRules(repeats=0), InvalidValue, "repeats=0 is not above zero"),
        (lambda: ReplyRules(window=timedelta(0)), InvalidValue, "not above zero"),
        (lambda: ReplyRules(off=["feelings"]), InvalidValue, "did you mean 'feeling'"),
        (lambda: ReplyRules(block=["xyz"]), InvalidValue, "known are concern"),
    ),
)
def test_what_can_never_be_right_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


HOSTILE = ("1 ", "1-", "1", "a@b.", "AA11 ", "\n", "> x\n", "a'", "+(", "sorry ", ". ", "ß")


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_text_is_read_at_a_cost_that_grows_with_its_length_alone(unit):
    text = unit * (60_000 // len(unit))
    found = check_reply(
        text, concern=text, earlier=[text], visibility="public", at_fault=True, known=["1 1", "a"]
    )
    assert found.repeated == 1
