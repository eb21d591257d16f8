"""All figures of a light, as a list of terms and values."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards.web import names, numerals, quantities, sentences
from dashboards.web.address import Language, View
from dashboards.web.markup import Html, tag
from dashboards.web.model.frame import Frame
from dashboards.web.model.light import Light
from dashboards.web.model.snapshot import Snapshot
from dashboards.web.parts import facts
from dashboards.web.parts import panel as titled
from dashboards.web.texts import known, say


def panel(snapshot: Snapshot, view: View, light: Light) -> Html:
    """The light's figures with their names; none of them if the light is withheld on a public board."""
    lang, frame = view.lang, snapshot.frame
    if snapshot.is_hidden(light):
        return titled(say(lang, "figures"), tag("p", say(lang, "hidden")))
    texts = _counted(light, frame, lang) | _pace(light, frame, lang) | _judged(light, lang)
    texts |= {
        "last_report": numerals.day(light.figure.last_report, lang),
        "department": names.department(light.about.department, frame, lang),
        "as_of": numerals.moment(snapshot.stream.last, ZoneInfo(frame.plan.zone), lang),
    }
    return titled(say(lang, "figures"), facts([(say(lang, key), text) for key, text in texts.items()]))


def _counted(light: Light, frame: Frame, lang: Language) -> dict[str, str]:
    """Numerator and denominator of a ratio; empty for a count."""
    if light.about.formula == "count":
        return {}
    counted, figure = frame.counts.get(light.indicator), light.figure
    above, below = (counted.numerator, counted.denominator) if counted else ("", "")
    texts = {"numerator": quantities.measured(figure.numerator, above, frame, lang)}
    if figure.denominator is not None:
        texts["denominator"] = quantities.measured(figure.denominator, below, frame, lang)
    return texts


def _pace(light: Light, frame: Frame, lang: Language) -> dict[str, str]:
    """Pace, shortfall, rates and forecast; unknown figures are left out or empty."""
    pace, unit, digits = light.pace, light.about.unit, max(1, light.about.decimals)
    texts = {}
    if pace.expected is not None:
        texts["expected"] = quantities.measured(pace.expected, unit, frame, lang, digits)
    if pace.gap is not None:
        texts["gap"] = numerals.signed(pace.gap, digits)
    texts["shortfall"] = quantities.shortfall(light, frame, lang)
    if pace.rate28 is not None:
        texts["rate28"] = numerals.amount(pace.rate28, 1)
    if pace.required_rate is not None:
        texts["required"] = numerals.amount(pace.required_rate, 1)
    texts["forecast"] = _forecast(light, frame, lang)
    return texts


def _forecast(light: Light, frame: Frame, lang: Language) -> str:
    forecast, about = light.forecast, light.about
    if forecast.p10 is None or forecast.p90 is None:
        return ""
    low, high = numerals.amount(forecast.p10, about.decimals), numerals.amount(forecast.p90, about.decimals)
    return f"{low} – {numerals.behind(high, quantities.unit(about.unit, frame, lang, high))}"


def _judged(light: Light, lang: Language) -> dict[str, str]:
    """The judged period, the days left, and the results of the control chart."""
    left, assurance = light.goal.days_left, light.trend.assurance
    return {
        "period": sentences.period(light, lang),
        "days_left": "" if left is None else say(lang, "n_days", n=left),
        "signal": known(lang, light.trend.signal),
        "assurance": known(lang, "sometimes" if assurance == "chance" else assurance),
    }
