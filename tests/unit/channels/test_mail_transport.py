import email
import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.channels import EmailChannel, FolderTransport, SmtpTransport
from supportkit.ports import Outbound

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MESSAGE = Outbound(text="Hello\n.\nyou", subject="s", to="jane@example.org")
AUTOMATIC = Outbound(text="t", to="jane@example.org", headers=[("Auto-Submitted", "auto-replied")])


@contextmanager
def server(**answers):
    """A server that says what it is told to: one answer by command, else 250."""
    lines, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with suppress(OSError), connection, connection.makefile("rwb") as stream:
            stream.write(b"220 ready\r\n")
            stream.flush()
            for line in stream:
                text = line.decode("latin-1").rstrip("\r\n")
                lines.append(text)
                command = text.partition(" ")[0].lower()
                if command == "data" and "data" not in answers:
                    stream.write(b"354 go\r\n")
                    stream.flush()
                    while (row := stream.readline().decode().rstrip("\r\n")) != ".":
                        lines.append(row)
                    command = "end"
                stream.write(answers.get(command, "250 ok").encode() + b"\r\n")
                stream.flush()
                if command == "quit":
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], lines
    finally:
        listener.close()
        thread.join(timeout=5)


def transport(port, **options):
    return SmtpTransport(
        "127.0.0.1",
        port,
        security="none",
        address="support@desk.example",
        clock=lambda: NOW,
        timeout=5,
        **options,
    )


def test_a_mail_is_handed_to_the_server_whole():
    with server() as (port, lines):
        result = EmailChannel(transport(port)).send(MESSAGE, "k")
    assert result.state == "accepted"
    # Pythons differ in the case of the verbs.
    assert {"mail from:<support@desk.example>", "rcpt to:<jane@example.org>"} <= {
        line.partition(" size=")[0].lower() for line in lines
    }
    assert {"Date: Mon, 02 Mar 2026 09:00:00 +0000", f"Message-ID: {result.provider_id}", ".."} <= set(lines)


def test_a_bad_farewell_does_not_send_an_accepted_mail_twice():
    with server(quit="500 what?") as (port, _):
        assert EmailChannel(transport(port)).send(MESSAGE, "k").state == "accepted"


def test_automatic_mail_is_sent_from_nobody():
    with server() as (port, lines):
        EmailChannel(transport(port)).send(AUTOMATIC, "k")
    assert any(line.lower().startswith("mail from:<>") for line in lines)


@pytest.mark.parametrize(
    ("answers", "state"),
    (
        ({"rcpt": "550 no such user"}, "refused"),
        ({"rcpt": "451 greylisted"}, "retry"),
        ({"mail": "552 too big"}, "refused"),
        ({"end": "554 spam"}, "refused"),
        ({"end": "452 full"}, "retry"),
        ({"data": "421 going away"}, "retry"),
        ({"mail": "530 log in first"}, "retry"),
    ),
)
def test_what_the_server_says_decides_whether_it_is_tried_again(answers, state):
    with server(**answers) as (port, _):
        result = EmailChannel(transport(port, retry_after=timedelta(minutes=7))).send(MESSAGE, "k")
    assert result.state == state
    assert next(iter(answers.values()))[:3] in result.reason
    assert result.after == (timedelta(minutes=7) if state == "retry" else None)


def test_a_server_that_cannot_be_reached_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert EmailChannel(transport(port)).send(MESSAGE, "k").state == "retry"


@pytest.mark.parametrize("options", ({"security": "starttls"}, {"username": "u", "password": "p"}))
def test_a_server_without_the_asked_security_is_not_used(options):
    with server() as (port, lines):
        settings = {"security": "none", "address": "support@desk.example", "timeout": 5, **options}
        result = EmailChannel(SmtpTransport("127.0.0.1", port, **settings)).send(MESSAGE, "k")
    assert result.state != "accepted"
    assert not any(line.startswith("mail") for line in lines)


def test_tls_from_the_start_fails_on_a_plain_server():
    with server() as (port, _):
        result = EmailChannel(
            SmtpTransport("127.0.0.1", port, security="tls", address="a@x.org", timeout=5)
        ).send(MESSAGE, "k")
    assert result.state == "retry"


def test_a_name_beyond_ascii_needs_a_server_that_can():
    with server() as (port, _):
        result = EmailChannel(transport(port)).send(Outbound(text="t", to="jürgen@example.org"), "k")
    assert result.state == "refused"


def test_secrets_are_not_shown():
    assert "hunter2" not in repr(SmtpTransport("h", password="hunter2"))


def test_a_folder_holds_one_complete_file_for_one_key(tmp_path):
    channel = EmailChannel(
        FolderTransport(tmp_path / "out", address="support@desk.example", clock=lambda: NOW)
    )
    results = [channel.send(MESSAGE, key) for key in ("a", "a", "b")]
    files = sorted((tmp_path / "out").iterdir())
    assert [result.state for result in results] == ["accepted"] * 3
    assert [file.suffix for file in files] == [".eml", ".eml"]
    written = {email.message_from_bytes(file.read_bytes())["Message-ID"] for file in files}
    assert written == {result.provider_id for result in results}


def test_a_folder_keeps_the_null_sender(tmp_path):
    EmailChannel(FolderTransport(tmp_path, address="support@desk.example")).send(AUTOMATIC, "a")
    message = email.message_from_bytes(next(tmp_path.iterdir()).read_bytes())
    assert message["Return-Path"] == "<>"
    assert message["Date"]


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "file").write_text("no folder")
    result = EmailChannel(FolderTransport(tmp_path / "file", address="support@desk.example")).send(
        MESSAGE, "a"
    )
    assert result.state == "retry"
