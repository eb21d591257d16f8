"""The port through which the board reads its data."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from dashboards.web.model.course import Course
from dashboards.web.model.findings import Refusal
from dashboards.web.model.frame import Frame
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import ActionLight, DepartmentFeed, StatusChange, StreamState
from schemas.conflicts import Conflict
from schemas.orphans import Orphaned


class BoardSource(Protocol):
    """The source of the board's data. Calls block, and only one runs at a time. All raise DoesNotAnswer."""

    def frame(self) -> Frame:
        """The data that change only with the catalogue."""
        ...

    def last_assessment(self) -> object:
        """A value that changes with each assessment; cheaper to read than `stream`."""
        ...

    def stream(self) -> StreamState:
        """The state of the stream."""
        ...

    def lights(self) -> list[Light]:
        """All present lights."""
        ...

    def unlit(self) -> list[tuple[str, str]]:
        """(indicator, region) of the lights that should exist but do not."""
        ...

    def actions(self) -> list[ActionLight]:
        """The present lights of the actions."""
        ...

    def changes(self, since: date) -> list[StatusChange]:
        """Changes of shown statuses on `since` and later, the latest first."""
        ...

    def feeds(self) -> list[DepartmentFeed]:
        """The departments' feeds."""
        ...

    def course(self, indicator: str, region: str) -> Course:
        """An indicator's course through the year in one region."""
        ...

    def refusals(self) -> list[Refusal]:
        """Open refusals by topic, reason and field, the most frequent first."""
        ...

    def orphans(self) -> list[Orphaned]:
        """Orphans: events that are not counted."""
        ...

    def conflicts(self) -> list[Conflict]:
        """Records published with two contents, the latest first."""
        ...
