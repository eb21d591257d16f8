"""All of the board's texts, Chinese first, in one place; and the sentences that are put together from them."""

from __future__ import annotations

from dashboards.web import numerals
from dashboards.web.address import Language
from dashboards.web.model import Action, Day, Frame, Light, Plan, Region, Status
from dashboards.web.numerals import NBSP, amount, month, share, whole

OVERDUE = "overdue"
"""The key of the status of what has missed its date."""

_WORDS: dict[str, tuple[str, str]] = {
    # The frame of every page.
    "overview": ("总览", "Overview"),
    "data": ("数据", "Data"),
    "action": ("行动", "Action"),
    "actions": ("行动", "Actions"),
    "counties": ("县区", "Counties"),
    "indicator": ("指标", "Indicator"),
    "indicators": ("指标", "Indicators"),
    "skip": ("跳到正文", "Skip to content"),
    "pages": ("页面", "Pages"),
    "other_language": ("English", "中文"),
    "dark": ("深色", "Dark"),
    "light": ("浅色", "Light"),
    "wall": ("大屏", "Wall"),
    "print": ("打印", "Print"),
    "csv": ("CSV", "CSV"),
    "csv_of": ("下载表格“{title}”（CSV）", "Download the table “{title}” as CSV"),
    "as_of": ("数据截至", "As of"),
    "last_event": ("最近数据", "Last event"),
    "rate": ("流量", "Rate"),
    "per_second": ("{n}\u00a0条/秒", "{n}\u00a0events/s"),
    "lag": ("积压", "Lag"),
    "messages": ("{n}\u00a0条", "{n}\u00a0events"),
    "lag_unknown": ("未知", "unknown"),
    "trouble": (
        "数据库没有回答，画面停在上一次的数据。正在重试。",
        "The database does not answer; these are its last figures. Trying again.",
    ),
    "unlit": (
        "这里不是全部：{of} 盏灯中有 {n} 盏没有评估（{names}）。指标是新加的，或这些行丢失了。运行 pulse assess --once。",
        "This is not the whole: {n} of {of} lights were not assessed ({names}). The indicators are new, or their rows "
        "were lost. Run pulse assess --once.",
    ),
    # Before there are lights.
    "waiting": ("还没有可看的指标", "No lights yet"),
    "starting": (
        "数据正在统计，或者统计了还没有评定：pulse worker 会边统计边评定，单独评定用 pulse assess。",
        "Figures are being counted, or were counted and not judged yet: pulse worker does both, pulse assess judges alone.",
    ),
    "no_answer": (
        "数据库没有回答，或者还没有准备好（pulse migrate）。正在重试。",
        "The database does not answer, or has not been prepared (pulse migrate). Trying again.",
    ),
    "renews": ("一有指标，看板自己打开。", "The board opens by itself as soon as there is one."),
    "demo": ("演示：一座模拟的城市，真实的处理链路", "Demo: a simulated city on the real path"),
    "stages": ("步骤", "Steps"),
    "done": ("已完成", "done"),
    "begin": ("启动", "Start"),
    "counting": ("逐条统计一年的数据", "Count the year's events"),
    "judging": ("评定每项指标", "Judge every indicator"),
    "open": ("打开看板", "Open the board"),
    "progress": ("进度", "Progress"),
    "simulated_day": ("正在统计", "Now counting"),
    "counted_up_to": ("已统计到", "Counted up to"),
    "getting_ready": ("准备中", "Starting"),
    "registers": ("年初底数", "Registers"),
    "before_year": ("各部门在方案开始以前已有的登记", "what departments had on record before the plan began"),
    "counted": ("已统计", "Counted"),
    "of_messages": ("{n} / {of}\u00a0条", "{n} of {of}\u00a0events"),
    "seconds_left": ("还需", "Still to go"),
    "about_seconds": ("约 {n}\u00a0秒", "about {n}\u00a0s"),
    "about_minutes": ("约 {n}\u00a0分钟", "about {n}\u00a0min"),
    "sent": ("各部门的数据", "From the departments"),
    "sent_hint": ("已统计的条数", "events counted"),
    "waiting_about": (
        "部门的消息经 Kafka 到 Faust，逐条统计后写入 ClickHouse；看板只读其中的视图。统计、评定完毕，看板自己打开。",
        "Messages go through Kafka to Faust, are counted one by one and written to ClickHouse, whose views the board reads. "
        "It opens by itself once all is counted and judged.",
    ),
    "public": ("公开版：小于 {n} 的人数不显示", "Public: numbers of persons below {n} are not shown"),
    "hidden": ("不公开", "withheld"),
    "hidden_why": (
        "公开版不显示小于 {n} 的人数；为使隐去的数不能由合计推出，相邻的数也可能一并隐去。",
        "Numbers of persons below {n} are withheld, and others with them where they would give those away.",
    ),
    "not_found": ("没有这一页", "There is no such page"),
    "not_found_text": ("地址 {path} 不在本看板上。", "The address {path} is not on this board."),
    # Overview.
    "by_status": ("指标状态", "Indicators by status"),
    "of_indicators": ("全市 {n} 项指标", "{n} indicators, the whole city"),
    "seventeen": ("{n}\u00a0项行动，最差的在前", "{n} actions, worst first"),
    "lagging_list": ("哪里落后", "Where it lags"),
    "lagging_none": ("没有落后的指标。", "Nothing lags."),
    "and_more": ("另有 {n}\u00a0项，见各行动", "and {n} more: see the actions"),
    "heat": ("县区 × 行动", "Counties × actions"),
    "heat_hint": ("每格是该县该行动最差的状态", "Each cell is the worst status of that action there"),
    "since_yesterday": ("比昨天", "Since yesterday"),
    "this_week": ("近七天的变化", "Changes in seven days"),
    "no_changes": ("没有变化。", "No changes."),
    "day_of": ("第 {day}\u00a0天，共 {days}\u00a0天", "Day {day} of {days}"),
    "need_attention": ("{n} 项需要处理", "{n} need attention"),
    # Figures of a light.
    "value": ("数值", "Value"),
    "unit": ("单位", "Unit"),
    "target": ("目标", "Target"),
    "expected": ("按进度应有", "Expected"),
    "gap": ("与进度之差", "Against pace"),
    "days_of_pace": ("天", "days"),
    "gap_days": ("快慢（天）", "Days ahead"),
    "chance": ("达标概率", "Chance"),
    "forecast": ("到期预测", "Forecast"),
    "status": ("状态", "Status"),
    "since": ("自", "Since"),
    "due": ("期限", "Due"),
    "days_left": ("剩余", "Left"),
    "n_days": ("{n}\u00a0天", "{n}\u00a0days"),
    "department": ("责任单位", "Department"),
    "numerator": ("分子", "Numerator"),
    "denominator": ("分母", "Denominator"),
    "cohort": ("同批事项至今", "Same cases by now"),
    "by_now": ("至今 {n}", "by now {n}"),
    "cohort_hint": (
        "数值是各日当时的情况；“同批事项至今”是截至该日已发生的同一批事项，到现在办结的比例",
        "The value is what stood on each day; “same cases by now” is what has become of the cases begun by that day",
    ),
    "rate28": ("近28天日均", "Daily, last 28 days"),
    "required": ("尚需日均", "Daily, still required"),
    "shortfall": ("距目标", "Short of target"),
    "behind": ("距进度", "Short of pace"),
    "last_report": ("最近报送", "Last report"),
    "period": ("考核期", "Period"),
    "county": ("县区", "County"),
    "bar": ("图示", "Bar"),
    "rank": ("排名", "Rank"),
    "why": ("为什么是这个状态", "Why this light"),
    "sentence": ("方案原文", "The plan's own words (Chinese)"),
    "course": ("全年走势", "Through the year"),
    "course_label": (
        "{title}：全年走势、应有进度、目标与预测区间的折线图；数字见下表",
        "{title}: line chart of value, pace, target and forecast; its figures are in the table below",
    ),
    "pace": ("应有进度", "Pace"),
    "fan80": ("预测（80 % 区间）", "Forecast (80 %)"),
    "median": ("预测中位", "Forecast (median)"),
    "by_county": ("各县区", "By county"),
    "by_county_label": (
        "{title}：各县区条形图；数字见下表",
        "{title}: bar chart by county; its figures are in the table below",
    ),
    "months": ("逐月", "Month by month"),
    "quarters": ("逐季", "Quarter by quarter"),
    "figures": ("数字", "Figures"),
    "trend": ("走向", "Trend"),
    "improving": ("改善", "improving"),
    "steady": ("平稳", "steady"),
    "worsening": ("变差", "worsening"),
    "signal": ("信号", "Signal"),
    "up": ("异常偏高", "unusually high"),
    "down": ("异常偏低", "unusually low"),
    "always": ("每期可达标", "reaches its target every period"),
    "sometimes": ("碰运气达标", "reaches its target by chance"),
    "never": ("照此不能达标", "will not reach its target this way"),
    "assurance": ("过程能力", "Assurance"),
    "monitor": ("监测指标，无目标", "Watched, no target"),
    "unallocated": ("全市目标未分解到县区，只看数值", "The city's target is not divided among counties"),
    "no_forecast": ("无法预测", "No forecast"),
    "too_little": ("历史数据太少", "too little history"),
    "shifted": ("过程已明显改变", "the process has plainly shifted"),
    "no_data": ("数周没有数据", "no data for weeks"),
    "over": ("本期已结束", "this period is over"),
    "not_a_target": ("没有目标", "no target"),
    "of_city": ("全市", "City"),
    # County.
    "all_actions": ("各行动", "All actions"),
    "rank_of": ("第 {rank}\u00a0名，共 {of}\u00a0个", "Rank {rank} of {of}"),
    "rank_rule": ("按需要处理的指标数排，少者在前", "by indicators that need attention, fewest first"),
    "attention_here": ("需要处理", "Need attention"),
    # Data.
    "feeds": ("各部门数据", "The departments' feeds"),
    "silent": ("未报送", "Silent"),
    "reporting": ("正常报送", "reporting"),
    "silent_for": ("已 {n}\u00a0天没有数据", "silent for {n}\u00a0days"),
    "received_7d": ("近7天收到", "Received, 7 days"),
    "usual_7d": ("通常", "Usual"),
    "refused_28d": ("近28天拒收", "Refused, 28 days"),
    "duplicate_28d": ("重复", "Duplicates"),
    "conflict_28d": ("冲突", "Conflicts"),
    "lateness": ("迟到（中位/九成）", "Lateness (median / 90 %)"),
    "hours": ("{n}\u00a0小时", "{n}\u00a0h"),
    "days": ("{n}\u00a0天", "{n}\u00a0d"),
    "refusals": ("拒收的消息", "Refused messages"),
    "refusals_hint": (
        "尚待处理的，按原因；内容已脱敏",
        "Still open, by reason, with what departments are told, in Chinese; payloads are masked",
    ),
    "no_refusals": ("没有待处理的拒收消息。", "No open refusals."),
    "orphans": ("没有计入任何指标的事件", "Events that count for nobody"),
    "orphans_hint": (
        "合格并已保存，但缺少与之一起计数的登记；登记补报后自动计入",
        "Valid and kept, but what they would count together with is not known; once it is told, they count by themselves",
    ),
    "no_orphans": ("每条事件都有对应的登记。", "Every event found what it counts together with."),
    "cause": ("原因", "Why"),
    "missing": ("缺少", "Missing"),
    "would_move": ("本应影响的指标", "Would have moved"),
    "events": ("事件", "Events"),
    "samples": ("举例", "Samples"),
    "fewer_than": ("不足{n}", "fewer than {n}"),
    "place_of": ("名册中的地点：{types}", "the place on a roster: {types}"),
    "subject_of": ("同一对象的 {types}", "of the same subject: {types}"),
    "device_of": ("设备的 {types}", "of the device: {types}"),
    "a_county": ("写明县（市、区）的区划代码", "the code of a county"),
    "conflicts": ("冲突：同一修订号，两种内容", "Conflicts: one revision, two contents"),
    "conflicts_hint": (
        "指纹大的计入，与到达先后无关；改正请用更高的 revision 重新发布。全部：pulse conflicts",
        "The higher fingerprint counts, whatever came first; to settle it publish a higher revision. All: pulse conflicts",
    ),
    "no_conflicts": ("没有冲突。", "No conflicts."),
    "not_public": ("涉及个人，公开看板不列出。", "About single persons: not listed on a public board."),
    "record": ("记录", "Record"),
    "revision": ("修订", "Revision"),
    "contents": ("内容（计入的加粗）", "Contents (what counts is bold)"),
    "settled": ("已由更高的修订取代", "settled by a higher revision"),
    "reason": ("原因", "Reason"),
    "field": ("字段", "Field"),
    "count": ("条数", "Messages"),
    "latest": ("最近一条", "Latest"),
    "expected_is": ("应为", "Expected"),
    "hint": ("怎么改", "What to do"),
    "payload": ("内容（脱敏）", "Payload (masked)"),
    "show": ("查看", "Show"),
    "place": ("位置", "Place"),
    "date": ("日期", "Date"),
    "was": ("原来", "Was"),
    "now": ("现在", "Now"),
    # Access.
    "password": ("访问密码", "Password"),
    "enter": ("进入", "Enter"),
    "wrong_password": ("密码不对。", "That is not the password."),
    "no_user": ("请经由本单位的登录入口访问。", "Please come through your organization's sign-in."),
    "lost": ("连接断开", "Connection lost"),
    "lost_text": ("画面不再更新，正在重新连接……", "The figures stand still. Reconnecting …"),
}


def say(lang: Language, key: str, **values: object) -> str:
    """A text in a language. Raises KeyError for one that is not there."""
    text = _WORDS[key][0 if lang == "zh" else 1]
    return text.format(**values) if values else text


def knows(key: str) -> bool:
    """Whether there is such a text."""
    return key in _WORDS


# --- Names ---


def name(of: Light | Action | Region | Plan, lang: Language) -> str:
    """The name of an indicator, an action, a region or the plan."""
    return of.zh if lang == "zh" else of.en


def short(action: Action, lang: Language) -> str:
    """An action's name without what all of them have in common: 社区养老服务行动 → 养老服务."""
    if lang == "en":
        return action.en
    return action.zh.removesuffix("行动").removeprefix("社区") or action.zh


def where(light: Light, lang: Language) -> str:
    """The name of a light's region."""
    return light.region_zh if lang == "zh" else light.region_en


def status(of: Status, lang: Language) -> str:
    """A status in one word."""
    return of.zh if lang == "zh" else of.en


def office(department: str, frame: Frame, lang: Language) -> str:
    """A department without its city's name: 济宁市民政局 → 民政局. A key that the catalogue has not stays as it is."""
    found = frame.office.get(department)
    if found is None:
        return department
    return found.en if lang == "en" else found.zh.removeprefix(frame.region[frame.plan.city].zh)


# --- Figures with their units ---


def unit(of: str, frame: Frame, lang: Language, shown: str = "") -> str:
    """A unit as the catalogue has it, in English by its English name, the singular behind a 1."""
    found = frame.units.get(of) if lang == "en" else None
    if found is None:
        return of
    return found.one if shown in ("1", "−1") else found.many


def measured(value: float | None, of: str, frame: Frame, lang: Language, decimals: int = 0) -> str:
    """A figure with its unit: "1 234 人", "1 234 persons"."""
    return numerals.measured(value, unit(of, frame, lang, amount(value, decimals)), decimals)


def pieces(value: float, light: Light, frame: Frame, lang: Language) -> str:
    """A whole number of what an indicator counts, for a ratio of its numerator: "312 人", "312 persons"."""
    counted = frame.counts.get(light.indicator)
    of = light.unit if light.formula == "count" else (counted.numerator if counted else "")
    shown = whole(value)
    return numerals.behind(shown, unit(of, frame, lang, shown) if of else "个" if lang == "zh" else "")


def goal(light: Light, frame: Frame, lang: Language, *, beside: bool = False) -> str:
    """The target as the plan words it: ≥ 26 000 人, ≥ 26 000 persons. `beside`: the value, in whose unit it is: in English
    then without it, where words are long."""
    if light.target is None:
        return ""
    sign = {">=": "≥", "~": "≈"}.get(light.target_op, light.target_op)
    digits = 0 if light.target == int(light.target) else max(1, light.decimals)
    of = "" if beside and lang == "en" and light.unit in frame.units else light.unit
    return f"{sign}{NBSP}{measured(light.target, of, frame, lang, digits)}"


def value(light: Light, frame: Frame, lang: Language, *, away: bool = False) -> str:
    """The value with its unit. `away`: it is withheld."""
    if away:
        return say(lang, "hidden")
    return measured(light.value, light.unit, frame, lang, light.decimals)


# --- Sentences ---


def lagging(light: Light, frame: Frame, lang: Language) -> str:
    """One line of the lagging list: 泗水县 月探访率 78 %，差 312 人，还剩 9 天，责任单位 民政局."""
    return _comma(lang).join([headline(light, frame, lang), *particulars(light, frame, lang)])


def headline(light: Light, frame: Frame, lang: Language) -> str:
    """Where, what and how much: 泗水县 月探访率 78 %."""
    return f"{placed(light, lang)} {value(light, frame, lang)}"


def placed(light: Light, lang: Language) -> str:
    """Where and what: 泗水县 月探访率, Sishui: Elders visited."""
    return f"{where(light, lang)}{' ' if lang == 'zh' else ': '}{name(light, lang)}"


def particulars(light: Light, frame: Frame, lang: Language) -> list[str]:
    """How much is missing, how long there is, whose job it is."""
    zh = lang == "zh"
    parts = [short_of(light, frame, lang), time_left(light, lang)]
    parts.append(
        f"责任单位 {office(light.department, frame, lang)}" if zh else office(light.department, frame, lang)
    )
    return [part for part in parts if part]


def time_left(light: Light, lang: Language) -> str:
    """How long there is. What is overdue for a month that is over still has the present one; else its date is past."""
    zh, left = lang == "zh", light.days_left
    if left is None:
        return ""
    n, late = f"{abs(left)}{NBSP}", light.status == OVERDUE
    days = "day" if abs(left) == 1 else "days"
    if left < 0:
        return f"超期 {n}天" if zh else f"{n}{days} past due"
    if late and light.cadence in ("month", "quarter"):
        if left == 0:
            return "本期今天结束" if zh else "this period ends today"
        return f"本期还剩 {n}天" if zh else f"{n}{days} left in this period"
    if left == 0:
        return ("已到期" if late else "今天到期") if zh else ("past due" if late else "due today")
    return f"还剩 {n}天" if zh else f"{n}{days} left"


def _comma(lang: Language) -> str:
    return "，" if lang == "zh" else ", "


def short_of(light: Light, frame: Frame, lang: Language) -> str:
    """What is missing, in persons, places or pieces: of the target for a ratio, else of the pace. Empty if nothing is."""
    ratio = light.formula != "count"
    missing = light.shortfall if ratio and light.shortfall is not None else light.behind
    if not missing:
        return ""
    said = pieces(missing, light, frame, lang)
    return f"差 {said}" if lang == "zh" else f"{said} short"


def tempo(light: Light, lang: Language) -> str:
    """Ahead of or behind the pace, in days. Empty without a pace."""
    if light.gap_days is None:
        return ""
    days = amount(abs(light.gap_days), 0 if abs(light.gap_days) >= 10 else 1)
    if days in ("0", "0.0"):
        return "与进度持平" if lang == "zh" else "on pace"
    if lang == "zh":
        return f"{'超前' if light.gap_days > 0 else '落后'} {days}{NBSP}天"
    return f"{days}{NBSP}days {'ahead' if light.gap_days > 0 else 'behind'}"


def outlook(light: Light, lang: Language) -> str:
    """The chance, or why there is none."""
    if light.chance is not None:
        return share(light.chance)
    why = (
        say(lang, light.no_forecast) if light.no_forecast and knows(light.no_forecast) else light.no_forecast
    )
    said = say(lang, "no_forecast")
    return f"{said}（{why}）" if why and lang == "zh" else f"{said} ({why})" if why else said


def because(day: Day, lang: Language) -> str:
    """Every input of that day's light, in words."""
    return day.why_zh if lang == "zh" else day.why_en


def period(light: Light, lang: Language) -> str:
    """The period that is judged."""
    return month(light.period, lang) if light.period else ""
