"""Until when something must have happened.

Working days from rows that can be changed; hours where a child may be in danger.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from forms.casework.models.limits import LimitUnit, Stage, TimeLimit
from forms.casework.models.matters import Matter
from home.directory.calendar import add_working_days, working_days_between

logger = logging.getLogger(__name__)

_SUGGESTED = "系统建议值，可由管理员修改；"
# domain.md 6.1, "suggested default profile". The grounds are told as what they are: other places'
# rules that were read, and values we chose.
SUGGESTED_LIMITS = (
    (Stage.ACCEPT, "", 1, LimitUnit.WORKING_DAY, _SUGGESTED + "参照沈阳市12345热线转办1个工作日"),
    (
        Stage.REPLY,
        "",
        10,
        LimitUnit.WORKING_DAY,
        _SUGGESTED + "参照沈阳市12345热线求助10个工作日",
    ),
    (
        Stage.REPLY,
        Matter.GENERAL,
        5,
        LimitUnit.WORKING_DAY,
        _SUGGESTED + "参照沈阳市12345热线咨询类5个工作日",
    ),
    (
        Stage.REPLY,
        Matter.CORRECTION,
        5,
        LimitUnit.WORKING_DAY,
        "本站自定的办理时限，不是法定期限，可由管理员修改",
    ),
    (
        Stage.CLOSE,
        "",
        15,
        LimitUnit.WORKING_DAY,
        _SUGGESTED + "答复后留给家庭反馈的期限，参照辽宁省“好差评”办法整改15个工作日",
    ),
    (Stage.URGENT, "", 24, LimitUnit.HOUR, _SUGGESTED + "紧急事项当日（24小时内）处置"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, the moment from which it is late, and whether the day is an estimate."""

    on: date
    at: datetime
    estimated: bool = False


def start_of(day: date) -> datetime:
    """Midnight at the beginning of a day, in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def limit_for(stage: Stage, matter: str, on: date) -> TimeLimit:
    """The row that holds for a stage: the matter's own before the common one, the newest first.

    Where rows are missing the suggested limit holds and is logged: no family loses its request to a
    gap in a table.
    """
    limit: TimeLimit | None = (
        TimeLimit.objects.filter(Q(matter=matter) | Q(matter=""), stage=stage, valid_from__lte=on)
        .order_by("-matter", "-valid_from")
        .first()
    )
    if limit is None:
        logger.error("No time limit holds for stage %s on %s; the suggested one counts.", stage, on)
        limit = _suggested(stage, matter)
    return limit


def _suggested(stage: Stage, matter: str) -> TimeLimit:
    rows = {(row[0], row[1]): row for row in SUGGESTED_LIMITS}
    _stage, _matter, amount, unit, source = rows.get((stage, matter)) or rows[stage, ""]
    return TimeLimit(stage=stage, matter=matter, amount=amount, unit=unit, source=source)


def due(stage: Stage, matter: str, since: datetime) -> Due:
    """When a stage that began at `since` must be over."""
    limit = limit_for(stage, matter, timezone.localdate(since))
    if stage == Stage.URGENT:
        at = since + timedelta(hours=limit.amount)
        return Due(on=timezone.localdate(at), at=at)
    return _end_of(timezone.localdate(since), limit.amount)


def postponed(due_on: date, paused_at: datetime, resumed_at: datetime) -> Due:
    """A due date after a pause: the working days of the pause are added to it."""
    paused = working_days_between(timezone.localdate(paused_at), timezone.localdate(resumed_at))
    return _end_of(due_on, paused)


def soon_until(today: date) -> datetime:
    """Whatever is due before this moment is soon due: one working day is left or less."""
    return start_of(add_working_days(today, 1).date + timedelta(days=1))


def _end_of(start: date, days: int) -> Due:
    last = add_working_days(start, days)
    return Due(on=last.date, at=start_of(last.date + timedelta(days=1)), estimated=last.estimated)
