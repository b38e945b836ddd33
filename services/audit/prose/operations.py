"""Describes what happens to the system itself: cases that cannot be routed, rules that differ, channels that fail."""

from collections.abc import Mapping

from events.contract import Event
from events.operations import (
    CaseNotRouted,
    CaseRouted,
    ChannelFailing,
    ChannelRecovered,
    DeviceDisagreed,
    SlipUnderAttack,
)
from services.audit.prose.glossary import in_mexico, listed
from services.audit.prose.sentence import Describer, plain
from services.chassis.locales import Translator

EVERY_CHANNEL = "*"


def _not_routed(event: CaseNotRouted, say: Translator) -> str:
    if event.shelter is None:
        return say("prose.referral.case_not_routed")
    return say("prose.referral.case_not_routed.of_shelter", shelter=event.shelter)


def _routed(event: CaseRouted, say: Translator) -> str:
    if event.set_aside is not None:
        return say("prose.referral.case_routed.without", position=event.set_aside)
    return say("prose.referral.case_routed")


def _differently(event: DeviceDisagreed, say: Translator) -> str:
    return say("prose.referral.device_disagreed", shelter=event.shelter, rule_set=event.rule_set)


def _failing(event: ChannelFailing, say: Translator) -> str:
    what = {
        "since": in_mexico(event.since),
        "failed": event.failed,
        "waiting": event.waiting,
        "whom": listed([say(f"duty_to.{duty}") for duty in event.whom], say),
    }
    if event.channel == EVERY_CHANNEL:
        return say("prose.notifications.channel_failing.none", **what)
    return say("prose.notifications.channel_failing", channel=_channel(event.channel, say), **what)


def _recovered(event: ChannelRecovered, say: Translator) -> str:
    since = in_mexico(event.since)
    if event.channel == EVERY_CHANNEL:
        return say("prose.notifications.channel_recovered.none", since=since)
    return say("prose.notifications.channel_recovered", channel=_channel(event.channel, say), since=since)


def _channel(channel: str, say: Translator) -> str:
    return say.first(f"channel.{channel}", "other.channel")


DESCRIBERS: Mapping[type[Event], Describer] = {
    CaseNotRouted: _not_routed,
    CaseRouted: _routed,
    DeviceDisagreed: _differently,
    SlipUnderAttack: plain("prose.referral.slip_attacked"),
    ChannelFailing: _failing,
    ChannelRecovered: _recovered,
}
