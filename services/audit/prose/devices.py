"""Sentences for events about a shelter's telephones."""

from collections.abc import Mapping

from events.contract import Event
from events.devices import DeviceEnrolled, DeviceRevoked
from services.audit.prose.sentence import Describer, plain

DESCRIBERS: Mapping[type[Event], Describer] = {
    DeviceEnrolled: plain("prose.intake.device_enrolled"),
    DeviceRevoked: plain("prose.intake.device_revoked"),
}
