"""Subjects that programs write, in the languages they are met in; anchored, because people quote them too."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["is_auto_reply", "is_bounce"]

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D"})


def _folded(text: str) -> str:
    """Return a text without accents, which programs leave out as often as people do."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


_START = r"^[\s*\[(<【]*"
# What may follow a phrase: nothing, punctuation, or words that answering programs go on with. Without this
# "Automatic reply not working" and "Out of office supplies" would be taken for machines.
_END = (
    r"[\s*]*(?:$|[:;,.!?\-–—|/\[\](){}<>：】]|\b(?:re|to|from|until|till|auto-?reply|notification|notice|message"
    r"|reply|response|bis|vom|auf|jusqu|du|hasta|fino|tot|op|til)\b)"
)
_REPLY_PHRASES = (
    # English
    r"auto(?:mat(?:ic|ed))?[ -]?(?:e-?mail )?(?:reply|respons(?:e|der)?|answer|acknowledge?ment)",
    r"out[ -]of[ -](?:the[ -])?office|o\.?o\.?o\.?",
    r"(?:vacation|holiday) (?:auto-?)?(?:reply|response|responder|message)",
    r"on (?:annual|parental|maternity) leave",
    r"away from (?:my|the) (?:office|desk|mail|e-?mail)|auto(?=:)",
    # German, Dutch
    r"automatische antwort|autom\. antwort|abwesenheits(?:notiz|meldung|nachricht|assistent|info)",
    r"abwesend(?:heit)?",
    r"abwesenheit|nicht im (?:büro|hause)|automatische? (?:antwoord|reactie)|afwezig(?:heid(?:sbericht)?)?",
    # French, Spanish, Portuguese, Italian, Romanian
    r"réponse automatique|(?:message|notification) d['’]absence|absence du bureau",
    r"absente? du bureau|absent\(e\)",
    r"respuesta automática|fuera de (?:la )?oficina|resposta automática|fora do escritório",
    r"ausência temporária",
    r"risposta (?:automatica|non al computer)|fuori (?:sede|ufficio)|răspuns automat",
    # Swedish, Norwegian, Danish, Finnish
    r"autosvar|automatiske?t? svar|frånvaro(?:meddelande)?|fraværs?(?:besked|melding)?",
    r"ikke på kontoret|ute av kontoret|inte på kontoret|automaattinen vastaus|poissaoloilmoitus",
    # Polish, Czech, Hungarian, Turkish, Russian
    r"odpowiedź automatyczna|automatyczna odpowiedź|poza biurem|automatická odpověď|automatikus válasz",
    r"otomatik yanıt|автоматический ответ|автоответ(?:чик)?",
)
_EAST_ASIAN = r"自動返信|自動応答|不在通知|自动回复|自動回覆|自动答复|자동 ?회신|자동 ?응답|부재 ?중"
_AWAY = r"(?:currently )?away (?:until|till|from) "

_AUTO_REPLY = re.compile(
    _folded(rf"{_START}(?:(?:{'|'.join(_REPLY_PHRASES)}){_END}|{_EAST_ASIAN}|{_AWAY})"), re.IGNORECASE
)

# Only what speaks of mail: "Delivery failed" alone is what the customers of every shop write.
_BOUNCE_PHRASES = (
    r"undelivered mail returned to sender|returned mail(?=:|$)",
    r"mail (?:system error|delivery (?:failed|failure|error))",
    r"message delivery (?:failed|failure)|delivery status notification|mail delivery subsystem",
    r"failure notice$",
    r"undeliver(?:able|ed)(?=:| mail$| message$)|warning: (?:could not send message|message delayed)",
    r"non[- ]delivery (?:report|receipt)|notice: mail delivery status",
    r"\[postmaster\] e-?mail delivery failure",
    r"e-?mail bounce notification|unzustellbar(?=:)|mail(?:zustellung)? fehlgeschlagen|onbestelbaar(?=:)",
    r"niet bezorgd(?=:)|non remis(?= ?:)|échec de la remise|no se puede entregar(?=:)|non recapitabile(?=:)",
    r"não entregue(?=:)|недоставленное сообщение|не удалось доставить|ваше сообщение не доставлено",
    r"配信不能|配信できません|无法传递|退信",
)
_BOUNCE = re.compile(_folded(rf"^\s*(?:{'|'.join(_BOUNCE_PHRASES)})"), re.IGNORECASE)


def is_auto_reply(subject: str) -> bool:
    """Whether a subject is one that answering programs write.

    >>> is_auto_reply("Reponse automatique : imprimante"), is_auto_reply("Re: Automatic reply: printer")
    (True, False)
    """
    return _AUTO_REPLY.search(_folded(subject)) is not None


def is_bounce(subject: str) -> bool:
    """Whether a subject is one that mail servers write when they return a mail."""
    return _BOUNCE.search(_folded(subject)) is not None
