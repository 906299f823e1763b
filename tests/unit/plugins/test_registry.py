"""The registry of built-in parts."""

import attrs
import pytest

from supportkit import Registry
from supportkit import channels as all_channels
from supportkit import storage as all_stores
from supportkit.errors import PluginError


@pytest.mark.parametrize("name", Registry().channels)
def test_every_channel_of_the_registry_is_there(name):
    cls = Registry.build().channel(name)
    assert cls is getattr(all_channels, Registry().channels[name])


@pytest.mark.parametrize("name", Registry().stores)
def test_every_store_of_the_registry_is_there(name):
    pytest.importorskip("sqlalchemy")
    assert Registry.build().store(name) is getattr(all_stores, Registry().stores[name])


@pytest.mark.parametrize(
    ("ask", "message"),
    (
        (lambda: Registry().channel("emial"), "there is no channel 'emial'; did you mean 'email'?"),
        (lambda: Registry().channel("pigeon-post"), "there is no channel 'pigeon-post'; there are email, manual, memory, web"),
        (lambda: Registry().store("sqlit"), "there is no store 'sqlit'; did you mean 'sqlite'?"),
        (lambda: Registry.build(plugins=[object]), "plugins=(<class 'object'>,): plugins are not built yet; build the registry without them"),
        (lambda: Registry.build(entry_points=True), "entry_points=True: plugins are not built yet"),
        (lambda: Registry.build(allow=["a"]), "allow=['a']: plugins are not built yet"),
        (lambda: Registry.build(block=["a"]), "block=('a',): plugins are not built yet"),
    ),
)  # fmt: skip
def test_what_there_is_not_is_refused_by_name(ask, message):
    with pytest.raises(PluginError) as refused:
        ask()
    assert str(refused.value).startswith(message)


def test_a_registry_is_frozen_and_no_other_s():
    one, other = Registry.build(), Registry.build()
    assert one == other
    assert one.channels is not other.channels
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.channels = {}
