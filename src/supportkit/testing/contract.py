"""What all contract kits share: their tests can be added to, but not taken away."""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = ["Contract"]


class Contract:
    """The base of a kit: a class of tests that an adapter runs by subclassing it.

    A kit declares its tests with ``standard=True``. A subclass that changes or deletes one of them is refused
    when its class is made, unless the change is marked ``@pytest.mark.xfail(reason=...)``: what an adapter
    does not keep is written down where it can be seen. Further tests, and fixtures, are welcome. Raises
    TypeError naming the test.

    >>> class Kit(Contract, standard=True):
    ...     def test_it_floats(self): assert True
    >>> class TestRaft(Kit):
    ...     test_it_floats = None
    Traceback (most recent call last):
        ...
    TypeError: TestRaft changes test_it_floats of Kit, which is a law of the contract; ...
    """

    _laws: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, *, standard: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        if standard:
            cls._laws = tuple(name for name in vars(cls) if name.startswith("test_"))
        for kit in cls.__mro__[1:]:
            for name in vars(kit).get("_laws", ()):
                _check_kept(cls, name, kit)


def _check_kept(cls: type, name: str, kit: type) -> None:
    found = next(vars(owner)[name] for owner in cls.__mro__ if name in vars(owner))
    law = vars(kit)[name]
    if found is not law and not _excused(found):
        raise TypeError(
            f"{cls.__name__} changes {name} of {kit.__name__}, which is a law of the contract; "
            "remove the change, or mark it with @pytest.mark.xfail(reason=...) and call super() in it"
        )
    if found is law and name in vars(cls):
        raise TypeError(
            f"{cls.__name__} marks {name} of {kit.__name__} for every adapter; "
            "define it anew with the mark above it, and call super() in it"
        )


def _excused(test: object) -> bool:
    marks = getattr(test, "pytestmark", ())
    return any(mark.name == "xfail" and str(mark.kwargs.get("reason", "")).strip() for mark in marks)
