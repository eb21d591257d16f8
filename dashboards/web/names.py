"""Names of indicators, actions, regions, departments and statuses."""

from __future__ import annotations

from typing import Protocol

from dashboards.web.address import Language
from dashboards.web.model.frame import Action, Frame


class Named(Protocol):
    """Something with a name in both languages."""

    @property
    def zh(self) -> str:
        """The Chinese name."""
        ...

    @property
    def en(self) -> str:
        """The English name."""
        ...


def name(of: Named, lang: Language) -> str:
    """The name of an indicator, an action, a region, a status or the plan."""
    return of.zh if lang == "zh" else of.en


def short_action(action: Action, lang: Language) -> str:
    """An action's Chinese name without the words that all of them share: 社区养老服务行动 → 养老服务."""
    if lang == "en":
        return action.en
    return action.zh.removesuffix("行动").removeprefix("社区") or action.zh


def department(key: str, frame: Frame, lang: Language) -> str:
    """A department's name without the city's: 济宁市民政局 → 民政局. An unknown key is returned as it is."""
    found = frame.department.get(key)
    if found is None:
        return key
    return found.en if lang == "en" else found.zh.removeprefix(frame.region[frame.plan.city].zh)
