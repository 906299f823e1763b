"""A channel is made from a mapping of settings, which is read as strictly as a policy."""

import dataclasses
from typing import Any

import attrs
import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from supportkit.channels import MemoryChannel
from supportkit.errors import InvalidValue
from supportkit.plugins import ChannelSpec


class Model(BaseModel):
    secret: SecretStr = Field(min_length=8)
    number: str = Field(default="1", validation_alias="nr")


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


@attrs.frozen
class Attrs:
    secret: str = attrs.field(validator=attrs.validators.min_len(8))
    _number: str = "1"
    made: int = attrs.field(init=False, default=1)


@dataclasses.dataclass
class Data:
    secret: str
    number: str = "1"


class Lossless(MemoryChannel):
    def __init__(self, settings: Any, name: str = "lossless") -> None:
        super().__init__(name)
        self.settings = settings


def spec(settings=None, factory=Lossless):
    return ChannelSpec("Lossless ", factory=factory, settings=settings)


@pytest.mark.parametrize(
    ("cls", "given", "made"),
    (
        (Model, {"secret": "long enough", "nr": "2"}, Model(secret="long enough", nr="2")),
        (Model, Model(secret="long enough"), Model(secret="long enough")),
        (Open, {"anything": 1}, Open(anything=1)),
        (Open, None, Open()),
        (Attrs, {"secret": "long enough", "number": "2"}, Attrs("long enough", "2")),
        (Data, {"secret": "s"}, Data("s")),
    ),
)
def test_settings_are_read_into_their_class(cls, given, made):
    channel = spec(cls).make(settings=given)
    assert (channel.settings, channel.name) == (made, "lossless")


def test_instances_of_one_kind_have_names_of_their_own():
    one, two = (spec(Data).make(name=name, settings={"secret": "s"}) for name in ("uk", "de"))
    assert (one.name, two.name, spec().name) == ("uk", "de", "lossless")


@pytest.mark.parametrize(
    ("cls", "given", "message"),
    (
        (Model, {"secret": "long enough", "nmbr": 1}, "the channel 'lossless' has no setting 'nmbr'; did you mean 'number'?"),
        (Data, {"secret": "s", "zzz": 1}, "has no setting 'zzz'; there are: secret, number"),
        (Attrs, {"secret": "long enough", "made": 2}, "has no setting 'made'"),
        (Model, None, "its settings do not fit: secret: Field required"),
        (Data, {}, "its settings do not fit: "),
        (Attrs, {"secret": "short"}, "its settings do not fit: "),
        (Data, "secret", "wants a mapping or Data, not str"),
        (None, {"secret": "s"}, "takes no settings; leave them out"),
    ),
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused(cls, given, message):
    with pytest.raises(InvalidValue) as refused:
        spec(cls).make(settings=given)
    assert message in str(refused.value)


def test_a_secret_that_does_not_fit_is_not_shown():
    with pytest.raises(InvalidValue) as refused:
        spec(Model).make(settings={"secret": "hunter2"})
    assert "secret: Value should have at least 8 items" in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("factory", "message"),
    (
        (lambda name="x": object(), "its factory made a object, which is no channel"),
        (lambda name="x": MemoryChannel("other"), "asked for 'mine', its factory made 'other'"),
    ),
)
def test_what_a_factory_makes_is_checked(factory, message):
    with pytest.raises(InvalidValue, match=message):
        spec(factory=factory).make(name="mine")
