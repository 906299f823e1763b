"""Phone numbers as identities, by `phonenumbers` and what that library leaves to its users.

Nothing is guessed: a number without ``+`` and without a region names nobody. Regional repairs:

* Mexico dropped the mobile ``1`` after +52 and the prefixes 044 and 045 in August 2019.
* Brazil put a ``9`` before all mobile numbers (those that began with 6 to 9) until 2016.
* Argentina dials mobiles with a ``9`` after +54 from abroad only: with and without it is *probable*.
* Vietnam (2018), Gabon (2019), Côte d'Ivoire (2021, mobiles) and Benin (2024) renumbered.
"""

from __future__ import annotations

import re
import unicodedata
from types import ModuleType
from typing import Any

from attrs import frozen

from supportkit.errors import missing_extra

__all__ = ["Phone", "compare_phones", "is_withheld", "normalise_phone"]

_WITHHELD_WORDS = re.compile(
    r"anonym|withheld|private|restricted|unavailable|unknown|blocked|no caller|unterdr|onbekend|afgeschermd"
)
# "anonymous", "unavailable", "restricted", "unknown" and "blocked", as gateways spell them on a keypad.
_WITHHELD_NUMBERS = frozenset({"266696687", "86282452253", "7378742833", "8656696", "2562533"})
_LONGEST = 250  # no number is longer, and patterns take time by the square of a text's length
_URI = re.compile(r"^(?:sips?|callto|whatsapp):(?://)?(?P<user>[^@;?]+)", re.IGNORECASE)
_EXTENSION_WORDS = re.compile(
    r"[\s,;/-]*(?:durchwahl|nebenstelle|dw|poste|interno|int|anexo|toestel|ramal)\W{0,3}(\d{1,7})$",
    re.IGNORECASE,
)
_VIETNAM = dict(
    zip(
        "120 121 122 126 128 123 124 125 127 129 162 163 164 165 166 167 168 169 186 188 199".split(),
        "70 79 77 76 78 83 84 85 81 82 32 33 34 35 36 37 38 39 56 58 59".split(),
        strict=True,
    )
)
_GABON = {"1": "11", "2": "62", "4": "74", "5": "65", "6": "66", "7": "77"}
_IVORY_COAST = {**dict.fromkeys("0123", "01"), **dict.fromkeys("456", "05"), **dict.fromkeys("789", "07")}


@frozen
class Phone:
    """A number in E.164, its extension apart; `personal` is False for toll-free, premium and shared ones."""

    e164: str
    extension: str | None = None
    personal: bool = True


def _library(what: str) -> ModuleType:
    try:
        import phonenumbers  # noqa: PLC0415 - an optional extra, and 30 ms that few need
    except ImportError:
        raise missing_extra("phone", what=what) from None
    return phonenumbers


def is_withheld(raw: str) -> bool:
    """Whether a caller id says that the caller does not want to be known."""
    text = unicodedata.normalize("NFKC", raw).strip().lower()
    digits = re.sub(r"\D", "", text)
    return digits in _WITHHELD_NUMBERS or not digits.strip("0") or _WITHHELD_WORDS.search(text) is not None


def normalise_phone(raw: str, *, region: str | None = None) -> Phone | None:
    """Read a number in any usual writing; None when it is withheld, broken or lacks the region to read it by.

    `region` is the ISO 3166 country whose national writing it may be. Raises PluginError without the extra
    ``phone``.

    >>> normalise_phone("020 7946 0018 ext. 12", region="GB")
    Phone(e164='+442079460018', extension='12', personal=True)
    >>> normalise_phone("020 7946 0018") is None
    True
    """
    library = _library("normalise_phone()")
    if is_withheld(raw) or len(raw) > _LONGEST:
        return None
    try:
        number = library.parse(_written(raw), _region(region))
    except library.NumberParseException:
        return None
    return _phone(library, _repaired(library, number), number.extension)


def _written(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw).strip()
    if uri := _URI.match(text):
        text = uri["user"]
    return _EXTENSION_WORDS.sub(r" ext. \1", text)


def _region(region: str | None) -> str | None:
    code = (region or "").strip().upper()
    return {"UK": "GB"}.get(code, code) or None


def _repaired(library: ModuleType, number: Any) -> Any:
    national = library.national_significant_number(number)
    repair = _REPAIRS.get(number.country_code)
    mended = repair(national) if repair else national
    if mended == national:
        return number
    return library.parse(f"+{number.country_code}{mended}", None)


def _phone(library: ModuleType, number: Any, extension: str | None) -> Phone | None:
    if library.is_possible_number_with_reason(number) != library.ValidationResult.IS_POSSIBLE:
        return None
    kinds = library.PhoneNumberType
    shared = {kinds.TOLL_FREE, kinds.PREMIUM_RATE, kinds.SHARED_COST, kinds.UAN, kinds.VOICEMAIL}
    e164 = library.format_number(number, library.PhoneNumberFormat.E164)
    kind = library.number_type(number)
    if kind == kinds.UNKNOWN and library.parse(e164, None).national_number != number.national_number:
        return None  # a national prefix within a national prefix: no such number, and no stable key
    return Phone(e164, extension or None, kind not in shared)


def _mexico(national: str) -> str:
    return re.sub(r"^(?:04[45]|0[12]|1)(?=\d{10}$)", "", national)


def _brazil(national: str) -> str:
    return re.sub(r"^([1-9]\d)(?=[6-9]\d{7}$)", r"\g<1>9", national)


def _benin(national: str) -> str:
    return f"01{national}" if len(national) == 8 else national


def _gabon(national: str) -> str:
    old = re.fullmatch(r"0?([124-7])(\d{6})", national)
    return _GABON[old[1]] + old[2] if old else national


def _ivory_coast(national: str) -> str:
    mobile = len(national) == 8 and national[0] not in "23"
    return _IVORY_COAST[national[1]] + national if mobile else national


def _vietnam(national: str) -> str:
    return _VIETNAM.get(national[:3], national[:3]) + national[3:] if len(national) == 10 else national


_REPAIRS = {52: _mexico, 55: _brazil, 229: _benin, 241: _gabon, 225: _ivory_coast, 84: _vietnam}


def compare_phones(a: tuple[str, str | None], b: tuple[str, str | None]) -> str:
    """Say whether two (number, region) pairs are one line: same, probable, different or unknown.

    *probable*: only one of them has an extension, or they differ by Argentina's mobile 9. *unknown*: one of
    them cannot be read. Raises PluginError without the extra ``phone``.

    >>> compare_phones(("07700 900123", "GB"), ("+44 7700 900123", None))
    'same'
    """
    return relate_phones(normalise_phone(a[0], region=a[1]), normalise_phone(b[0], region=b[1]))


def relate_phones(one: Phone | None, two: Phone | None) -> str:
    """Say what `compare_phones` says of two numbers that are read already."""
    if one is None or two is None:
        return "unknown"
    extensions = {one.extension, two.extension}
    if dialled(one) != dialled(two) or len(extensions - {None}) > 1:
        return "different"
    return "same" if one == two else "probable"


def dialled(phone: Phone) -> str:
    """Return the number without its extension, as it is dialled within Argentina."""
    return re.sub(r"^\+549(?=\d{10}$)", "+54", phone.e164)
