// Days in Mexico City, and the working days between them: Monday to Friday without the holidays that the rules bring.

import { UnknownRuleError } from "./rules-language.js";

const ZONE = "America/Mexico_City";
const DAY = 86_400_000; // milliseconds
const SATURDAY = 6;

// In 366 days and twice the days that are asked for lie more working days than that, whatever the holidays.
const SURELY = (days) => 366 + 2 * days;

const local = new Intl.DateTimeFormat("en", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

export function dayInMexico(moment) {
  // The date there, as 2013-06-12, of a moment as RFC 3339 writes it.
  const parts = Object.fromEntries(local.formatToParts(new Date(moment)).map((one) => [one.type, one.value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}

export function workingDaysPassed(since, until, days, holidays) {
  // Whether so many working days or more lie after the first day, up to and including the last.
  const first = number(since);
  const last = number(until);
  if (last - first > SURELY(days)) return true;
  let found = 0;
  for (let at = first + 1; at <= last && found < days; at += 1) if (isWorkingDay(at, holidays)) found += 1;
  return found >= days;
}

function isWorkingDay(at, holidays) {
  const date = new Date(at * DAY);
  const year = date.getUTCFullYear();
  if (year < holidays.first_year || year > holidays.last_year) throw new UnknownRuleError(`holidays of ${year}`);
  const weekday = date.getUTCDay();
  return weekday > 0 && weekday < SATURDAY && !holidays.days.includes(date.toISOString().slice(0, 10));
}

function number(day) {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY);
}
