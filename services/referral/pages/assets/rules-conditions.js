// Evaluates the conditions of the rules: whether one holds for a case, and which answers decided that.
//
// A case has the answers by name, the day of the visit, the facts of the policy, the holidays, and the rules that have
// fired so far. `answers` are handed on beside it, because within `some` they are those of one element.

import { operatorOf, UnknownRuleError } from "./rules-language.js";
import { workingDaysPassed } from "./rules-calendar.js";

export function holds(condition, answers, of) {
  const operator = operatorOf(condition);
  return HOLDS[operator](condition, answers, of);
}

export function evidence(condition, answers, of) {
  // The names of the answers that made it hold, or not hold.
  const operator = operatorOf(condition);
  const found = EVIDENCE[operator] ?? ofAnswer;
  return [...new Set(found(condition, answers, of))];
}

export function answersOf(document) {
  // The answers by the names that rules use: `pregnancy.pregnant` for a part of one.
  const answers = new Map();
  for (const [name, value] of Object.entries(document.screening ?? {})) {
    answers.set(name, value);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [part, inner] of Object.entries(value)) answers.set(`${name}.${part}`, inner);
    }
  }
  return answers;
}

const list = (answers, name) => answers.get(name) ?? [];
const element = (one) => new Map(Object.entries(one));
const fact = (name, of) => {
  if (!Object.hasOwn(of.facts, name)) throw new UnknownRuleError(`fact ${name}`);
  return of.facts[name];
};

// An answer that is missing is no code: only its negation can hold.
const HOLDS = {
  all: (this_, answers, of) => this_.all.every((one) => holds(one, answers, of)),
  any: (this_, answers, of) => this_.any.some((one) => holds(one, answers, of)),
  not: (this_, answers, of) => !holds(this_.not, answers, of),
  fact: (this_, _, of) => holds(fact(this_.fact, of), of.answers, of),
  fired: (this_, _, of) => this_.fired.some((code) => of.fired.has(code)),
  only_fired: (this_, _, of) => [...of.fired].every((code) => this_.only_fired.includes(code)),
  is: (this_, answers) => answers.get(this_.field) === this_.is,
  in: (this_, answers) => this_.in.includes(answers.get(this_.field)),
  contains_any: (this_, answers) => list(answers, this_.field).some((one) => this_.contains_any.includes(one)),
  not_empty: (this_, answers) => list(answers, this_.field).length > 0,
  count_at_least: (this_, answers) => new Set(list(answers, this_.field)).size >= this_.count_at_least,
  some: (this_, answers, of) => list(answers, this_.some).some((one) => holds(this_.where, element(one), of)),
  working_days_since: (this_, answers, of) => {
    const since = answers.get(this_.working_days_since);
    if (since === undefined || since === null || since === "unknown") return false;
    return workingDaysPassed(since, of.day, this_.at_least, of.holidays);
  },
};

const members = (all, answers, of, outcome) =>
  all.filter((one) => holds(one, answers, of) === outcome).flatMap((one) => evidence(one, answers, of));

const EVIDENCE = {
  all: (this_, answers, of) => members(this_.all, answers, of, holds(this_, answers, of)),
  any: (this_, answers, of) => members(this_.any, answers, of, holds(this_, answers, of)),
  not: (this_, answers, of) => evidence(this_.not, answers, of),
  fact: (this_, _, of) => evidence(fact(this_.fact, of), of.answers, of),
  fired: () => [],
  only_fired: () => [],
  contains_any: (this_, answers, of) => (holds(this_, answers, of) ? [this_.field] : []),
  some: (this_, answers, of) => (holds(this_, answers, of) ? [this_.some] : []),
  working_days_since: (this_, answers) => given(this_.working_days_since, answers),
};

function ofAnswer(condition, answers) {
  return given(condition.field, answers);
}

function given(name, answers) {
  const value = answers.get(name);
  const missing = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return missing ? [] : [name];
}
