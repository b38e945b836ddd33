// The words of a page's scripts: its template brings them along in its language, so that a script knows no language and
// shows no key.

import { element } from "./elements.js";

export { element };

export function wordsOf(name) {
  const found = new Map();
  for (const template of document.querySelectorAll(`template[data-words="${name}"]`)) {
    for (const one of template.content.querySelectorAll("[data-word]")) found.set(one.dataset.word, one.textContent.trim());
  }
  const say = (key, parts = {}) =>
    (found.get(key) ?? found.get("other") ?? "").replace(/\{(\w+)\}/g, (whole, part) => parts[part] ?? whole);
  say.has = (key) => found.has(key);
  say.many = (key, number) => say(number === 1 ? `${key}-one` : `${key}-many`, { number });
  return say;
}

const SPANS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

// How long ago, in the page's language.
export function ago(moment) {
  const seconds = Math.max(0, (Date.now() - Date.parse(moment)) / 1_000);
  const [unit, length] = SPANS.find(([, each]) => seconds >= each) ?? SPANS.at(-1);
  return new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }).format(-Math.floor(seconds / length), unit);
}

export const exactly = (moment) =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(moment));

const SHAPES = { good: "✓", waiting: "◷", bad: "▲", over: "■" };

// A state: a word, a shape and a colour.
export const badge = (text, tone) =>
  element("span", { class: `badge ${tone}` }, element("span", { class: "shape", "aria-hidden": "true" }, SHAPES[tone]), ` ${text}`);

export const notice = (text, tone, role = null) =>
  element("p", { class: `notice ${tone}`, role }, element("span", { class: "shape", "aria-hidden": "true" }, SHAPES[tone]), ` ${text}`);
