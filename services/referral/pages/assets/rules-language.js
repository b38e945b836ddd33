// What a rule may be made of. Rules that say anything else are refused whole, before a case is read by them: an
// evaluator of yesterday must not decide half of what tomorrow's rules mean.

export class UnknownRuleError extends Error {
  // The rules say something that this evaluator does not know. Whoever asks goes on without deciding, and says so.
  constructor(what) {
    super(`unknown in the rules: ${what}`);
    this.name = "UnknownRuleError";
  }
}

// The further parts of a condition, by the operator that it has exactly one of.
const PARTS = {
  all: [],
  any: [],
  not: [],
  fact: [],
  fired: [],
  only_fired: [],
  is: ["field"],
  in: ["field"],
  contains_any: ["field"],
  not_empty: ["field"],
  count_at_least: ["field"],
  some: ["where"],
  working_days_since: ["at_least"],
};

const FORMAT = 1;
const OF = {
  policy: ["version", "facts", "discloses", "reports", "restricted", "child_rule", "purposes", "rules"],
  rule: [
    "code",
    "es",
    "en",
    "kinds",
    "when",
    "suppressed",
    "lead",
    "leads_case",
    "also",
    "urgency",
    "raises",
    "show_first",
    "show_first_when",
  ],
  consent: ["without_asking", "best_interests", "vital_interest", "givers"],
  unasked: ["basis", "kinds", "agencies"],
  interests: ["basis", "when", "assent", "agencies"],
  interest: ["agency", "fired", "urgency"],
  vital: ["basis", "when", "urgency", "child", "agencies", "agencies_for_a_child"],
  also: ["agency", "when"],
  raise: ["to", "when"],
  suppression: ["reason", "es", "en", "when"],
  childRule: ["when", "to", "except"],
  disclosure: ["always", "of_a_harm_event"],
};

const known = new WeakSet();

export function operatorOf(condition) {
  // The one operator of a condition.
  const found = Object.keys(condition ?? {}).filter((key) => Object.hasOwn(PARTS, key));
  if (found.length !== 1) throw new UnknownRuleError(`a condition of ${Object.keys(condition ?? {})}`);
  return found[0];
}

export function looksAtOthers(condition) {
  // Whether it depends on which other rules fired: such a rule is read after all that do not.
  const operator = operatorOf(condition);
  if (operator === "fired" || operator === "only_fired") return true;
  return inner(condition, operator).some(looksAtOthers);
}

export function check(rules) {
  // Throws UnknownRuleError if anything in the rules is unknown here. Each set of rules is looked through once.
  if (known.has(rules)) return;
  if (rules.format !== FORMAT) throw new UnknownRuleError(`format ${rules.format}`);
  const { policy, consent } = rules;
  only(policy, OF.policy);
  for (const needed of ["child", "danger"]) if (!Object.hasOwn(policy.facts, needed)) throw new UnknownRuleError(`no ${needed}`);
  const facts = Object.keys(policy.facts);
  const checked = (condition) => checkCondition(condition, facts);
  for (const fact of Object.values(policy.facts)) checkCondition(fact, []);
  only(policy.child_rule, OF.childRule);
  checked(policy.child_rule.when);
  for (const shown of [policy.discloses, ...Object.values(policy.reports)]) only(shown, OF.disclosure);
  for (const rule of policy.rules) checkRule(rule, checked);
  checkConsent(consent, checked);
  known.add(rules);
}

function checkRule(rule, checked) {
  only(rule, OF.rule);
  checked(rule.when);
  if (rule.show_first_when) checked(rule.show_first_when);
  const lists = [
    [rule.also, OF.also],
    [rule.raises, OF.raise],
    [rule.suppressed, OF.suppression],
  ];
  for (const [list, parts] of lists) {
    for (const one of list ?? []) {
      only(one, parts);
      if (one.when) checked(one.when);
    }
  }
}

function checkConsent(consent, checked) {
  only(consent, OF.consent);
  for (const one of consent.without_asking) only(one, OF.unasked);
  only(consent.best_interests, OF.interests);
  for (const one of consent.best_interests.agencies) only(one, OF.interest);
  only(consent.vital_interest, OF.vital);
  const givers = Object.values(consent.givers);
  for (const one of [consent.best_interests.when, consent.vital_interest.when, consent.vital_interest.child, ...givers]) checked(one);
}

function checkCondition(condition, facts) {
  const operator = operatorOf(condition);
  only(condition, [operator, ...PARTS[operator]]);
  if (operator === "fact" && !facts.includes(condition.fact)) throw new UnknownRuleError(`fact ${condition.fact}`);
  for (const one of inner(condition, operator)) checkCondition(one, facts);
}

function inner(condition, operator) {
  if (operator === "all" || operator === "any") return condition[operator];
  if (operator === "not") return [condition.not];
  return operator === "some" ? [condition.where] : [];
}

function only(part, names) {
  for (const name of Object.keys(part)) if (!names.includes(name)) throw new UnknownRuleError(name);
}
