"""The port that brings the board its facts."""

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
    """Where the board's facts come from. Blocks; one call at a time. Raises DoesNotAnswer where nothing answers."""

    def frame(self) -> Frame:
        """What the catalogue says."""
        ...

    def last_assessment(self) -> object:
        """A value that changes with each assessment: cheaper still than `stream`."""
        ...

    def stream(self) -> StreamState:
        """How far the stream is."""
        ...

    def lights(self) -> list[Light]:
        """All lights of now."""
        ...

    def unlit(self) -> list[tuple[str, str]]:
        """(indicator, region) of the lights that should be there and are not."""
        ...

    def actions(self) -> list[ActionLight]:
        """The actions' lights of now."""
        ...

    def changes(self, since: date) -> list[StatusChange]:
        """Changes of shown statuses on `since` and later, the latest first."""
        ...

    def feeds(self) -> list[DepartmentFeed]:
        """The feeds of the departments."""
        ...

    def course(self, indicator: str, region: str) -> Course:
        """An indicator's way through the year."""
        ...

    def refusals(self) -> list[Refusal]:
        """Open refusals by reason, the most frequent first."""
        ...

    def orphans(self) -> list[Orphaned]:
        """Events that count for nobody."""
        ...

    def conflicts(self) -> list[Conflict]:
        """Records published with two contents, the latest first."""
        ...
