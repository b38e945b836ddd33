// Whom to ask about, by the rules on this telephone, and what to do first. Where they are missing, or name what this
// telephone does not know, the form goes on without, and consent is asked on the case's page.

import { consentScreens, enteredOn, putBack, receiptsOf, wordingOf } from "./consent-screens.js";
import { element, filled } from "./elements.js";
import { firstSteps } from "./first-steps-shown.js";

export class Asking {
  /** `decide` is set once it has been loaded; `stale` when an answer changes, until it was decided anew. */
  constructor(root, { words, language, emergency }) {
    Object.assign(this, { root, words, language, emergency, decide: null });
    this.forget();
  }

  /** The screens that ask, one for each recipient. */
  get screens() {
    return [...this.root.querySelectorAll("[data-asks] > section")];
  }

  /** What was entered so far, also on screens that are not there just now. What was left out stays left out. */
  get entered() {
    const shown = this.screens.map((one) => `${one.dataset.step}-`);
    const away = Object.entries(this.before)
      .filter(([key, value]) => value === false || !shown.some((begin) => key.startsWith(begin)));
    return { ...Object.fromEntries(away), ...enteredOn(this.screens) };
  }

  /** Puts back what a draft had. */
  putBack(entered) {
    this.before = entered ?? {};
  }

  forget() {
    Object.assign(this, { decision: null, wording: null, asks: [], before: {}, stale: true });
    this.root.querySelector("[data-asks]").replaceChildren();
    this.root.querySelector("[data-first]").replaceChildren();
  }

  /** Decides anew on what is answered now, and makes the screens. What was entered stays where the same is asked. */
  async about(submission, reference) {
    this.before = this.entered;
    this.wording = wordingOf(reference);
    this.decision = null;
    try {
      if (reference?.rules && this.decide) this.decision = await this.decide(submission, reference);
    } catch {
      this.decision = null;
    }
    this.asks = submission.kind === "person" ? this.decision?.ask ?? [] : [];
    const sections = consentScreens({ ask: this.asks }, this.wording, this.words, this.language);
    this.root.querySelector("[data-asks]").replaceChildren(...sections);
    putBack(sections, this.before);
    this.root.querySelector("[data-first]").replaceChildren(...this.#first());
    this.stale = false;
  }

  /** What was decided, as the submission has it. */
  receipts() {
    return receiptsOf(this.screens, this.asks, this.wording, new Date());
  }

  #first() {
    const { decision, words } = this;
    const said = [firstSteps(decision, this.emergency, words) ?? element("p", { class: "hint" }, words.no_first_steps)];
    if (!decision) return [...said, element("p", { class: "notice waiting" }, words.no_rules)];
    const told = decision.sentWithoutAsking ?? [];
    if (told.length) {
      said.push(element("h3", {}, words.who_is_told), element("ul", {}, told.map((one) =>
        element("li", {}, this.#about(one.agency, words[`told.${one.basis}`])))));
    }
    for (const one of this.asks.filter((each) => !each.givers.length)) {
      said.push(element("p", { class: "notice waiting" }, this.#about(one.agency, words.nobody_may_decide)));
    }
    if (!this.screens.length) said.push(element("p", {}, words.nobody_to_ask));
    return said;
  }

  #about(agency, text = "{agency}") {
    return filled(text, { agency: `${agency.replaceAll("_", " ")} (${this.words[`agency.${agency}`]})` });
  }
}
