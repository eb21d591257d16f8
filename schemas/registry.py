"""All event types of all source systems."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schemas.event_type import EventType
from schemas.systems import (
    agriculture,
    civil_affairs,
    culture,
    disabled_persons,
    education,
    emergency,
    employment,
    health,
    housing,
    justice,
    organization,
    public_security,
    red_cross,
    science,
    smart_community,
    sports,
    women_children,
)

SYSTEMS = (
    organization, civil_affairs, agriculture, women_children, disabled_persons, employment, health, education,
    culture, sports, science, public_security, justice, red_cross, emergency, housing, smart_community,
)  # fmt: skip

event_types: Mapping[str, EventType] = MappingProxyType(
    {kind.type: kind for module in SYSTEMS for kind in module.system.types}
)
"""CloudEvents `type` → the event type."""

__all__ = ["EventType", "event_types"]
