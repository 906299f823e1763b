"""Who it is, which case it is part of, and what is answered at once.

`identification` recognises people by their points (`points`, `emails`, `phones`; all of them in a
`point_index`), `threads` finds the case, `acknowledgement` decides on the automatic answer and its promise
(by the `signs` in the headers), `ack_texts` words it, `questions` says what is still to be asked.
`mail_headers` reads headers as they really come, `bounces` what mail servers send back; `reply_tokens` signs
the addresses that lead replies to their case.
"""

from supportkit.intake.ack_texts import ACK_TEMPLATES, AckTemplate, ack_text, promise_text, promised_time
from supportkit.intake.acknowledgement import Acknowledgement, AckPolicy, Recent, acknowledge
from supportkit.intake.bounces import Bounce, Failure, read_bounce
from supportkit.intake.emails import EmailAddress, compare_emails, parse_email
from supportkit.intake.identification import Evidence, Identification, identify
from supportkit.intake.mail_headers import message_ids, reply_address
from supportkit.intake.phones import Phone, compare_phones, normalise_phone
from supportkit.intake.point_index import PointIndex
from supportkit.intake.points import point_key, point_text
from supportkit.intake.questions import Question, missing_questions, needed_questions
from supportkit.intake.reply_tokens import ReplyTokens
from supportkit.intake.signs import Sign, signs
from supportkit.intake.threads import Candidates, CaseRef, Threading, ThreadPolicy, thread

__all__ = [
    "ACK_TEMPLATES",
    "AckPolicy",
    "AckTemplate",
    "Acknowledgement",
    "Bounce",
    "Candidates",
    "CaseRef",
    "EmailAddress",
    "Evidence",
    "Failure",
    "Identification",
    "Phone",
    "PointIndex",
    "Question",
    "Recent",
    "ReplyTokens",
    "Sign",
    "ThreadPolicy",
    "Threading",
    "ack_text",
    "acknowledge",
    "compare_emails",
    "compare_phones",
    "identify",
    "message_ids",
    "missing_questions",
    "needed_questions",
    "normalise_phone",
    "parse_email",
    "point_key",
    "point_text",
    "promise_text",
    "promised_time",
    "read_bounce",
    "reply_address",
    "signs",
    "thread",
]
