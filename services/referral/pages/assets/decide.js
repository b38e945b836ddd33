// Decides on the device what the server will decide again: which agencies, how soon, whom to ask, what to show first.
//
// Everything comes from the rules as `GET /api/v1/rules` answers them; nothing of a rule is written here. What nobody
// at a shelter may be shown, a report about its staff, is in `proposals` alone.

import { check } from "./rules-language.js";
import { consentOf, reportsAboutStaff } from "./rules-consent.js";
import { caseOf, fire, leadOf, proposals } from "./rules-routing.js";
import { holds } from "./rules-conditions.js";
import { shownFirst } from "./rules-first-steps.js";

export { UnknownRuleError } from "./rules-language.js";

export async function decide(document, { rules, directory }) {
  // Throws UnknownRuleError if the rules say what this evaluator does not know, or no holidays of the days asked for.
  check(rules);
  const { policy, consent } = rules;
  const of = caseOf(document, rules);
  const fact = (name) => Object.hasOwn(policy.facts, name) && holds(policy.facts[name], of.answers, of);
  const fired = fire(document, policy, of);
  const proposed = proposals(document, policy, fired, of);
  const hidden = reportsAboutStaff(consent);
  const shown = proposed.filter((one) => !hidden.includes(one.agency));
  const feared = fact("authority_feared");
  return {
    ruleSet: rules.version,
    child: fact("child"),
    danger: fact("danger"),
    authorityFeared: feared,
    categories: shownCategories(shown, rules),
    urgency: shown.map((one) => one.urgency).sort()[0] ?? null,
    proposals: proposed.map(({ agency, urgency, categories }) => ({ agency, urgency, categories })),
    leadAgency: leadOf(fired),
    ...shownFirst(rules, directory, fired, feared, of),
    ...consentOf(document, rules, proposed, fired, of),
    digest: await digestOf(document.submission_id, rules.version, shown),
  };
}

function shownCategories(shown, rules) {
  const found = new Set(shown.flatMap((one) => one.categories));
  return [...found].filter((one) => !rules.first_steps.not_for.includes(one)).sort();
}

async function digestOf(submission, ruleSet, shown) {
  // By it the server compares what was decided here with what it decides itself (ADR 0039).
  const lines = shown.map((one) => `${one.agency}:${one.urgency}:${one.categories.join(",")}`).sort();
  const said = new TextEncoder().encode([submission.toLowerCase(), ruleSet, lines.join("\n")].join("\n"));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", said));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}
