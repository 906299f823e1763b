"""The commands: demo, check, explain, measures, plugins."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from supportkit import __version__
from supportkit.cli.main import missing_extras
from supportkit.errors import PluginError, SupportkitError

if TYPE_CHECKING:
    from supportkit.desk import Desk
    from supportkit.plugins import PluginInfo, Registry
    from supportkit.policy import Finding

__all__ = ["supportkit"]


_ROW = "{:<20} {:<24} {:<10} {}"
_PLUGINS = click.option(
    "--plugins", is_flag=True, help="Load installed plugins: for policies that use parts of theirs."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="supportkit")
def supportkit() -> None:
    """Support-workflow primitives: demo, checking a policy, explaining a decision, measures, plugins."""


@supportkit.command()
@click.option(
    "--database", type=click.Path(dir_okay=False, path_type=Path), help="SQLite file (default: a new one)."
)
@click.option(
    "--everything", is_flag=True, help="Tell every contact and command, not only what is worth a line."
)
def demo(database: Path | None, *, everything: bool) -> None:
    """A week at a desk: about 150 contacts on five channels through one desk, told, counted and explained."""
    lacking = missing_extras("sql", "phone")
    if lacking:
        extras = ",".join(lacking)
        raise click.ClickException(f"the demo needs more: pip install 'supportkit[{extras}]'")
    from supportkit.cli.week_demo import run_demo  # noqa: PLC0415 - needs the extras checked above

    folder = Path(tempfile.mkdtemp(prefix="supportkit-")) if database is None else database.parent
    run_demo(database or folder / "week.sqlite", console=Console(), everything=everything)


@supportkit.command()
@click.argument("policy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_PLUGINS
def check(policy: Path, *, plugins: bool) -> None:
    """Load a POLICY, list everything that is wrong with it, run its examples, find lines that never count."""
    from supportkit.policy import Policy  # noqa: PLC0415 - the command line starts fast
    from supportkit.policy import check as findings_of  # noqa: PLC0415

    try:
        loaded = Policy.load(policy, registry=_registry(plugins=plugins))
        findings = findings_of(loaded)
    except SupportkitError as error:
        raise click.ClickException(str(error)) from None
    for finding in findings:
        click.echo(str(finding))
        if finding.example is not None:
            click.echo(finding.example)
    if findings:
        raise click.ClickException(_summary(findings, len(loaded.examples)))
    click.echo(f"{policy}: fine, version {loaded.version}, {len(loaded.examples)} examples as expected")


def _summary(findings: list[Finding], examples: int) -> str:
    wrong = sum(finding.code == "example" for finding in findings)
    lines = len(findings) - wrong
    parts = [f"{wrong} of {examples} examples came out otherwise"] if wrong else []
    parts += [f"{lines} found in the lines of the policy"] if lines else []
    return ", ".join(parts)


@supportkit.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("case")
@click.option("--desk", "name", default="week", show_default=True, help="The desk's name in the database.")
@_PLUGINS
def explain(database: Path, case: str, name: str, *, plugins: bool) -> None:
    """Say of a CASE in a DATABASE why it has its priority, its person and its due times."""
    try:
        desk = _desk(database, name, plugins=plugins)
        found = desk.case(case)
        explanation = desk.explain(case, now=found.last_at or datetime.now(UTC))
    except SupportkitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(str(explanation))


def _desk(database: Path, name: str, *, plugins: bool) -> Desk:
    """Return a desk as its database knows it."""
    if missing_extras("sql"):
        raise click.ClickException("reading a database needs more: pip install 'supportkit[sql]'")
    from supportkit.desk import open_desk  # noqa: PLC0415 - the command line starts fast
    from supportkit.storage import SqliteStore  # noqa: PLC0415

    return open_desk(SqliteStore(database), name=name, registry=_registry(plugins=plugins))


@supportkit.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--desk", "name", default="week", show_default=True, help="The desk's name in the database.")
@_PLUGINS
def audit(database: Path, name: str, *, plugins: bool) -> None:
    """Decide every case of a DATABASE again from its log: whatever comes out otherwise is told."""
    try:
        desk = _desk(database, name, plugins=plugins)
        audits = [desk.audit(case.id) for case in desk.cases()]
    except SupportkitError as error:
        raise click.ClickException(str(error)) from None
    wrong = [str(found) for each in audits for found in each.disagreements]
    for line in wrong:
        click.echo(line)
    for version in sorted({version for each in audits for version in each.unreadable}):
        click.echo(f"policy {version} cannot be read any more: what it decided is not checked", err=True)
    checked = sum(each.checked for each in audits)
    if wrong:
        raise click.ClickException(f"{len(wrong)} of {checked} decisions came out otherwise")
    click.echo(f"{checked} decisions of {len(audits)} cases come out as recorded")


@supportkit.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--desk", "name", default="week", show_default=True, help="The desk's name in the database.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day (UTC) that counts.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) before which it ends.")
@_PLUGINS
def measures(
    database: Path, name: str, since: datetime | None, until: datetime | None, *, plugins: bool
) -> None:
    """Measure the service of a desk in a DATABASE: promises kept, solved the first time, made good."""
    try:
        desk = _desk(database, name, plugins=plugins)
        first, end = (None if day is None else day.replace(tzinfo=UTC) for day in (since, until))
        found = desk.measures(since=first, until=end)
    except SupportkitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(found.to_table())


@supportkit.command()
def plugins() -> None:
    """List installed plugins with distribution, version and hooks; exit with 1 when one is at fault."""
    from supportkit.plugins import Registry, installed_plugins  # noqa: PLC0415 - the command line starts fast

    found = sorted(installed_plugins(), key=lambda each: each.info.name)
    if not found:
        click.echo("no plugin is installed: no distribution has an entry point in the group 'supportkit'")
        return
    click.echo(_ROW.format("plugin", "distribution", "version", "hooks"))
    faults = []
    for each in found:
        try:
            (info,) = Registry.of([each]).plugins
        except PluginError as error:
            faults.append(str(error))
            info = each.info
        click.echo(_row(info))
    if not faults:
        try:
            _registry(plugins=True)
        except PluginError as error:  # each is fine alone, but two of them want the same name
            faults.append(str(error))
    if faults:
        raise click.ClickException("\n".join(faults))


def _row(info: PluginInfo) -> str:
    hooks = ", ".join(hook.removeprefix("supportkit_") for hook in info.hooks) or "at fault"
    return _ROW.format(info.name, info.distribution or "-", info.version or "-", hooks)


def _registry(*, plugins: bool) -> Registry:
    from supportkit.plugins import Registry  # noqa: PLC0415 - the command line starts fast

    return Registry.build(entry_points=plugins)
