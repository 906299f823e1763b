"""The registry: its built-in parts, whom it lets in, and what it says of whom it does not."""

import copy
import pickle
import sys
import types

import attrs
import pytest

from supportkit import Registry
from supportkit import channels as all_channels
from supportkit import storage as all_stores
from supportkit.channels import MemoryChannel
from supportkit.errors import PluginError
from supportkit.plugins import ChannelSpec, FactorSpec, PluginInfo, StoreSpec, hookimpl
from supportkit.priority import document
from supportkit.storage import MemoryStore

NOTHING = "@hookimpl\ndef supportkit_register_channels(): return []\n"


class Pigeons:
    __name__ = "pigeons"

    @hookimpl
    def supportkit_register_channels(self):
        return [ChannelSpec("pigeon", MemoryChannel)]


class Listener:
    __version__ = "7"

    @hookimpl
    def supportkit_after_event_committed(self):
        pass


@pytest.mark.parametrize("name", Registry().channels)
def test_every_channel_of_the_registry_is_there(name):
    cls = Registry.build().channel(name)
    assert isinstance(cls, type)
    assert cls is getattr(all_channels, cls.__name__)


@pytest.mark.parametrize("name", Registry().stores)
def test_every_store_of_the_registry_is_there(name):
    pytest.importorskip("sqlalchemy")
    cls = Registry.build().store(name)
    assert cls is getattr(all_stores, cls.__name__)


def test_a_built_in_channel_is_made_by_its_name_too():
    made = Registry().channels["manual"].make(name="counter")
    assert (type(made), made.name) == (all_channels.ManualChannel, "counter")


@pytest.mark.parametrize(
    ("ask", "message"),
    (
        (lambda: Registry().channel("emial"), "there is no channel 'emial'; did you mean 'email'?"),
        (lambda: Registry().channel("zzz"), "there is no channel 'zzz'; there are email, manual, memory, phone, social, web, webhook"),
        (lambda: Registry().store("sqlit"), "there is no store 'sqlit'; did you mean 'sqlite'?"),
        (lambda: Registry().listens("supportkit_before"), "there is no hook 'supportkit_before'; there are: supportkit_register_channels, "),
        (lambda: Registry.build(plugins=[object]), "plugins=<class 'object'>: give a module or an instance"),
        (lambda: Registry.build(plugins="acme"), "plugins='acme': give a module or an instance, or use entry_points=True"),
        (lambda: Registry.build(plugins=[None]), "plugins=None: give a module or an instance"),
        (lambda: Registry.build(allow=["a"]), "allow names 'a', but no plugin of that name was found; found are: none"),
        (lambda: Registry.build(block="acme"), "block names 'acme', but no plugin of that name was found; found are: none"),
        (lambda: Registry.build(plugins=[Pigeons()], block=["pigeon"]), "block names 'pigeon', but no plugin of that name was found; did you mean 'pigeons'?"),
        (lambda: Registry.build(plugins=[Pigeons(), Pigeons()]), "plugin 'pigeons': it is loaded twice, or shares its name with plugin 'pigeons'"),
    ),
)  # fmt: skip
def test_what_there_is_not_is_refused_by_name(ask, message):
    with pytest.raises(PluginError) as refused:
        ask()
    assert str(refused.value).startswith(message)


def test_a_registry_is_frozen_and_no_other_s():
    one, other = Registry.build(), Registry.build()
    assert one == other == Registry()
    assert one.channels is not other.channels
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.channels = {}


def test_a_registry_can_be_copied_and_pickled_with_what_it_counted():
    registry = Registry()
    registry.failures.add("acme", "hook")
    for twin in (pickle.loads(pickle.dumps(registry)), copy.deepcopy(registry)):
        assert twin == registry
        assert dict(twin.failures) == {("acme", "hook"): 1}


def test_a_registry_says_who_is_in_it_in_the_order_of_names():
    def stores():
        return []

    module = types.ModuleType("middle")
    module.supportkit_register_stores = hookimpl(stores)
    named = Listener()
    named.__name__ = "alone"
    registry = Registry.build(plugins=[Pigeons(), module, named])
    assert registry.plugins == (
        PluginInfo("alone", None, "7", ("supportkit_after_event_committed",)),
        PluginInfo("middle", None, None, ("supportkit_register_stores",)),
        PluginInfo("pigeons", None, None, ("supportkit_register_channels",)),
    )
    assert registry.channel("pigeon") is MemoryChannel
    assert registry.listens("supportkit_register_channels")
    assert not registry.listens("supportkit_provide_facts")


def test_a_store_of_a_plugin_is_found_by_its_name():
    class Shelf:
        @hookimpl
        def supportkit_register_stores(self):
            return (StoreSpec(name, MemoryStore) for name in (" Shelf", "cup-board"))

    registry = Registry.build(plugins=[Shelf()])
    assert (registry.store("shelf"), registry.store("cup-board")) == (MemoryStore, MemoryStore)
    assert set(registry.stores) == {"memory", "sqlite", "sql", "shelf", "cup-board"}


def test_only_what_can_change_a_decision_has_a_version(distribution):
    distribution(NOTHING, entry="mute", name="mute-plugin")
    distribution(
        "@hookimpl\ndef supportkit_provide_facts(): return {}\n",
        entry="facts",
        name="facts-plugin",
        version="3",
    )
    registry = Registry.build(plugins=[Pigeons(), Listener()], entry_points=True)
    assert registry.versions == {"facts-plugin": "3", "pigeons": ""}


def test_an_announced_plugin_comes_in_only_when_asked_for(distribution):
    module = distribution(NOTHING)
    assert Registry.build().plugins == ()
    assert module not in sys.modules
    (info,) = Registry.build(entry_points=True).plugins
    assert (info.name, info.distribution, info.version) == ("acme", "acme-plugin", "1.2")


@pytest.mark.parametrize(
    ("choice", "names"),
    (
        ({"allow": ["acme"]}, ["acme"]),
        ({"allow": ["Acme_Plugin"]}, ["acme"]),
        ({"allow": "other-plugin"}, ["other"]),
        ({"allow": []}, []),
        ({"block": ["acme"]}, ["other", "pigeons"]),
        ({"block": "other.plugin"}, ["acme", "pigeons"]),
        ({"allow": ["acme", "other"], "block": ["other"]}, ["acme"]),
        ({"block": ["pigeons"]}, ["acme", "other"]),
    ),
)
def test_who_comes_in_is_chosen_by_plugin_or_distribution(distribution, choice, names):
    distribution(NOTHING)
    distribution(NOTHING, entry="other", name="other-plugin")
    registry = Registry.build(plugins=[Pigeons()], entry_points=True, **choice)
    assert [info.name for info in registry.plugins] == names


def test_who_may_not_come_in_is_not_even_imported(distribution):
    module = distribution("raise SystemError('imported')\n")
    assert Registry.build(entry_points=True, block=["acme"]).plugins == ()
    assert module not in sys.modules


def test_a_plugin_given_and_announced_is_loaded_once_or_not_at_all(distribution):
    module = distribution(NOTHING)
    (twice,) = [__import__(module)]
    with pytest.raises(
        PluginError, match=f"plugin '{module}': it is loaded twice, before as plugin 'acme'"
    ) as refused:
        Registry.build(plugins=[twice], entry_points=True)
    assert refused.value.plugin == module


def test_names_of_our_own_factors_cannot_be_taken():
    class Taker:
        def __init__(self, name):
            self.name = name

        @hookimpl
        def supportkit_register_factors(self):
            return [FactorSpec(self.name, build=int)]

    ours = {*document._READERS, *getattr(document, "_NOT_BUILT", ())}
    assert ours
    for name in ours:
        with pytest.raises(PluginError, match=f"{name!r} is built in; choose another name"):
            Registry.build(plugins=[Taker(name)])
