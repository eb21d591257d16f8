"""Grafana's boards: every committed query that shows a figure, for every region, action and indicator that it can be asked
for, against the views."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.client import Client

from pulse.app.city import City
from tests.dashboards.grafana.boards import TARGETS, YEAR, Answer, Boards, copied, find
from tests.lights.faces.shown import Shown
from tests.lights.faces.views import Row, Views, compared

COLUMNS = {
    "状态": "status", "现值": "value", "目标": "target", "按进度应有": "expected", "落后数": "behind",
    "离目标还差": "shortfall", "超前（+）落后（-）天数": "gap_days", "达标概率": "chance", "剩余天数": "days_left",
    "尚需日均": "required_rate", "近28天日均": "rate28", "自": "since", "为什么": "why_zh",
}  # fmt: skip
"""The boards' heads → columns of the view."""

DIGITS = {
    "gap_days": 1,
    "chance": 0,
    "required_rate": 2,
    "rate28": 2,
    "behind": 0,
    "shortfall": 0,
    "days_left": 0,
}
"""What is rounded otherwise than by the indicator's decimals."""

PERIODS = ("7", "30", "91")
"""Of 环比."""

_BEHIND, _SILENT = 7, 6
"""Ranks: from which on a light is behind, and from which on somebody has to act."""

_GOOD = {"on_track", "achieved", "recovered"}
_TREND = {"improving": "向好 ", "steady": "平稳 ", "worsening": "变差 ", "up": "↑异常偏高 ", "down": "↓异常偏低 ",
          "always": "期期可达", "chance": "时达时不达", "never": "期期不达"}  # fmt: skip
_ON_THE_WALL = re.compile(
    r"(?P<status>\S \S+?)(?: ← (?P<before>\S \S+?))?(?: 落后(?P<behind>[\d.]+)(?P<unit>\D*?))?(?: 约(?P<days>\d+)天)?"
    r"(?: 概率(?P<chance>\S+))? (?P<department>\S+)"
)


class Made(NamedTuple):
    """What a panel makes of several lights, or of what is no light; and what it should be."""

    where: str
    said: object
    right: object


@dataclass(frozen=True, eq=False)
class About:
    """A number in words, rounded to so many decimals: equal to any that it may be rounded to."""

    number: float
    digits: int

    def __eq__(self, other: object) -> bool:
        slack = 0.5 * 10**-self.digits + 1e-9 * abs(self.number)
        return isinstance(other, int | float) and abs(other - self.number) <= slack


def shown(city: City, client: Client) -> Iterator[Shown | Made]:
    """All that the boards show of lights, and what they make of them. Each panel is asked once for each region, action or
    indicator, as far as it has that variable; the periods of 环比 in turn, for the tables of all lights each. Blocks."""
    views = Views(client)
    with copied(client) as boards:
        face = Face(city, views, boards)
        yield from face.tables()
        yield from face.rankings()
        yield from face.curves()
        yield from face.summaries()
        yield from face.county()
        yield from face.wall()
        yield from face.quality()
        yield Made("every query was asked", boards.asked, {target.name for target in TARGETS})


class Face:
    """The boards of a city beside its views, part by part."""

    def __init__(self, city: City, views: Views, boards: Boards) -> None:
        self._views, self._ask = views, boards.ask
        self._zone = ZoneInfo(city.regions.zone)
        self._lights = {(one["indicator"], one["region"]): one for one in views.lights}
        self._city = city.regions.zh
        self._counties = {
            county.zh: county.code for county in sorted(city.regions.counties, key=lambda one: one.code)
        }
        self._regions = {self._city: city.regions.code} | self._counties
        self._indicators = {one["indicator"]: one for one in views.lights}

    # --- Tables of lights ---

    def tables(self) -> Iterator[Shown | Made]:
        everything, here = find("county", "全部指标"), find("action", "本行动的指标")
        for zh, code in self._regions.items():
            for period in PERIODS:
                answer = self._ask(everything, county=zh, period=period)
                right = sorted(self._views.of(region=code), key=_worst)
                yield from self._table("全部指标", answer, right, period)
                where = f"全部指标 of {zh}"
                yield Made(f"{where}: 名次", answer.column("名次"), [self._place(light) for light in right])
                actions = [f"{light['action']} {light['action_zh']}" for light in right]
                yield Made(f"{where}: 行动", answer.column("行动"), actions)
        for no in self._views.actions:
            for zh, code in self._regions.items():
                answer = self._ask(here, county=zh, one_action=str(no))
                right = sorted(self._views.of(region=code, action=no), key=_worst)
                yield from self._table("本行动的指标", answer, right, PERIODS[0])
        county = next(iter(self._counties))
        for chosen, values in {
            "action": self._views.actions,
            "department": self._views.department_zh,
        }.items():
            for value in values:
                answer = self._ask(everything, county=county, **{chosen: str(value)})
                right = sorted(self._views.of(region_zh=county, **{chosen: value}), key=_worst)
                yield Made(
                    f"全部指标 of {chosen} {value}", answer.rows and answer.column("指标"), _names(right)
                )

    def _table(self, face: str, answer: Answer, right: Sequence[Row], period: str) -> Iterator[Shown | Made]:
        """A table of lights: the right ones in the right order, and all columns of each."""
        where = f"{face} of {right[0]['region_zh'] if right else 'nowhere'}"
        yield Made(f"{where}: 指标", answer.column("指标") if answer.rows else [], _names(right))
        named = {light["zh"]: light for light in right}
        for cells in answer.dicts():
            if (light := named.get(cells["指标"])) is None:
                continue
            yield from self._row(face, light, cells)
            where = f"{face}: {light['indicator']} in {light['region_zh']}"
            yield Made(f"{where}: 单位", cells["单位"], light["unit"])
            yield Made(f"{where}: 责任部门", cells["责任部门"], light["department_zh"])
            trend = "".join(_TREND.get(light[name], "") for name in ("direction", "signal", "assurance"))
            yield Made(f"{where}: 走势", cells["走势"], trend)
            yield Made(f"{where}: 环比", *_alike(cells["环比"], self._change(light, int(period))))

    def _row(self, face: str, light: Row, cells: Mapping[str, Any]) -> Iterator[Shown]:
        for head, field in COLUMNS.items():
            if head in cells:
                cell = cells[head]
                if field == "chance" and not str(cell).endswith("%"):
                    cell = None
                if field == "why_zh":
                    cell = _read(cell)
                digits = DIGITS.get(field, light["decimals"])
                yield Shown(f"grafana: {face}", light["indicator"], light["region"], field, cell, digits)

    def _change(self, light: Row, period: int) -> tuple[str, *tuple[About, ...]]:
        """环比: words with gaps, and the numbers in them."""
        day = compared(light, period)
        now, then = light["value"], self._views.value(light, day)
        twice = self._views.value(light, light["day"] - timedelta(days=2 * period))
        if now is None or then is None:
            return ("—",)
        if light["formula"] == "count" and len(light["period"]) == 4:
            came = About(now - then, light["decimals"])
            if twice is None or then <= twice:
                return f"新增 # {light['unit']}", came
            return (
                f"新增 # {light['unit']}，环比 #%",
                came,
                About(100 * ((now - then) / (then - twice) - 1), 0),
            )
        if now == then:
            return ("→ 持平",)
        words = f"{'↑' if now > then else '↓'} #" + (
            " 个百分点" if light["unit"] == "%" else f" {light['unit']}"
        )
        return words, About(abs(now - then), light["decimals"])

    def _place(self, light: Row) -> str:
        """名次 among the counties; the city has none."""
        if light["region_kind"] == "city":
            return "全市"
        others = [
            _score(one)
            for one in self._views.of(indicator=light["indicator"])
            if one["region_kind"] != "city"
        ]
        return f"{1 + sum(score > _score(light) for score in others)} / {len(others)}"

    def rankings(self) -> Iterator[Shown | Made]:
        ranks = find("action", "县区排名")
        for indicator, one in self._indicators.items():
            answer = self._ask(ranks, indicator=indicator, one_action=str(one["action"]))
            right = sorted(
                self._views.of(indicator=indicator),
                key=lambda light: (light["region_kind"] != "city", -_score(light), light["region"]),
            )
            places = [self._place(light).split(" / ")[0] for light in right]
            yield Made(
                f"县区排名 of {indicator}", answer.column("县区"), [light["region_zh"] for light in right]
            )
            yield Made(f"县区排名 of {indicator}: 名次", answer.column("名次"), places)
            named = {light["region_zh"]: light for light in right}
            for cells in answer.dicts():
                if cells["县区"] in named:
                    yield from self._row("县区排名", named[cells["县区"]], cells)

    # --- Curves ---

    def curves(self) -> Iterator[Made]:
        """Every day of every course; what lies ahead; the units; and that a range ends where it is told to."""
        pace, fan, unit = (find("action", "实际、应有进度与预测", ref) for ref in ("A", "B", "unit"))
        for (indicator, region), light in self._lights.items():
            chosen = {
                "indicator": indicator,
                "county": light["region_zh"],
                "one_action": str(light["action"]),
            }
            where = f"curves of {indicator} in {light['region_zh']}"
            course = [each[:5] for each in self._views.courses[indicator, region].values()]
            yield Made(where, self._days(self._ask(pace, **chosen)), course)
            ahead = self._views.fans.get((indicator, region), [])
            today = [(light["day"], *4 * (light["value"],))] if ahead else []
            yield Made(f"{where}: ahead", self._days(self._ask(fan, **chosen)), [*today, *ahead])
            yield Made(f"{where}: unit", self._ask(unit, **chosen).rows, [_unit(light)])
        counties, unit = find("action", "分县区逐日"), find("action", "分县区逐日", "unit")
        for indicator, one in self._indicators.items():
            chosen = {"indicator": indicator, "one_action": str(one["action"])}
            right = sorted(
                (
                    (course.day, light["region"], light["region_zh"], course.value)
                    for light in self._views.of(indicator=indicator)
                    if light["region_kind"] != "city"
                    for course in self._views.courses[indicator, light["region"]].values()
                ),
                key=lambda row: row[:2],
            )
            where = f"curves of {indicator} by county"
            days = self._days(self._ask(counties, **chosen))
            yield Made(where, days, [(day, zh, value) for day, _, zh, value in right])
            yield Made(f"{where}: unit", self._ask(unit, **chosen).rows, [_unit(one)])
            end = self._views.today - timedelta(days=len(indicator) * 5)  # another one each time
            ended = self._days(self._ask(counties, (), datetime.combine(end, time(12), self._zone), **chosen))
            yield Made(f"{where} until {end}", ended, [row for row in days if row[0] <= end])

    def _days(self, answer: Answer) -> list[tuple[Any, ...]]:
        """Rows of a series with their local days in the place of instants."""
        return [(at.replace(tzinfo=UTC).astimezone(self._zone).date(), *row) for at, *row in answer.rows]

    # --- What is summed up over lights ---

    def summaries(self) -> Iterator[Shown | Made]:
        """总览, and what other boards have of it: by region; and the heat map."""
        views = self._views
        actions, lagging = find("overview", "17项行动"), find("overview", "落后清单")
        for (zh, code), period in zip(self._regions.items(), cycle(PERIODS)):
            lit = [light for light in views.of(region=code) if light["status"] != "none"]
            rows = self._ask(actions, county=zh, period=period).rows
            yield Made(f"17项行动 of {zh}", [[*row[:-1], _read(row[-1])] for row in rows], [
                self._action(list(own), int(period)) for _, own in groupby(lit, lambda light: light["action"])
            ])  # fmt: skip
            answer = self._ask(lagging, county=zh, period=period)
            right = sorted((light for light in lit if light["status_rank"] >= _SILENT), key=_furthest)
            yield from self._table("落后清单", answer, right, period)
            behind = [
                "、".join(
                    one["region_zh"]
                    for one in views.of(indicator=light["indicator"])
                    if one["region_kind"] != "city" and one["status_rank"] >= _BEHIND
                )
                for light in right
            ]
            yield Made(
                f"落后清单 of {zh}: 落后县区", answer.column("落后县区") if answer.rows else [], behind
            )
            for board in ("overview", "county", "wall"):
                rows = self._ask(find(board, "各状态指标数"), county=zh, period=period).rows
                yield Made(f"{board}: 各状态指标数 of {zh}", rows, self._counts(code, int(period)))
            courses = [views.courses[light["indicator"], code] for light in views.of(region=code)]
            by_day = [
                (
                    day,
                    *(
                        sum(course[day].status == status for course in courses)
                        for status in views.statuses
                        if status != "none"
                    ),
                )
                for day in courses[0]
            ]
            for board in ("overview", "county"):
                found = self._days(self._ask(find(board, "各状态指标数逐日变化"), county=zh))
                yield Made(f"{board}: 各状态指标数逐日变化 of {zh}", found, by_day)
        worst = {
            (light["region_zh"], f"{light['action']} {light['action_zh']}"): views.label(light["status"])
            for light in sorted(views.lights, key=lambda light: light["status_rank"])
            if light["status"] != "none"
        }
        heat = self._ask(find("overview", "县区 × 行动")).rows
        yield Made("县区 × 行动", {(zh, action): label for zh, action, label in heat}, worst)
        yield Made("县区 × 行动: a cell each", len(heat), len(worst))

    def _action(self, own: list[Row], period: int) -> list[object]:
        views, worst = self._views, min(own, key=_worst)
        then = max((views.was(light, period) for light in own), key=views.rank)
        counts = Counter(light["status"] for light in own)
        no, zh = str(worst["action"]), worst["action_zh"]
        return [no, f"{no} {zh}", views.label(worst["status"]), views.label(then), worst["zh"], len(own),
                *(counts[status] for status in views.statuses if status != "none"), worst["why_zh"]]  # fmt: skip

    def _counts(self, region: str, period: int) -> list[tuple[str, str, str]]:
        found: list[tuple[str, str, str]] = []
        lights = self._views.of(region=region)
        for key, status in self._views.statuses.items():
            now = sum(light["status"] == key for light in lights)
            then = sum(
                self._views.status(light, light["day"] - timedelta(days=period)) == key for light in lights
            )
            if key != "none":
                found.append((self._views.label(key), f"{now}　{_arrow(now, then)}", status["color"]))
        return found

    # --- 县区 ---

    def county(self) -> Iterator[Made]:
        views = self._views
        for (zh, code), period in zip(self._regions.items(), cycle(PERIODS)):
            days = int(period)
            rows = self._ask(find("county", "名次"), county=zh, period=period).rows
            yield Made(f"名次 of {zh}", rows, [] if zh == self._city else [self._rank(code, days)])
            lights = {light["indicator"]: light for light in views.of(region=code)}
            changed = sorted(
                (
                    (one, lights[one["indicator"]])
                    for one in views.changes
                    if one["region"] == code and one["day"] > views.today - timedelta(days=days)
                ),
                key=lambda both: (
                    -both[0]["day"].toordinal(),
                    -views.rank(both[0]["status"]),
                    both[1]["position"],
                ),
            )
            rows = self._ask(find("county", "本周期变了什么"), county=zh, period=period).rows
            yield Made(f"本周期变了什么 in {zh}", [(*row[:-1], _read(row[-1])) for row in rows], [
                (one["day"], light["zh"], views.label(one["was"]), views.label(one["status"]), light["department_zh"],
                 light["why_zh"]) for one, light in changed
            ])  # fmt: skip
            reports = sorted(
                (one for one in views.reports if one["county"] == code),
                key=lambda one: (not one["silent"], one["last_day"] or date.max, one["department"]),
            )
            yield Made(f"各部门报送 in {zh}", self._ask(find("county", "各部门报送"), county=zh).rows, [
                (views.department_zh[one["department"]], "◇ 未报送" if one["silent"] else "● 正常", one["last_day"],
                 one["events_28d"]) for one in reports
            ])  # fmt: skip
            silent = sorted(
                (one for one in views.unreported if zh == self._city or one["county"] == code),
                key=lambda one: (one["last_day"] or date.max, one["community"]),
            )
            yield Made(f"未报送的社区 in {zh}", self._ask(find("county", "未报送的社区"), county=zh).rows, [
                (one["community"], one["kind"], one["last_day"]) for one in silent
            ])  # fmt: skip

    def _rank(self, region: str, period: int) -> tuple[str, str]:
        shares: dict[date, dict[str, float]] = {}
        today = self._views.lights[0]["day"]
        for day in (today, today - timedelta(days=period)):
            good = defaultdict(list)
            for light in self._views.lights:
                status = self._views.status(light, day)
                if light["region_kind"] != "city" and status not in ("monitor", "none"):
                    good[light["region"]].append(status in _GOOD)
            shares[day] = {code: sum(each) / len(each) for code, each in good.items()}
        now, then = (1 + sum(share > of[region] for share in of.values()) for of in shares.values())
        share = _number(round(100 * shares[today][region], 1))
        return f"良好率 {share}%　环比 {_arrow(then, now, ' 名')}", f"第 {now} / {len(self._counties)}"

    # --- 大屏 ---

    def wall(self) -> Iterator[Shown | Made]:
        views = self._views
        for (zh, code), period in zip(self._regions.items(), cycle(PERIODS)):
            lit = [light for light in views.of(region=code) if light["status"] != "none"]
            answer = self._ask(find("wall", "17项行动"), county=zh, period=period)
            right: list[tuple[str, str, str]] = []
            for no, each in groupby(lit, lambda light: light["action"]):
                own = list(each)
                worst = min(own, key=_worst)
                then = max((views.was(light, int(period)) for light in own), key=views.rank)
                moved = views.rank(then) not in (0, worst["status_rank"])
                said = views.label(worst["status"]) + (f" ← {views.label(then)}" if moved else "")
                right.append(
                    (f"{no} {worst['action_zh'].replace('行动', '', 1)}", said, worst["status_color"])
                )
            yield Made(f"wall: 17项行动 of {zh}", answer.rows, right)
            lagging = sorted((light for light in lit if light["status_rank"] >= _SILENT), key=_furthest)[:5]
            rows = self._ask(find("wall", "要管的指标"), county=zh, period=period).rows
            named = {f"{light['action']} {light['zh']}": light for light in lagging}
            colours = [(name, light["status_color"]) for name, light in named.items()]
            yield Made(f"要管的指标 of {zh}", [(name, colour) for name, _, colour in rows], colours)
            for name, said, _ in rows:
                if name in named:
                    yield from self._pressing(named[name], said, int(period))
        for period in PERIODS:
            rows = self._ask(find("wall", "各县区"), period=period).rows
            yield Made(
                f"各县区, {period} days",
                rows,
                [self._region(code, int(period)) for code in sorted(self._regions.values())],
            )

    def _pressing(self, light: Row, said: str, period: int) -> Iterator[Shown | Made]:
        """What the wall says of one indicator, in a line."""
        where, key = "grafana: 要管的指标", (light["indicator"], light["region"])
        found = _ON_THE_WALL.fullmatch(said)
        if found is None:
            yield Made(f"{where}: {key}", said, "a line of words as they are put together")
            return
        then = self._views.was(light, period)
        moved = self._views.rank(then) not in (0, light["status_rank"])
        yield Shown(where, *key, "status", found["status"])
        yield Made(f"{where}: {key}: before", found["before"], self._views.label(then) if moved else None)
        yield Made(f"{where}: {key}: department", found["department"], light["department_zh"])
        yield Shown(where, *key, "chance", found["chance"], 0)
        if light["behind"]:
            yield Shown(where, *key, "behind", found["behind"], 0)
            yield Made(f"{where}: {key}: unit", found["unit"], "" if light["unit"] == "%" else light["unit"])
        if (light["gap_days"] or 0) < 0:
            yield Shown(where, *key, "gap_days", f"-{found['days']}", 0)
        yield Made(f"{where}: {key}: no days ahead", bool(found["days"]), (light["gap_days"] or 0) < 0)

    def _region(self, region: str, period: int) -> tuple[str, str, str]:
        views = self._views
        lit = [light for light in views.of(region=region) if light["status"] != "none"]
        worst, now = min(lit, key=_worst), sum(light["status_rank"] >= _BEHIND for light in lit)
        then = sum(views.rank(views.was(light, period)) >= _BEHIND for light in lit)
        return worst["region_zh"], f"{views.label(worst['status'])} {now}项（{then}）", worst["status_color"]

    # --- 数据质量 ---

    def quality(self) -> Iterator[Made]:
        views, today = self._views, self._views.today
        zh_of = {code: zh for zh, code in self._regions.items()}
        for zh, code in self._regions.items():
            reports = [one for one in views.reports if zh == self._city or one["county"] == code]
            yield Made(f"部门 × 县区 of {zh}", self._ask(find("quality", "部门 × 县区：已静默天数"), county=zh).rows, [
                (views.department_zh[one["department"]], zh_of[one["county"]], ("◇ " if one["silent"] else "")
                 + (str((today - one["last_day"]).days) if one["last_day"] else "从未")) for one in reports
            ])  # fmt: skip
            rows = self._ask(find("quality", "未报送的村（社区）"), county=zh).rows
            places = [one for one in views.unreported if zh == self._city or one["county"] == code]
            counted = Counter((zh_of[one["county"]], one["kind"]) for one in places)
            never = Counter((zh_of[one["county"]], one["kind"]) for one in places if one["last_day"] is None)
            found = {(county, kind): tuple(numbers) for county, kind, *numbers in rows}
            yield Made(
                f"未报送的村（社区） of {zh}", found, {key: (n, never[key]) for key, n in counted.items()}
            )
        departments = {
            row["部门"]: list(row.values()) for row in self._ask(find("quality", "各部门")).dicts()
        }
        yield Made(
            "各部门", departments, {row["department_zh"]: self._department(row) for row in views.departments}
        )
        for period in PERIODS:
            rows = self._ask(find("quality", "收到的数据去了哪里"), period=period).rows
            yield Made(f"收到的数据去了哪里, {period} days", rows, self._balance(int(period)))
        yield from self._over_time()

    def _department(self, row: Row) -> list[object]:
        usual, received = row["usual_7d"], row["received_28d"]

        def of(part: float, whole: float, digits: int) -> object:
            return About(100 * part / whole, digits) if whole else None

        late = [row["lateness_p50_hours"], row["lateness_p90_hours"]]
        return [row["department_zh"], "◇ 未报送" if row["silent"] else "● 正常", row["last_event"], row["silent_days"],
                row["received_7d"], About(usual, 0), of(row["received_7d"], usual, 0),
                *(None if each is None else About(each, 1) for each in late), received, row["refused_28d"],
                of(row["refused_28d"], received, 2), row["duplicate_28d"], row["conflict_28d"]]  # fmt: skip

    def _balance(self, period: int) -> list[tuple[str, int]]:
        names = {"received": "收到", "counted": "计入", "duplicate": "重复", "superseded": "已被更新", "conflict": "冲突",
                 "refused": "退回", "rekeyed": "改键", "passed_over": "其他方案"}  # fmt: skip
        found = []
        for column, zh in names.items():
            now, then = (
                sum(
                    row[column]
                    for row in self._views.balance
                    if 0 <= (self._views.today - row["day"]).days - ago < period
                )
                for ago in (0, period)
            )
            found.append((f"{zh}　{_arrow(now, then)}", now))
        return found

    def _over_time(self) -> Iterator[Made]:
        """What came in and what was refused, in the time shown."""
        zh_of = self._views.department_zh
        volume = [
            (row["day"], zh_of[row["topic"]], row["received"])
            for row in self._views.balance
            if row["day"] >= YEAR[0].astimezone(self._zone).date()
        ]
        yield Made("每日收到", self._days(self._ask(find("quality", "每日收到"))), volume)
        start = YEAR[0].replace(tzinfo=None)
        letters = [one for one in self._views.letters if one["append_time"] >= start]

        def local(one: Row) -> date:
            at: datetime = one["append_time"]
            return at.replace(tzinfo=UTC).astimezone(self._zone).date()

        refused = Counter((local(one), one["reason"]) for one in letters)
        right = [(*key, count) for key, count in sorted(refused.items())]
        yield Made("每日退回，按原因", self._days(self._ask(find("quality", "每日退回，按原因"))), right)
        reasons: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for one in letters:
            reasons[zh_of[one["topic"]], one["reason"], one["field"]].append(one)
        rows = self._ask(find("quality", "退回的原因")).rows
        yield Made("退回的原因", {row[:3]: row[3:6] for row in rows}, {
            key: (len(of), sum(one["state"] in ("open", "refused again") for one in of),
                  max(one["append_time"] for one in of)) for key, of in reasons.items()
        })  # fmt: skip


def _worst(light: Row) -> tuple[int, int]:
    return -light["status_rank"], light["position"]


def _furthest(light: Row) -> tuple[int, float, int]:
    """As lists of what lags are ordered: the furthest behind first, what has no pace last."""
    gap = light["gap_days"]
    return -light["status_rank"], float("inf") if gap is None else gap, light["position"]


def _names(lights: Iterable[Row]) -> list[str]:
    return [light["zh"] for light in lights]


def _score(light: Row) -> float:
    """By which counties are ranked: the share of the target, else the value."""
    if light["value"] is None:
        return -1
    return float(light["value"] / light["target"] if light["target"] else light["value"])


def _unit(light: Row) -> tuple[str, int]:
    return "percent" if light["unit"] == "%" else f"suffix:{light['unit']}", light["decimals"]


def _arrow(now: int, then: int, unit: str = "") -> str:
    if now == then:
        return "→ 0"
    return f"↑ {now - then}{unit}" if now > then else f"↓ {then - now}{unit}"


def _read(why: str) -> str:
    """Without the blanks by which Grafana breaks it into lines."""
    return re.sub("(?<=[，；。]) ", "", why)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _alike(said: str, right: tuple[str, *tuple[About, ...]]) -> tuple[object, object]:
    """Both as (words with a gap for each number, the numbers), where there are numbers to be found."""
    words, *numbers = right
    if not numbers:
        return said, words
    pattern = re.escape(words).replace(re.escape("#"), r"(-?[\d.]+(?:e[+-]?\d+)?)")
    found = re.fullmatch(pattern, said)
    return ([float(each) for each in found.groups()], numbers) if found else (said, right)
