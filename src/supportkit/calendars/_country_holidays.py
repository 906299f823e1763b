"""The holidays of a country or a part of it, by the tables of the `holidays` package."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from supportkit.calendars._recurrence import YEARS
from supportkit.errors import InvalidValue, missing_extra, nearest_name

__all__ = ["country_holidays"]

_LONGEST = 3  # letters of a country's code


def country_holidays(code: str) -> Mapping[date, str]:
    """Return names by date for a code like ``GB`` or ``GB-ENG``, for the years 1970 to 2099.

    Public holidays with their observed days, as the tables give them by default, named in the country's
    own language. Raises InvalidValue for a code that the tables lack, PluginError without the extra
    ``holidays``.

    >>> country_holidays("GB-ENG")[date(2026, 12, 28)]
    'Boxing Day (observed)'
    """
    try:
        import holidays  # noqa: PLC0415 - belongs to an extra
    except ImportError as error:
        raise missing_extra("holidays", what=f"holidays: {code!r}") from error
    country, dash, part = code.partition("-")
    known = holidays.list_supported_countries()
    if country not in known or (dash and part not in known[country]):
        raise InvalidValue(f"holidays: there is no country or part of one {code!r}; {_hint(code, known)}")
    # A language that is not given is taken from the environment, and names are part of a version.
    language = holidays.country_holidays(country).default_language
    return dict(
        holidays.country_holidays(country, subdiv=part or None, years=YEARS, language=language).items()
    )


def _hint(code: str, known: Mapping[str, list[str]]) -> str:
    country, _, part = code.upper().partition("-")
    parts = known.get(country)
    if parts is None:
        near = nearest_name(country, known) if len(country) <= _LONGEST else None
        return (
            f"did you mean {near!r}?" if near else "write a code of ISO 3166 like 'GB', 'GB-ENG' or 'DE-BY'"
        )
    if not part or part in parts:
        return f"did you mean {code.upper().strip('-')!r}?"
    return f"{country} has the parts {', '.join(parts)}" if parts else f"{country} has no parts"
