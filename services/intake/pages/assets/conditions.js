// Asks what applies and nothing else: a question that does not apply any more is hidden, and its answer is cleared.

import { factsOf, fieldsOf, holds } from "./form-document.js";

/** Keeps the form true to its answers, now and after every change. Returns how to do it after changing one by script. */
export function keepAsked(form, spec) {
  const update = () => {
    // clearing one answer may hang others on it
    for (let round = 0; round < 5; round += 1) if (!once(form, spec)) return;
  };
  form.addEventListener("change", update);
  update();
  return update;
}

function once(form, spec) {
  const facts = factsOf(fieldsOf(form), spec);
  let cleared = false;
  for (const one of form.querySelectorAll("[data-when]")) {
    const off = !holds(one.dataset.when, facts);
    if (one.dataset.step === undefined) one.hidden = off;
    else one.toggleAttribute("data-off", off);
    if (off) cleared = clear(one) || cleared;
  }
  return cleared;
}

/** Clears every answer inside. Returns whether there was one. */
export function clear(part) {
  let found = false;
  for (const one of part.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (one.type === "radio" || one.type === "checkbox") {
      found ||= one.checked;
      one.checked = false;
    } else {
      found ||= one.value !== "";
      one.value = "";
    }
  }
  return found;
}

/** One harm event to begin with; another at a time, as the person tells it. */
export function harmRows(form) {
  const rows = () => [...form.querySelectorAll("[data-row]")];
  const isEmpty = (row) => [...row.querySelectorAll("select")].every((one) => !one.value);
  const show = () => rows().forEach((row, at) => {
    row.hidden = at > 0 && isEmpty(row) && row.dataset.open === undefined;
  });
  for (const one of form.querySelectorAll(".asked .by-script")) one.hidden = false;
  form.querySelector("[data-add]")?.addEventListener("click", () => {
    const next = rows().find((row) => row.hidden) ?? anotherRow(rows());
    if (!next) return;
    next.dataset.open = "";
    show();
    next.querySelector("select").focus();
  });
  form.addEventListener("click", (event) => {
    const row = event.target.closest("[data-remove]")?.closest("[data-row]");
    if (!row) return;
    clear(row);
    delete row.dataset.open;
    show();
    form.dispatchEvent(new Event("change"));
    form.querySelector("[data-add]").focus();
  });
  show();
  return show;
}

function anotherRow(rows) {
  if (rows.length >= 40) return null;
  const last = rows.at(-1);
  const made = last.cloneNode(true);
  const number = rows.length + 1;
  made.dataset.row = number;
  for (const one of made.querySelectorAll("[id], [for]")) {
    for (const name of ["id", "for", "name"]) {
      const value = one.getAttribute(name);
      if (value) one.setAttribute(name, value.replace(/^harm-\d+-/, `harm-${number}-`));
    }
  }
  const legend = made.querySelector("legend");
  legend.textContent = legend.dataset.words.replace("{number}", number);
  clear(made);
  last.after(made);
  return made;
}

/** Adds rows until there are as many as a draft has. */
export function enoughRows(form, fields) {
  const wanted = Math.max(0, ...Object.keys(fields).map((name) => Number(/^harm-(\d+)-/.exec(name)?.[1] ?? 0)));
  for (let rows = [...form.querySelectorAll("[data-row]")]; rows.length < wanted; rows = [...form.querySelectorAll("[data-row]")]) {
    if (!anotherRow(rows)) return;
  }
}
