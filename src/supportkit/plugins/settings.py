"""Settings of a channel: a mapping read into the class that the plugin wrote for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.errors import InvalidValue, nearest_name

__all__ = ["read_settings", "settings_class"]


def settings_class(spec: Any, _: Any, cls: Any) -> None:
    """Refuse a class whose fields cannot be known (an attrs validator); None is no class, and fine."""
    if cls is not None and (not isinstance(cls, type) or _names(cls) is None):
        raise InvalidValue(
            f"channel {spec.name!r}: settings={cls!r} is no pydantic model, attrs class or dataclass"
        )


def read_settings(cls: type, given: Any, *, what: str) -> Any:
    """Return `given` as an instance of `cls`; None stands for a mapping of nothing.

    Raises InvalidValue for an unknown key (with the nearest), a missing one, and a value the class refuses;
    what a pydantic model refuses is told without the value, which may be a secret.
    """
    if isinstance(given, cls):
        return given
    if given is not None and not isinstance(given, Mapping):
        raise InvalidValue(f"{what} wants a mapping or {cls.__name__}, not {type(given).__name__}")
    said = dict(given or {})
    _refuse_unknown(cls, said, what=what)
    try:
        return _made(cls, said)
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"{what}: its settings do not fit: {_reasons(error)}") from None


def _made(cls: Any, said: Mapping[str, Any]) -> Any:
    return cls.model_validate(said) if hasattr(cls, "model_validate") else cls(**said)


def _refuse_unknown(cls: Any, said: Mapping[str, Any], *, what: str) -> None:
    """Say what pydantic would leave out without a word."""
    known = _names(cls) or ()
    unknown = next((key for key in said if key not in known), None)
    if unknown is None or getattr(cls, "model_config", {}).get("extra") == "allow":
        return
    near = nearest_name(str(unknown), known)
    hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(known) or 'none'}"
    raise InvalidValue(f"{what} has no setting {unknown!r}; {hint}")


def _names(cls: Any) -> tuple[str, ...] | None:
    """Return the names under which fields can be set; None for another kind of class."""
    models = getattr(cls, "model_fields", None)
    if isinstance(models, Mapping):
        aliases = (each.validation_alias for each in models.values())
        return (*models, *(alias for alias in aliases if isinstance(alias, str)))
    for attribute, key in (("__attrs_attrs__", "alias"), ("__dataclass_fields__", "name")):
        fields = getattr(cls, attribute, None)
        if fields is not None:
            each_of = fields.values() if isinstance(fields, Mapping) else fields
            return tuple(getattr(each, key) for each in each_of if each.init)
    return None


def _reasons(error: TypeError | ValueError) -> str:
    listed = getattr(error, "errors", None)
    if listed is None:
        return str(error)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'all'}: {each['msg']}" for each in listed())
