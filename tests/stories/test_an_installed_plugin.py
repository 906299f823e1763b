"""A distribution is installed, found by its entry point, and takes part in a desk's work."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from supportkit import Desk, Policy, Registry
from supportkit.cases import Agent, ContactPoint, Customer, Purchase
from supportkit.desk import Agents, Customers
from supportkit.errors import PluginError
from supportkit.ports import Response

SOURCE = Path(__file__).parents[2] / "examples" / "plugin"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
COMMAND = "from supportkit.cli import main; main()"
POLICY = """
classify: [{when: x.supportkit_example.churn_risk > 0.5, kind: rescue}, {kind: question}]
priority: {levels: {high: 15, normal: 0}, factors: [{churn: 20}]}
sla: {text_answer: [{within: 30 minutes, calendar: always}]}
routing: {routes: [{queue: general}], rank: [specialist_first, longest_idle]}
examples:
  - {given: {case: {kind: question}}, expect: {priority: normal, text_answer: {within: 30 minutes}}}
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A folder into which the example was installed, without any network."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(SOURCE, folder / "source")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", str(folder / "site"), str(folder / "source")], check=True
    )
    return folder / "site"


@pytest.fixture
def registry(site, monkeypatch):
    """A registry of this process that the example was installed for; afterwards it is gone."""
    monkeypatch.syspath_prepend(str(site))
    for name in [name for name in sys.modules if name.partition(".")[0] == "supportkit_example"]:
        monkeypatch.delitem(sys.modules, name)
    yield Registry.build(entry_points=True, allow=["supportkit-example"])
    for name in [name for name in sys.modules if name.partition(".")[0] == "supportkit_example"]:
        del sys.modules[name]


def run(site, *arguments):
    """What a command says and returns where the distribution is installed."""
    asked = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=asked, check=False
    )


def announced(folder, module, name="broken"):
    """A distribution that announces a module of this text."""
    (folder / f"{name}_plugin.py").write_text(module)
    info = folder / f"{name}-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text(f"[supportkit]\n{name} = {name}_plugin\n")


def test_the_list_names_distribution_version_and_hooks(site):
    listed = run(site, "-c", COMMAND, "plugins")
    assert listed.returncode == 0, listed.stderr
    assert re.search(
        r"^example +supportkit-example +0\.1\.0 +after_event_committed, ", listed.stdout, re.MULTILINE
    )
    assert "provide_facts, register_channels" in listed.stdout


def test_a_broken_plugin_is_listed_with_its_fault_beside_the_good_one(site, tmp_path):
    shutil.copytree(site, tmp_path, dirs_exist_ok=True)
    announced(tmp_path, "import nowhere\n")
    listed = run(tmp_path, "-c", COMMAND, "plugins")
    assert listed.returncode == 1
    assert re.search(r"^broken +broken +2\.0 +at fault$", listed.stdout, re.MULTILINE)
    assert re.search(r"^example ", listed.stdout, re.MULTILINE)
    assert (
        "plugin 'broken' (broken 2.0): it cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"
        in listed.stderr
    )


def test_two_plugins_of_one_mind_are_told_apart(site, tmp_path):
    shutil.copytree(site, tmp_path, dirs_exist_ok=True)
    announced(tmp_path, (
        "from supportkit.plugins import StrategySpec, hookimpl\n"
        "@hookimpl\ndef supportkit_register_strategies(): return [StrategySpec('specialist_first', key=max)]\n"
    ), name="twin")  # fmt: skip
    listed = run(tmp_path, "-c", COMMAND, "plugins")
    assert (listed.returncode, "at fault" in listed.stdout) == (1, False)
    assert (
        "plugin 'twin' (twin 2.0), hook supportkit_register_strategies: 'specialist_first' is registered by "
        in listed.stderr
    )
    assert "plugin 'example' (supportkit-example 0.1.0) as well" in listed.stderr


def test_check_knows_parts_of_plugins_when_it_is_asked_to(site, tmp_path):
    file = tmp_path / "support.yaml"
    file.write_text(POLICY)
    alone = run(site, "-c", COMMAND, "check", str(file))
    assert alone.returncode == 1
    assert alone.stderr.count("for a part of a plugin, pass registry=Registry.build(...)") == 4
    together = run(site, "-c", COMMAND, "check", "--plugins", str(file))
    assert together.returncode == 0, together.stderr
    assert "1 examples as expected" in together.stdout


def test_nothing_is_imported_that_nobody_asked_for(site):
    code = (
        "import sys; from supportkit import Registry; Registry.build(); "
        "Registry.build(entry_points=True, block=['supportkit-example']); "
        "print([name for name in sys.modules if name.startswith('supportkit_example')])"
    )
    assert run(site, "-c", code).stdout == "[]\n"


def test_the_tests_of_the_distribution_pass_where_it_is_installed(site):
    tested = run(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(site.parent), str(site.parent / "source" / "tests"))  # fmt: skip
    assert tested.returncode == 0, tested.stdout


def test_its_readme_runs(site):
    blocks = re.findall(r"```python\n(.*?)```", (SOURCE / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 1
    ran = run(site, "-c", blocks[0] + "\nprint(policy.version, sms.name)")
    assert (ran.returncode, ran.stdout.split()[1:]) == (0, ["sms-uk"]), ran.stderr


def test_a_customer_who_may_leave_is_heard_first(registry, tmp_path):
    example = importlib.import_module("supportkit_example")
    file = tmp_path / "support.yaml"
    file.write_text(POLICY)
    bought = Purchase(NOON - timedelta(days=700), Decimal(500), "GBP")
    jo = Customer("jo", points=[ContactPoint("phone", "+447700900001")], purchases=[bought])
    sent = []
    sms = registry.channels["sms"].make(settings={"secret": "not a secret", "number": "+442079460000"})
    sms.post = lambda url, request: sent.append(json.loads(request.body)) or Response(400, b"no such number")
    desk = Desk(
        Policy.load(file, registry=registry), channels=[sms], customers=Customers([jo]), clock=lambda: NOON,
        agents=Agents([Agent("all", skills={"tv": 1, "net": 1}), Agent("one", skills={"net": 1})]), name="consumer",
    )  # fmt: skip
    message = {"id": "m1", "from": "+447700900001", "text": "Nobody answers", "at": NOON.isoformat()}
    request = importlib.import_module("supportkit_example.sms").signed(
        json.dumps({"messages": [message]}).encode(), sms.settings, NOON
    )
    case_id = desk.receive("sms", request).contacts[0].case_id
    case = desk.case(case_id)
    assert (case.kind, case.priority, case.owner) == ("rescue", "high", "one")
    decided = next(event for event in desk.history(case_id) if event.kind == "priority.decided")
    assert decided.payload.facts["x"] == {"supportkit_example": {"churn_risk": Decimal("0.96")}}
    assert [event.payload.metric for event in desk.history(case_id) if event.kind == "target.set"] == [
        "text_answer"
    ]
    desk.reply(case_id, "We are here", by="one")
    desk.deliver()
    assert {said["to"] for said in sent} == {"+447700900001"}
    assert example.plugin.heard["consumer", "case.opened"] == 1
    assert "+447700900001: no such number" in example.plugin.undelivered


def test_a_name_that_is_not_installed_is_told_with_the_nearest(registry):
    with pytest.raises(
        PluginError,
        match="allow names 'supportkit-exampel', but no plugin of that name was found; did you mean 'supportkit-example'",
    ):
        Registry.build(entry_points=True, allow=["supportkit-exampel"])
