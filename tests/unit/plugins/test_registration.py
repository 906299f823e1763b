"""What is wrong with a plugin is said when the registry is built: who, from where, in which hook, and why."""

import pytest

from supportkit import Registry
from supportkit.errors import PluginError
from supportkit.plugins import hookspecs

CHANNEL = "ChannelSpec('pigeon', factory=int)"
# The text of a plugin's module; the hook at fault; what the message says.
FAULTS = (
    ("import nowhere", None, "it cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
    ("1/0", None, "it cannot be loaded: ZeroDivisionError: division by zero"),
    ("x = 1", None, "it implements no hook; mark its functions with @hookimpl"),
    ("def supportkit_provide_facts(): return {}", "supportkit_provide_facts", "it is not marked; decorate it with @hookimpl"),
    ("@hookimpl\ndef supportkit_register_chanels(): return []", "supportkit_register_chanels", "there is no hook 'supportkit_register_chanels'; did you mean 'supportkit_register_channels'?"),
    ("@hookimpl\ndef zebra(): return []", "zebra", "there is no hook 'zebra'; there are: supportkit_register_channels, "),
    ("@hookimpl\ndef supportkit_provide_facts(contract): return {}", "supportkit_provide_facts", "Argument(s) {'contract'} are declared in the hookimpl but can not be found in the hookspec; the hook's arguments are (contact, customer, now)"),
    ("@hookimpl\ndef supportkit_provide_facts(*, contract): return {}", "supportkit_provide_facts", "it cannot be called by name with (contact, customer, now): 'contract' is left over"),
    ("@hookimpl\ndef supportkit_provide_facts(contact, /): return {}", "supportkit_provide_facts", "it cannot be called by name with (contact, customer, now): 'contact' is left over"),
    ("@hookimpl\nasync def supportkit_provide_facts(): return {}", "supportkit_provide_facts", "it is async; hooks are not async: write a plain function"),
    ("@hookimpl\nasync def supportkit_register_channels(): yield 1", "supportkit_register_channels", "hooks are not async"),
    ("@hookimpl(tryfirst=True)\ndef supportkit_register_channels(): return []", "supportkit_register_channels", "tryfirst=True has no meaning here"),
    ("@hookimpl(wrapper=True)\ndef supportkit_register_channels(): yield", "supportkit_register_channels", "wrapper=True has no meaning here"),
    ("@hookimpl\ndef supportkit_register_channels(): raise KeyError('secret')", "supportkit_register_channels", "KeyError: 'secret'; return a list of ChannelSpec"),
    ("@hookimpl\ndef supportkit_register_channels(): pass", "supportkit_register_channels", "TypeError: it returned None; return a list of ChannelSpec"),
    (f"@hookimpl\ndef supportkit_register_channels(): return {CHANNEL}", "supportkit_register_channels", "; return a list of ChannelSpec"),
    (f"@hookimpl\ndef supportkit_register_channels(): return {{'pigeon': {CHANNEL}}}", "supportkit_register_channels", "TypeError: it returned {'pigeon'"),
    ("@hookimpl\ndef supportkit_register_channels(): return ['pigeon']", "supportkit_register_channels", "it returned 'pigeon' among others; return a list of ChannelSpec"),
    (f"@hookimpl\ndef supportkit_register_stores(): return [{CHANNEL}]", "supportkit_register_stores", "return a list of StoreSpec"),
    (f"@hookimpl\ndef supportkit_register_channels():\n    yield {CHANNEL}\n    raise OSError('line down')", "supportkit_register_channels", "OSError: line down"),
    ("async def later(): return []\n@hookimpl\ndef supportkit_register_channels(): return later()", "supportkit_register_channels", "TypeError: it returned a coroutine; hooks are not async"),
    ("@hookimpl\ndef supportkit_register_channels(): return [ChannelSpec(' ', factory=int)]", "supportkit_register_channels", "' ' is no name; use letters"),
    ("@hookimpl\ndef supportkit_register_channels(): return [ChannelSpec('e-post', factory=1)]", "supportkit_register_channels", "ChannelSpec 'e-post': factory=1 cannot be called"),
    ("@hookimpl\ndef supportkit_register_channels(): return [ChannelSpec('sms', factory=int, settings=dict)]", "supportkit_register_channels", "channel 'sms': settings=<class 'dict'> is no pydantic model, attrs class or dataclass"),
    ("@hookimpl\ndef supportkit_register_channels(): return [ChannelSpec('Email ', factory=int)]", "supportkit_register_channels", "'email' is built in; choose another name"),
    (f"@hookimpl\ndef supportkit_register_channels(): return [{CHANNEL}, {CHANNEL}]", "supportkit_register_channels", "'pigeon' is registered by plugin 'acme' (acme-plugin 1.2) as well"),
    ("@hookimpl\ndef supportkit_register_stores(): return [StoreSpec('sqlite', factory=int)]", "supportkit_register_stores", "'sqlite' is built in"),
    ("@hookimpl\ndef supportkit_register_factors(): return [FactorSpec('spend', build=int)]", "supportkit_register_factors", "'spend' is built in"),
    ("@hookimpl\ndef supportkit_register_strategies(): return [StrategySpec('tier', key=int)]", "supportkit_register_strategies", "'tier' is built in"),
    ("@hookimpl\ndef supportkit_register_metrics(): return [MetricSpec('resolution', like='resolution')]", "supportkit_register_metrics", "'resolution' is built in"),
    ("@hookimpl\ndef supportkit_register_metrics(): return [MetricSpec('mine', like='resolutoin')]", "supportkit_register_metrics", "no built-in metric is called 'resolutoin'; did you mean 'resolution'?"),
    ("@hookimpl\ndef supportkit_register_metrics(): return [MetricSpec('first-fix', like='resolution')]", "supportkit_register_metrics", "the metric 'first-fix' could not be read off a report; use '_' for '-'"),
    ("@hookimpl\ndef supportkit_register_metrics(): return [MetricSpec('clocks', like='resolution')]", "supportkit_register_metrics", "a metric cannot be called 'clocks'"),
    ("from supportkit.rules import Field\n@hookimpl\ndef supportkit_register_fields(): return [Field('customer.mood', 'text')]", "supportkit_register_fields", "'customer.mood' is no name for a field of a plugin; name a field x.<distribution>.<name>"),
    ("from supportkit.rules import Field\n@hookimpl\ndef supportkit_register_fields(): return [Field('x.mood', 'text')]", "supportkit_register_fields", "'x.mood' is no name for a field of a plugin"),
    ("from supportkit.rules import Field\n@hookimpl\ndef supportkit_register_fields(): return [Field('x.acme.mood', 'record'), Field('x.acme.mood.now', 'text')]", "supportkit_register_fields", "'x.acme.mood' cannot hold 'x.acme.mood.now' of plugin 'acme'"),
    ("def __dir__(): raise OSError('unreadable')", None, "its hooks cannot be read: OSError: unreadable"),
)  # fmt: skip


@pytest.mark.parametrize(("module", "hook", "message"), FAULTS)
def test_a_fault_names_plugin_distribution_version_and_hook(distribution, module, hook, message):
    distribution(module)
    with pytest.raises(PluginError) as refused:
        Registry.build(entry_points=True)
    error = refused.value
    assert (error.plugin, error.distribution, error.version, error.hook) == (
        "acme",
        "acme-plugin",
        "1.2",
        hook,
    )
    where = f", hook {hook}" if hook else ""
    assert str(error).startswith(f"plugin 'acme' (acme-plugin 1.2){where}: ")
    assert message in str(error)


def test_the_same_name_from_two_plugins_names_both(distribution):
    module = f"@hookimpl\ndef supportkit_register_channels(): return [{CHANNEL}]"
    distribution(module)
    distribution(module, entry="bird", name="birds", version="0.1")
    with pytest.raises(PluginError, match="'pigeon' is registered by") as refused:
        Registry.build(entry_points=True)
    assert refused.value.plugin == "bird"
    assert "plugin 'acme' (acme-plugin 1.2)" in str(refused.value)


def test_an_announced_class_is_refused(distribution):
    distribution("import sys\nclass P: pass\nsys.modules[__name__] = P")
    with pytest.raises(PluginError, match="it is a class; announce an instance or a module"):
        Registry.build(entry_points=True)


def test_what_is_said_to_be_optional_may_be_unknown(distribution):
    distribution(
        "@hookimpl(optionalhook=True)\ndef supportkit_register_dreams(): return []\n"
        "@hookimpl\ndef supportkit_register_stores(): return []\n"
    )
    (info,) = Registry.build(entry_points=True).plugins
    assert info.hooks == ("supportkit_register_stores",)


def test_a_module_may_import_the_specification(distribution):
    distribution(
        "from supportkit.plugins.hookspecs import supportkit_provide_facts\n"
        "@hookimpl\ndef supportkit_register_stores(): return []\n"
    )
    assert len(Registry.build(entry_points=True).plugins) == 1


def test_registration_hooks_are_called_once(distribution):
    module = distribution(
        "calls = []\n@hookimpl\ndef supportkit_register_fields():\n    calls.append(1)\n    return []\n"
    )
    registry = Registry.build(entry_points=True)
    registry.channel("memory")
    registry.listens("supportkit_register_fields")
    assert __import__(module).calls == [1]


def test_the_lists_of_hooks_agree_with_the_specifications():
    specified = {name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "supportkit_spec")}
    assert specified == set(hookspecs.HOOKS)
