"""The words with which we ask how it went, by language."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

__all__ = ["ASKING", "AskTemplate"]


@frozen(kw_only=True)
class AskTemplate:
    """The words of a request in one language, about service or referral; ``{reference}`` is filled in."""

    subject: str
    service: str
    referral: str

    def text(self, about: str, *, reference: str) -> str:
        """Return the words of a request about ``service`` or ``referral``."""
        words = self.referral if about == "referral" else self.service
        return words.format(reference=reference)


ASKING: Mapping[str, AskTemplate] = {
    "en": AskTemplate(
        subject="How did we do?",
        service="Is your matter {reference} settled as you wished? Tell us plainly, from 1 (no) to 5 (yes), "
        "and what we should have done better. A person reads every answer.",
        referral="We are glad that {reference} was settled well. If you like, tell others about it.",
    ),
    "de": AskTemplate(
        subject="Wie war es mit uns?",
        service="Ist Ihr Anliegen {reference} so erledigt, wie Sie es wollten? Sagen Sie es, von 1 (nein) "
        "bis 5 (ja), und was wir besser machen sollten. Jede Antwort liest ein Mensch.",
        referral="Schön, dass Ihr Anliegen {reference} gut erledigt ist. Erzählen Sie gern anderen davon.",
    ),
    "nl": AskTemplate(
        subject="Hoe deden we het?",
        service="Is uw zaak {reference} opgelost zoals u wilde? Zeg het eerlijk, van 1 (nee) tot 5 (ja), "
        "en wat we beter hadden moeten doen. Elk antwoord wordt door een mens gelezen.",
        referral="Fijn dat uw zaak {reference} goed is opgelost. Vertel het gerust aan anderen.",
    ),
}
"""The words that ship; a policy may change them."""
