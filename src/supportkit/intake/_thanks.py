"""Telling a bare "thank you" from a message with something in it."""

from __future__ import annotations

import re

__all__ = ["only_thanks"]

_THANKS = frozenset(
    "thanks thank thx ty cheers danke dank dankeschön bedankt dankjewel merci gracias obrigado "
    "obrigada grazie tack takk tak kiitos dzięki dziękuję спасибо".split()
)
_POLITE = _THANKS | frozenset(
    "you very much so a lot many all again for your the quick fast help support reply answer response "
    "and it that this is now works working worked fixed solved resolved perfect great good excellent "
    "awesome super wonderful ok okay hi hello dear team best kind regards greetings have nice day "
    "weekend vielen schönen herzlichen für ihre die schnelle hilfe antwort unterstützung es "
    "funktioniert jetzt und liebe beste freundliche mit freundlichen grüße grüßen dag hartelijk veel "
    "voor uw de snelle hulp je wel u het werkt nu en beaucoup pour votre aide rapide réponse bonne "
    "journée cordialement muchas por su ayuda mille".split()
)
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_LONGEST = 25


def only_thanks(text: str | None) -> bool:
    """Whether a text only says thanks: short, no question, no word beyond courtesy.

    >>> only_thanks("Thanks a lot, it works now!"), only_thanks("Thanks, but it still fails.")
    (True, False)
    """
    words = _WORD.findall((text or "").lower())
    if not words or len(words) > _LONGEST or "?" in (text or ""):
        return False
    return bool(_THANKS & set(words)) and _POLITE.issuperset(words)
