"""卫生健康委: institutions' ratings, psychiatric patients and their guardians (action 6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.event_type import System
from schemas.shapes import RosterEntry, Service, Shape

system = System("health")


@system.event("institution-rating")
class InstitutionRating(Shape):
    """ "优质服务基层行": an institution was rated; earlier years' ratings too. Subject: the institution."""

    rating: Literal["none", "basic", "recommended"]


@system.event("guardian-eligible")
class GuardianEligible(RosterEntry):
    """A guardian to whom 以奖代补 is due, or not any more. Subject: the guardian, pseudonymised."""


@system.event("guardian-subsidy")
class GuardianSubsidy(Shape):
    """监护人以奖代补 paid for the year. Subject: the guardian, pseudonymised."""

    amount_yuan: Annotated[Decimal, Field(gt=0, le=Decimal(1_000_000), decimal_places=2)]


@system.event("patient")
class Patient(RosterEntry):
    """A patient taken under management, or out of it. Subject: the patient, pseudonymised."""


@system.event("patient-visit")
class PatientVisit(Service):
    """上门随访服务. Subject: the patient, pseudonymised as on the roster."""
