// Which agencies a case leads to: every rule that fires proposes its agencies, one referral for each.

import { answersOf, evidence, holds } from "./rules-conditions.js";
import { dayInMexico } from "./rules-calendar.js";
import { looksAtOthers } from "./rules-language.js";

const PERSON = "person";
const HARM = "harm_events";

export function caseOf(document, rules) {
  // What conditions are asked about.
  return {
    answers: answersOf(document),
    day: dayInMexico(document.occurred_at),
    facts: rules.policy.facts,
    holidays: rules.holidays,
    fired: new Set(),
  };
}

export function fire(document, policy, of) {
  // The rules that fire, in the order of the table; those that look at other rules are asked last.
  const kind = document.kind ?? PERSON;
  const asked = policy.rules.filter((rule) => rule.kinds.includes(kind));
  for (const rule of [
    ...asked.filter((one) => !looksAtOthers(one.when)),
    ...asked.filter((one) => looksAtOthers(one.when)),
  ]) {
    if (!holds(rule.when, of.answers, of)) continue;
    const suppressed = (rule.suppressed ?? []).some((one) => holds(one.when, of.answers, of));
    if (!suppressed) of.fired.add(rule.code);
  }
  return policy.rules.filter((rule) => of.fired.has(rule.code));
}

export function urgencyOf(rule, of) {
  const raised = (rule.raises ?? []).find((one) => holds(one.when, of.answers, of));
  return raised ? raised.to : rule.urgency;
}

export function leadOf(fired) {
  return fired.find((rule) => rule.leads_case !== false)?.lead ?? null;
}

export function proposals(document, policy, fired, of) {
  // By agency, in the order of their codes: the most urgent class, the categories, and the names of what is disclosed.
  const found = new Map();
  for (const rule of fired) {
    const urgency = urgencyOf(rule, of);
    for (const [agency, names] of ledTo(rule, policy, of)) {
      const grounds = found.get(agency) ?? [];
      found.set(agency, [...grounds, { category: rule.code, urgency, names }]);
    }
  }
  return [...found.keys()].sort().map((agency) => {
    const grounds = found.get(agency);
    return {
      agency,
      urgency: grounds.map((one) => one.urgency).sort()[0],
      categories: grounds.map((one) => one.category).sort(),
      discloses: disclosed(agency, grounds, document, policy),
    };
  });
}

function ledTo(rule, policy, of) {
  // Each agency once, with the names of the answers that led to it.
  const { answers } = of;
  const own = [rule, ...(rule.suppressed ?? [])].flatMap((one) => evidence(one.when, answers, of));
  const agencies = new Map([[rule.lead, own]]);
  const more = (agency, names) => agencies.has(agency) || agencies.set(agency, [...own, ...names]);
  for (const { agency, when } of rule.also ?? []) {
    if (!when) more(agency, []);
    else if (holds(when, answers, of)) more(agency, evidence(when, answers, of));
  }
  const { child_rule: child } = policy;
  if (!child.except.includes(rule.code) && holds(child.when, answers, of)) {
    more(child.to, evidence(child.when, answers, of));
  }
  return agencies;
}

function disclosed(agency, grounds, document, policy) {
  const report = policy.reports[agency];
  const shown = report ?? policy.discloses;
  const answers = document.screening ?? {};
  const given = (name) => (name === "shelter" ? document.shelter : answers[name]) ?? null;
  const names = new Set(shown.always.filter((name) => given(name) !== null));
  for (const name of grounds.flatMap((one) => one.names)) {
    if (name === HARM ? shown.of_a_harm_event.length : !report) names.add(name);
  }
  return [...names].sort();
}
