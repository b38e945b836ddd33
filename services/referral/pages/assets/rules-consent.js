// Whom to ask for consent, for what, and who may decide; and what is sent without asking, with its basis.
//
// It says what holds before anybody was asked. Where a life may depend on it and somebody who may decide is there, they
// are asked all the same: `unasked` is the basis on which it is sent if they are not, `ifUnable` if they cannot decide.
// Without `givers` nobody present may decide: a representative is needed, and nobody is asked.

import { holds } from "./rules-conditions.js";
import { urgencyOf } from "./rules-routing.js";

const PERSON = "person";

export function reportsAboutStaff(consent) {
  // Agencies that nobody at a shelter is shown anything of.
  return consent.without_asking.flatMap((one) => one.agencies ?? []);
}

export function consentOf(document, rules, proposals, fired, of) {
  const { consent, purposes } = rules;
  const hidden = reportsAboutStaff(consent);
  const givers = Object.keys(consent.givers).filter((giver) => holds(consent.givers[giver], of.answers, of));
  const found = { ask: [], sentWithoutAsking: [], withheld: [] };
  for (const proposal of proposals.filter((one) => !hidden.includes(one.agency))) {
    const { agency, urgency, categories, discloses } = proposal;
    const vital = isVital(proposal, consent.vital_interest, of);
    const ifUnable = vital ? consent.vital_interest.basis : null;
    const unasked = vital && isChild(consent, of) ? ifUnable : null;
    const basis = basisBefore(agency, document, consent, fired, of);
    if (withheld(agency, document)) found.withheld.push(agency);
    else if (basis) found.sentWithoutAsking.push({ agency, basis });
    else if (unasked && !givers.length) found.sentWithoutAsking.push({ agency, basis: unasked });
    else {
      const covers = covered(categories, purposes);
      const may = { purposes: Object.keys(covers), covers, givers, discloses };
      found.ask.push({ agency, urgency, categories, ...may, unasked, ifUnable });
    }
  }
  return found;
}

function basisBefore(agency, document, consent, fired, of) {
  // The basis on which a proposal is sent whatever anybody answers; null: there is none.
  const kind = document.kind ?? PERSON;
  const anyway = consent.without_asking.find((one) => one.kinds?.includes(kind));
  if (anyway) return anyway.basis;
  const child = inBestInterests(agency, document, consent.best_interests, fired, of);
  return child ? consent.best_interests.basis : null;
}

function withheld(agency, document) {
  return (document.kind ?? PERSON) === PERSON && (document.withhold_from ?? []).includes(agency);
}

function inBestInterests(agency, document, rule, fired, of) {
  const heard = rule.assent.includes(document.best_interests?.assent);
  if (!heard || !holds(rule.when, of.answers, of)) return false;
  return rule.agencies
    .filter((one) => one.agency === agency)
    .some(({ fired: codes, urgency }) =>
      fired.some((one) => codes.includes(one.code) && (!urgency || urgency.includes(urgencyOf(one, of)))),
    );
}

function isChild(consent, of) {
  return holds(consent.vital_interest.child, of.answers, of);
}

function isVital({ agency, urgency }, rule, of) {
  // Whether a life may depend on it and this agency can act at once. For a child it is sent unless somebody refuses;
  // for an adult only if they cannot decide.
  const able = holds(rule.child, of.answers, of) ? rule.agencies_for_a_child : rule.agencies;
  return rule.urgency.includes(urgency) && able.includes(agency) && holds(rule.when, of.answers, of);
}

function covered(categories, purposes) {
  // What each purpose covers of these categories; a purpose that covers none is not offered.
  const found = Object.entries(purposes).map(([purpose, codes]) => [
    purpose,
    categories.filter((one) => codes.includes(one)),
  ]);
  return Object.fromEntries(found.filter(([, codes]) => codes.length));
}
