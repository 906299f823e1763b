"""The hooks: what the plugin adds to a desk, and what it hears of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from supportkit.cases import Agent, Customer, Event
from supportkit.plugins import ChannelSpec, FactorSpec, MetricSpec, StrategySpec, hookimpl
from supportkit.ports import Outbound
from supportkit.routing import Item
from supportkit.rules import Field
from supportkit_example.churn import CHURN_RISK, ChurnFactor, churn_risk
from supportkit_example.sms import SmsChannel, SmsSettings


def fewest_skills(agent: Agent, item: Item) -> int:  # noqa: ARG001 - the shape of all strategies
    """Put specialists first, so that those who can do everything stay free for everything else."""
    return len(agent.skills)


class ExamplePlugin:
    """Registers one of each, gives facts, and counts what it hears."""

    def __init__(self) -> None:
        self.heard: Counter[tuple[str, str]] = Counter()
        self.undelivered: list[str] = []

    @hookimpl
    def supportkit_register_channels(self) -> list[ChannelSpec]:
        """Make ``registry.channels["sms"].make(name=..., settings={...})`` work."""
        return [ChannelSpec("sms", factory=SmsChannel, settings=SmsSettings)]

    @hookimpl
    def supportkit_register_fields(self) -> list[Field]:
        """Let conditions read the churn risk."""
        return [CHURN_RISK]

    @hookimpl
    def supportkit_register_factors(self) -> list[FactorSpec]:
        """Let a policy say ``- churn: 20``."""
        return [FactorSpec("churn", build=ChurnFactor.build)]

    @hookimpl
    def supportkit_register_strategies(self) -> list[StrategySpec]:
        """Let a policy rank by ``specialist_first``."""
        return [StrategySpec("specialist_first", key=fewest_skills)]

    @hookimpl
    def supportkit_register_metrics(self) -> list[MetricSpec]:
        """Let a policy give targets to ``text_answer``: each wait of a customer, without waits of ours."""
        return [MetricSpec("text_answer", like="customer_waiting", pause=["waiting_third_party"])]

    @hookimpl
    def supportkit_provide_facts(
        self, customer: Customer | None, now: datetime
    ) -> Mapping[str, Decimal | None]:
        """Give the churn risk of the customer."""
        return {CHURN_RISK.path: churn_risk(customer, now=now)}

    @hookimpl
    def supportkit_after_event_committed(self, desk: str, event: Event) -> None:
        """Count what happens at each desk."""
        self.heard[desk, event.kind] += 1

    @hookimpl
    def supportkit_on_delivery_error(self, outbound: Outbound, reason: str, final: bool) -> None:
        """Keep what will never arrive, so that somebody can call."""
        if final:
            self.undelivered.append(f"{outbound.to}: {reason}")
