import pytest

from supportkit.intake import compare_emails, parse_email


@pytest.mark.parametrize(
    ("raw", "text"),
    (
        ("Jane@Example.ORG", "jane@example.org"),
        ("Jane Doe <jane@example.org>", "jane@example.org"),
        ("jane@example.org (at home)", "jane@example.org"),
        ("mailto:jane@example.org", "jane@example.org"),
        ('"jane"@example.org', "jane@example.org"),
        ("jane@example.org.", "jane@example.org"),
        ("jane@BÜCHER.example", "jane@xn--bcher-kva.example"),
        ("jane@xn--BCHER-KVA.example", "jane@xn--bcher-kva.example"),
        ("jane@straße.example", "jane@xn--strae-oqa.example"),
        ("jane@example。org", "jane@example.org"),
        ("jane@[192.0.2.1]", "jane@[192.0.2.1]"),
        ("prvs=2345abcdef=jane@example.org", "jane@example.org"),
        ("prvs=jane/2345abcdef@example.org", "jane@example.org"),
        ("btv1==abc==jane@example.org", "jane@example.org"),
        ("SRS0=HHH=TT=example.org=jane@forwarder.example", "jane@example.org"),
        ("srs0+HHH=TT=example.org=jane@forwarder.example", "jane@example.org"),
        ("SRS1=GGG=first.example==HHH=TT=example.org=jane@second.example", "jane@example.org"),
        ("SRS0=HHH=TT=example.org=prvs=23=jane@forwarder.example", "jane@example.org"),
    ),
)
def test_an_address_is_read_in_any_usual_writing(raw, text):
    assert str(parse_email(raw)) == text


@pytest.mark.parametrize(
    "raw",
    (
        "",
        "<>",
        "jane",
        "jane@",
        "@example.org",
        "jane@exa mple.org",
        "a@x.org, b@x.org",
        "jane@-x-.org",
        "j..d@x.org",
        "a@b@c.org",
    ),
)
def test_what_is_no_single_address_is_none(raw):
    assert parse_email(raw) is None


@pytest.mark.parametrize(
    ("a", "b", "result"),
    (
        ("jane@example.org", "JANE@Example.Org", "same"),
        ("Jane <jane@example.org>", "Someone Else <jane@example.org>", "same"),
        ("jane.doe@gmail.com", "janedoe@googlemail.com", "same"),
        ("janedoe+shop@gmail.com", "jane.doe@gmail.com", "same"),
        ("jane+shop@outlook.com", "jane@outlook.com", "same"),
        ("jane.doe@outlook.com", "janedoe@outlook.com", "different"),
        ("jane.doe@example.org", "janedoe@example.org", "different"),
        ("jane+shop@example.org", "jane@example.org", "probable"),
        ("jane+a@example.org", "jane+b@example.org", "probable"),
        ("prvs=12ab=jane@example.org", "jane@example.org", "same"),
        ("SRS0=H=T=example.org=jane@fwd.example", "jane@example.org", "same"),
        ("jane@bücher.example", "jane@xn--bcher-kva.example", "same"),
        ("jane@straße.example", "jane@strasse.example", "different"),
        ("info@acme.example", "INFO@acme.example", "shared"),
        ("support+7@acme.example", "support@acme.example", "shared"),
        ("customer-service@acme.example", "customer-service@acme.example", "shared"),
        ("no-reply@acme.example", "no-reply@acme.example", "shared"),
        ("info@acme.example", "sales@acme.example", "different"),
        ("jane@example.org", "joe@example.org", "different"),
        ("jane@example.org", "jane@example.com", "different"),
        ("jane@example.org", "no address", "none"),
        ("", "", "none"),
    ),
)
def test_two_addresses_are_compared_both_ways(a, b, result):
    assert compare_emails(a, b) == result
    assert compare_emails(b, a) == result


@pytest.mark.parametrize(
    "local",
    (
        "noreply",
        "no-reply",
        "do_not_reply",
        "donotreply",
        "mailer-daemon",
        "shop-noreply",
        "noreply2",
        "nicht-antworten",
    ),
)
def test_names_that_nobody_reads_are_machines(local):
    assert parse_email(f"{local}@x.example").is_machine


@pytest.mark.parametrize("local", ("noreen", "norbert.reply", "snoreply", "techno.replying"))
def test_names_that_only_look_alike_are_people(local):
    assert not parse_email(f"{local}@x.example").is_machine


@pytest.mark.parametrize(
    "local",
    ("info", "customer-service", "newsletter", "rechnungen", "soporte", "no.reply", "sales+uk", "Help.Desk"),
)
def test_role_addresses_are_an_organisations(local):
    assert parse_email(f"{local}@acme.example").is_shared


@pytest.mark.parametrize("local", ("jane", "salesman", "information.desk.jane", "ann.support", "helpful"))
def test_names_that_hold_a_role_are_peoples(local):
    assert not parse_email(f"{local}@acme.example").is_shared
