// What to do now, as the rules on this telephone say: the hospital and the emergency number, then the bodies with the
// legal duty. Where an authority is feared, they come only "if the person wishes".

import { element, filled } from "./elements.js";

const NUMBERED = { emergency_number: false, if_wanted_emergency_number: true };

/** The first steps and the bodies of a decision; null: there are none. */
export function firstSteps(decision, emergency, words) {
  const steps = decision?.firstSteps ?? [];
  const bodies = decision?.bodies ?? [];
  if (!steps.length && !bodies.length) return null;
  return element("div", {},
    steps.length ? element("h3", {}, words.first_steps) : null,
    steps.length ? element("ul", {}, steps.map((code) => element("li", {}, step(code, emergency, words)))) : null,
    bodies.length ? element("h3", {}, words.bodies) : null,
    bodies.length ? element("ul", {}, bodies.map(body)) : null);
}

function step(code, emergency, words) {
  const said = words[`first_step.${code}`] ?? code;
  if (!(code in NUMBERED)) return [said];
  return [`${said}: `, call(emergency, filled(words["urgent.call"], { number: emergency }))];
}

/** A link that calls a number. */
export function call(number, text = number) {
  return element("a", { href: `tel:${number.replaceAll(/[^+\d]/g, "")}` }, text);
}

function body({ name, duty, telephone, address }) {
  return element("li", {}, element("strong", {}, name), duty ? `. ${duty}` : "",
    telephone ? [" ", call(telephone)] : null, address ? ` ${address}` : "");
}

/** The duty desks with their telephones, of the directory; null: none has a number. */
export function desks(directory) {
  const known = (directory?.desks ?? []).filter((one) => numbersOf(one).length);
  if (!known.length) return null;
  return element("ul", {}, known.map((one) => element("li", {}, `${one.agency.replaceAll("_", " ")} · ${one.hours ?? ""} `,
    numbersOf(one).map((number) => [call(number), " "]).flat())));
}

function numbersOf(desk) {
  return desk.numbers ?? desk.telephones ?? [];
}
