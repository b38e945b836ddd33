// What was answered, in the words of the form's own questions, to be read with the person before anything is sent.

import { element } from "./elements.js";

/** The answers by screen, each screen with a button that leads back to it. */
export function review(sections, words, goTo) {
  return sections.map((section) => {
    const title = section.querySelector("h2").textContent;
    const said = answersOn(section);
    return element("div", { class: "panel" },
      element("h3", {}, title),
      said.length ? element("dl", { class: "facts" }, said.flatMap(([question, answer]) =>
        [element("dt", {}, question), element("dd", { dir: "auto" }, answer)])) : element("p", { class: "hint" }, words.nothing_said),
      element("p", {}, element("button", {
        type: "button", class: "quiet", click: () => goTo(section.dataset.step), "aria-label": `${words.change}: ${title}`,
      }, words.change)));
  });
}

/** Pairs of question and answer, in words. */
export function answersOn(section) {
  return [...section.querySelectorAll("fieldset.choice, .field")].flatMap((one) => {
    if (one.closest("[hidden]") !== section.closest("[hidden]") && one.closest("[hidden]") !== null && one.closest("[hidden]") !== section) return [];
    const answer = answerIn(one);
    const question = one.querySelector("legend, label")?.firstChild?.textContent.trim() ?? "";
    return answer && question ? [[question, answer]] : [];
  });
}

function answerIn(part) {
  if (part.matches("fieldset")) {
    return [...part.querySelectorAll("input:checked")].map((one) => part.querySelector(`label[for="${CSS.escape(one.id)}"]`).textContent.trim()).join(", ");
  }
  const field = part.querySelector("input, select, textarea");
  if (!field?.value) return "";
  return field.matches("select") ? field.selectedOptions[0].textContent : field.value;
}
