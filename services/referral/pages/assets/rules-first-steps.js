// What is shown before anything is referred: first steps in their order, then the bodies with the legal duty.
//
// Where an authority is the one to fear, neither the emergency number nor a prosecutor's office is shown by default:
// only as something the person may want.

import { holds } from "./rules-conditions.js";

export function shownFirst(rules, directory, fired, feared, of) {
  const { order, not_for: notFor, if_wanted: ifWanted, if_wanted_prosecutor: prosecutor } = rules.first_steps;
  const shows = (rule) => !rule.show_first_when || holds(rule.show_first_when, of.answers, of);
  const steps = new Set(fired.filter(shows).flatMap((rule) => rule.show_first ?? []));
  const categories = fired.map((rule) => rule.code).filter((code) => !notFor.includes(code));
  const withDuty = (directory?.bodies ?? []).filter((body) => body.categories.some((one) => categories.includes(one)));
  const bodies = feared ? withDuty.filter((body) => !body.prosecutor) : withDuty;
  if (feared) {
    for (const [step, instead] of Object.entries(ifWanted)) if (steps.delete(step)) steps.add(instead);
    if (bodies.length < withDuty.length) steps.add(prosecutor);
  }
  return {
    firstSteps: order.filter((step) => steps.has(step)),
    bodies: bodies.map(({ code, name, duty, telephone, address }) => ({ code, name, duty, telephone, address })),
  };
}
