"""Says moments and durations as people say them, in the viewer's language and time zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.chassis.locales import Translator

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def day(at: datetime, zone: ZoneInfo, say: Translator, now: datetime) -> str:
    """«hoy», «mañana», «ayer», or the date: 14/06/2013."""
    there, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    near = {0: "time.today", 1: "time.tomorrow", -1: "time.yesterday"}.get((there - today).days)
    return say(near) if near else f"{there:%d/%m/%Y}"


def moment(at: datetime, zone: ZoneInfo, say: Translator, now: datetime) -> str:
    """The day and the hour: «hoy 14:05»."""
    return f"{day(at, zone, say, now)} {at.astimezone(zone):%H:%M}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    """The day, the hour to the second, and the offset: 14/06/2013 14:05:09 -06:00."""
    there = at.astimezone(zone)
    offset = f"{there:%z}"
    return f"{there:%d/%m/%Y %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def lasting(span: timedelta, say: Translator) -> str:
    """A duration in its largest unit: «25 minutos», «3 horas», «2 días»; anything under a minute is «1 minuto»."""
    number, key = _largest(span)
    return say.plural(key, number)


def left(at: datetime, say: Translator, now: datetime) -> str:
    """How far off a moment is: «quedan 25 minutos», «queda 1 hora», «hace 3 horas»."""
    span = lasting(at - now, say)
    return say.plural("time.left", _largest(at - now)[0], span=span) if at > now else say("time.over", span=span)


def _largest(span: timedelta) -> tuple[int, str]:
    """The number of its largest unit, and the key of that unit's word."""
    span = abs(span)
    for unit, key in ((DAY, "time.days"), (HOUR, "time.hours")):
        if span >= unit * (2 if unit is DAY else 1):
            return int(span / unit), key
    return max(1, int(span / MINUTE)), "time.minutes"


def waiting(seconds: int, say: Translator) -> str:
    """How long to wait, never said shorter than it is: «40 segundos», «3 minutos»."""
    if seconds <= 90:
        return say.plural("time.seconds", seconds)
    return say.plural("time.minutes", -(-seconds // 60))
