"""The section `learning`: what it reads, what is wrong with it, and that it comes back as it was."""

from datetime import timedelta

import pytest

from supportkit import Policy
from supportkit.errors import PolicyError
from supportkit.insight import ASKING, Benchmark, FeedbackRules, LearningPolicy, ProblemRules

WHOLE = """
learning:
  measures: {early: 10 minutes, apology_within: 4 hours}
  problems: {window: 1 day, base: 14 days, at_least: 4, customers: 3, significance: 0.05, recurring: 6, overlap: 0.7}
  articles: {at_least: 5}
  feedback:
    after: 1 day
    within: 5 days
    quiet: 60 days
    each_solution: false
    not_for: [spam, test]
    satisfied: 9
    unhappy: 6
    answer_within: 2 days
    texts:
      en: {subject: "How was it?"}
      fr: {service: "Et alors, {reference}?"}
  bulletins: {briefed: present}
  benchmark: {by: channel, longest_wait: {phone: 5 minutes, other: 1 day}}
  tips:
    - {id: restart, text: Restart it monthly., when: contact.product == "modem"}
    - {id: dry, text: Keep it dry.}
"""


def load(tmp_path, text):
    file = tmp_path / "support.yaml"
    file.write_text(text)
    return Policy.load(file)


def test_every_part_is_read(tmp_path):
    learning = load(tmp_path, WHOLE).learning
    assert (learning.early, learning.apology_within) == (timedelta(minutes=10), timedelta(hours=4))
    assert learning.problems == ProblemRules(
        window=timedelta(days=1), base=timedelta(days=14), at_least=4, customers=3, significance=0.05, recurring=6, overlap=0.7
    )  # fmt: skip
    assert (learning.articles, learning.briefed) == (5, "present")
    assert learning.feedback == FeedbackRules(
        after=timedelta(days=1), within=timedelta(days=5), quiet=timedelta(days=60), each_solution=False,
        not_for=("spam", "test"), satisfied=9, unhappy=6, answer_within=timedelta(days=2),
    )  # fmt: skip
    waits = {"phone": timedelta(minutes=5), "other": timedelta(days=1)}
    assert learning.benchmark == Benchmark(by="channel", longest_wait=waits)
    assert [(tip.id, tip.when is None) for tip in learning.tips] == [("restart", False), ("dry", True)]
    terms = learning.terms()
    assert (terms.early, terms.apology_within, terms.satisfied) == (
        learning.early,
        learning.apology_within,
        9,
    )


def test_words_fall_back_to_the_main_language_and_to_english(tmp_path):
    learning = load(tmp_path, WHOLE).learning
    assert (
        learning.words("en-GB").subject
        == learning.words(None).subject
        == learning.words("xx").subject
        == "How was it?"
    )
    assert learning.words("fr").text("service", reference="[#7]") == "Et alors, [#7]?"
    assert learning.words("fr").subject == ASKING["en"].subject
    assert "7" in learning.words("de").text("referral", reference="7")


def test_without_the_section_there_are_defaults():
    assert Policy.from_dict({}).learning == LearningPolicy()
    assert Policy.from_dict(
        {"learning": {"articles": {}, "bulletins": {}, "benchmark": {"longest_wait": "1 hour"}}}
    ).learning == (
        LearningPolicy(benchmark=Benchmark(by="channel", longest_wait={"other": timedelta(hours=1)}))
    )


def test_the_section_comes_back_as_it_was_and_is_part_of_the_version(tmp_path):
    policy = load(tmp_path, WHOLE)
    again = Policy.from_dict(policy.to_dict())
    assert (again.learning, again.version) == (policy.learning, policy.version)
    assert Policy.from_dict({}).version != policy.version


FAULTS = (
    ("[]", "not_a_mapping", "learning", "no mapping"),
    ("{problem: {}}", "unknown_key", "learning.problem", "did you mean 'problems'?"),
    ("{measures: {early: soon}}", "bad_value", "learning.measures.early", "no duration"),
    ("{measures: {late: 1 day}}", "unknown_key", "learning.measures.late", "known are early"),
    ("{problems: {window: 0 days}}", "bad_value", "learning.problems", "window=0:00:00 is not above 0"),
    ("{problems: {at_least: few}}", "bad_value", "learning.problems.at_least", "no whole number"),
    ("{problems: {significance: 2}}", "bad_value", "learning.problems", "significance=2.0 is no share"),
    ("{problems: {overlap: half}}", "bad_value", "learning.problems.overlap", "'half' is no number"),
    ("{articles: {at_least: 0}}", "bad_value", "learning.articles.at_least", "write 1 or more"),
    ("{feedback: {after: 3 days, within: 1 day}}", "bad_value", "learning.feedback", "ends before"),
    (
        "{feedback: {each_solution: maybe}}",
        "bad_value",
        "learning.feedback.each_solution",
        "neither true nor false",
    ),
    (
        "{feedback: {texts: {en: {service: '{case}'}}}}",
        "bad_value",
        "learning.feedback.texts.en",
        "write {reference}",
    ),
    (
        "{feedback: {texts: {en: {text: hi}}}}",
        "unknown_key",
        "learning.feedback.texts.en.text",
        "known are subject",
    ),
    ("{bulletins: {briefed: some}}", "bad_value", "learning.bulletins.briefed", "use everybody or present"),
    (
        "{benchmark: {by: chanel, longest_wait: 1 day}}",
        "bad_value",
        "learning.benchmark",
        "did you mean 'channel'?",
    ),
    (
        "{benchmark: {by: channel}}",
        "missing_key",
        "learning.benchmark.longest_wait",
        "write `longest_wait: 1 day`",
    ),
    ("{benchmark: {longest_wait: {phone: 0 days}}}", "bad_value", "learning.benchmark", "not above 0"),
    ("{tips: [{id: a}]}", "missing_key", "learning.tips[0].text", "write `text: ...`"),
    (
        "{tips: [{id: a, text: b}, {id: a, text: c}]}",
        "duplicate_id",
        "learning.tips[1].id",
        "two tips are called 'a'",
    ),
    ("{tips: [{id: a, text: ' '}]}", "bad_value", "learning.tips[0]", "says nothing"),
    (
        "{tips: [{id: a, text: b, when: contact.produkt is None}]}",
        "unknown_field",
        "learning.tips[0].when",
        "contact.product",
    ),
    (
        "{tips: [{id: a, text: b, sales: yes}]}",
        "unknown_key",
        "learning.tips[0].sales",
        "known are id, text, when",
    ),
)


@pytest.mark.parametrize(("section", "code", "path", "says"), FAULTS)
def test_a_fault_has_its_place_and_a_way_out(tmp_path, section, code, path, says):
    with pytest.raises(PolicyError) as refused:
        load(tmp_path, f"learning: {section}\n")
    (fault,) = refused.value.faults
    assert (fault.code, fault.path, fault.line) == (code, path, 1)
    assert says in str(fault)
