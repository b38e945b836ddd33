// Asks for consent recipient by recipient, a screen each: who it is, what for, what exactly it would be told, the text
// of today's version, and whatever the person decides, "not now" included. Nothing is ticked beforehand but what would
// be told; nobody is pressed.

import { choice, element, filled } from "./elements.js";
import { readAloud } from "./read-aloud.js";
import { withOffset } from "./form-document.js";

const DECISIONS = ["granted", "refused", "cannot_decide", "wants_time", "not_asked"];
const HOURS = ["1", "6", "24", "72", "168"];
const HOUR = 3_600_000;

/** The current text of consent; null: there is none, and nobody can say yes here. */
export function wordingOf(reference) {
  return reference?.wordings?.wordings?.find((one) => one.use === "consent" && one.current) ?? null;
}

/** The screens of a decision: sections with `data-step`, to be shown one by one. */
export function consentScreens(decision, wording, words, language) {
  return decision.ask.filter((one) => one.givers.length).map((one) => screen(one, wording, words, language));
}

function screen(ask, wording, words, language) {
  const name = `ask-${ask.agency}`;
  const full = words[`agency.${ask.agency}`];
  const purpose = ask.purposes.includes("protection") ? "protection" : ask.purposes[0];
  const title = filled(words["ask.title"], { agency: ask.agency.replaceAll("_", " ") });
  const fields = ask.discloses.map((field) => [field, words[`field.${field}`] ?? field]);
  const button = element("button", { type: "button", class: "second" }, words["ask.read"]);
  const purposes = ask.purposes.map((one) => [one, words[`purpose.${one}`]]);
  const asked = JSON.stringify([ask.givers, ask.purposes, ask.discloses, wording?.version]);
  const section = element("section", { "data-step": name, "data-asked": asked, hidden: true },
    element("h2", { tabindex: "-1" }, title),
    element("p", {}, `${full}. ${words[`who.${ask.agency}`] ?? ""}`),
    element("p", {}, button),
    purposes.length > 1 ? choice(`${name}-purpose`, words["ask.what_for"], purposes, purpose)
      : element("p", {}, element("strong", {}, `${words["ask.what_for"]}: `), purposes[0]?.[1] ?? ""),
    element("h3", {}, words["ask.fields"]),
    element("ul", { class: "told" }, fields.map(([field, text]) => element("li", { "data-field": field }, text))),
    element("p", {}, words["ask.always"]),
    less(name, fields, words),
    wording ? element("details", { class: "unfold" }, element("summary", {}, words["ask.wording"]),
      element("div", { class: "inside" }, element("p", { class: "said" }, wording.text))) : null,
    element("div", { class: "asked", "data-question": `${name}-decision` },
      choice(`${name}-decision`, words["ask.decision"], offered(wording, words))),
    element("div", { class: "asked", "data-of": "granted", "data-question": `${name}-how`, hidden: true },
      choice(`${name}-how`, words["ask.how"], ["verbal_witnessed", "signed"].map((one) => [one, words[`how.${one}`]]))),
    element("div", { class: "field", "data-of": "wants_time", hidden: true },
      element("label", { for: `${name}-until` }, words["ask.until"]),
      element("select", { id: `${name}-until`, name: `${name}-until` },
        HOURS.map((hours) => element("option", { value: hours, selected: hours === "24" }, words[`until.${hours}`])))),
    element("div", { class: "asked", "data-question": `${name}-giver`, hidden: ask.givers.length < 2 },
      choice(`${name}-giver`, words["ask.given_by"], ask.givers.map((one) => [one, words[`given_by.${one}`]]),
        ask.givers.length === 1 ? ask.givers[0] : "")));
  section.addEventListener("change", () => keepTrue(section, name));
  readAloud(button, () => spoken(section, title, full, wording, words), language, words);
  return section;
}

function offered(wording, words) {
  return DECISIONS.filter((one) => wording || one !== "granted").map((one) => [one, words[`decision.${one}`]]);
}

function less(name, fields, words) {
  const all = fields.map(([field]) => field);
  return element("details", { class: "unfold" }, element("summary", {}, words["ask.less"]),
    element("div", { class: "inside" }, choice(`${name}-fields`, words["ask.fields"], fields, all, "checkbox")));
}

// What depends on the decision is shown with it; what would be told is what is still ticked.
function keepTrue(section, name) {
  const decision = valueOf(section, `${name}-decision`);
  for (const one of section.querySelectorAll("[data-of]")) one.hidden = one.dataset.of !== decision;
  const told = ticked(section, `${name}-fields`);
  for (const one of section.querySelectorAll("[data-field]")) one.hidden = !told.includes(one.dataset.field);
}

/** What is missing on a screen before it can be left. */
export function missing(section, words) {
  const name = section.dataset.step;
  const decision = valueOf(section, `${name}-decision`);
  const faults = [];
  const lacks = (part, label) => faults.push({ name: `${name}-${part}`, label: words[label], words: words.missing });
  if (!decision) lacks("decision", "ask.decision");
  if (decision === "granted" && !valueOf(section, `${name}-how`)) lacks("how", "ask.how");
  if (decision === "granted" && !ticked(section, `${name}-fields`).length) lacks("fields", "ask.fields");
  if (decision && !valueOf(section, `${name}-giver`)) lacks("giver", "ask.given_by");
  return faults;
}

/** What was decided on these screens, as the submission has it. `asked`: when, on this device's clock. */
export function receiptsOf(sections, asks, wording, asked) {
  return sections.map((section) => receipt(section, asks, wording, asked)).filter(Boolean);
}

function receipt(section, asks, wording, asked) {
  const name = section.dataset.step;
  const decision = valueOf(section, `${name}-decision`);
  if (!decision) return null;
  const recipient = name.slice("ask-".length);
  const ask = asks.find((one) => one.agency === recipient);
  const purpose = valueOf(section, `${name}-purpose`)
    || (ask.purposes.includes("protection") ? "protection" : ask.purposes[0]) || "protection";
  const said = { recipient, decision, purpose, given_by: valueOf(section, `${name}-giver`) || ask.givers[0] };
  if (decision === "granted") {
    said.fields = ticked(section, `${name}-fields`);
    said.how = valueOf(section, `${name}-how`);
    said.wording_version = wording.version;
  }
  if (decision === "wants_time") {
    said.until = withOffset(new Date(asked.getTime() + Number(valueOf(section, `${name}-until`)) * HOUR));
  }
  return said;
}

/** What was entered on a screen, to be kept in a draft and put back: by what it means, for its place may change. */
export function enteredOn(sections) {
  return Object.fromEntries(sections.flatMap((section) => [
    [`${section.dataset.step}-asked`, section.dataset.asked],
    ...[...section.querySelectorAll("input, select")].map((one) => [keyOf(one), one.matches("select") ? one.value : one.checked]),
  ]));
}

const keyOf = (one) => (one.matches("select") ? one.id : `${one.name}=${one.value}`);

/** Puts back what was entered where the same is asked again, of the same person, with the same text: who said yes to
    less, or to another text, or for somebody else, has not said yes to this. */
export function putBack(sections, entered) {
  for (const section of sections) {
    if (entered[`${section.dataset.step}-asked`] !== section.dataset.asked) continue;
    for (const one of section.querySelectorAll("input, select")) {
      const before = entered[keyOf(one)];
      if (before === undefined) continue;
      if (one.matches("select")) one.value = before;
      else one.checked = before;
    }
    keepTrue(section, section.dataset.step);
  }
}

function spoken(section, title, full, wording, words) {
  const told = [...section.querySelectorAll("[data-field]:not([hidden])")].map((one) => one.textContent).join(", ");
  return [title, full, words[`who.${section.dataset.step.slice(4)}`] ?? "", `${words["ask.fields"]}: ${told}.`, words["ask.always"], wording?.text ?? ""].join(" ");
}

function valueOf(section, name) {
  const chosen = section.querySelector(`[name="${name}"]:checked, select[name="${name}"]`);
  return chosen?.value ?? "";
}

function ticked(section, name) {
  return [...section.querySelectorAll(`[name="${name}"]:checked`)].map((one) => one.value);
}
