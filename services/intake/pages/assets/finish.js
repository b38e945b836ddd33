// The end of the form: the record is kept on this telephone, or sent, and what happens next is said.

import { clear } from "./conditions.js";
import { element } from "./elements.js";
import { desks, firstSteps } from "./first-steps-shown.js";

/** `page`: the form and what it knows. `telephone()`: {parts, phone, draft, reference} as they are now. */
export class Finishing {
  constructor(page) {
    Object.assign(this, page);
  }

  /** Draws the screen whose button ends the form. */
  show() {
    const { words } = this;
    const { phone } = this.telephone();
    const button = element("button", { type: "button", click: () => this.#finish(button) }, phone ? words.save : words.send);
    this.root.querySelector("[data-save]").replaceChildren(
      element("p", {}, phone ? words.save_hint : words.send_hint), element("p", { role: "alert", class: "wrong" }), button);
  }

  async #finish(button) {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    const { phone } = this.telephone();
    try {
      await (phone ? this.#keep() : this.#send());
    } catch (error) {
      this.root.querySelector("[data-save] [role=alert]").textContent = phone ? this.words.not_kept : this.words.offline;
      error.rescue?.(); // the sealed record as a file, where this telephone has no room
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  async #keep() {
    const { parts, draft, reference } = this.telephone();
    const { decision } = this.asking;
    const urgent = this.urgent.isUrgent() || decision?.urgency === "U0";
    const decided = decision ? { rule_set: decision.ruleSet, digest: decision.digest } : null;
    await parts.outbox.keep(this.submission(this.asking.receipts()), { urgent, decided });
    draft.end();
    const { words, emergency } = this;
    const saved = element("section", {}, savedScreen({ decision, reference, emergency, urgent, words }));
    clear(this.form);
    this.root.replaceChildren(saved);
    history.replaceState(null, "");
    saved.querySelector("h2").focus();
  }

  async #send() {
    const { parts, draft } = this.telephone();
    const found = await send(this.form, this.asking.receipts());
    draft.end();
    if (!found) {
      HTMLFormElement.prototype.submit.call(this.form);
      return;
    }
    await parts.drafts?.dropDraft();
    clear(this.form); // Back leads to an empty form
    this.asking.forget();
    location.assign(found);
  }
}

// Sends the form over the network, for a telephone that is not enrolled. Returns the case's page; null: the server answers
// with a page of its own, which the browser then shows.
async function send(form, consents) {
  let field = form.elements.consentimientos;
  if (!field) {
    field = element("input", { type: "hidden", name: "consentimientos" });
    form.append(field);
  }
  field.value = consents?.length ? JSON.stringify(consents) : "";
  const answer = await fetch(form.action, {
    method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" },
  });
  const found = new URL(answer.url);
  return answer.redirected && found.pathname.startsWith("/albergue/casos/") ? found.pathname + found.search : null;
}

// The last screen: it is saved, what to do now, and the next person.
function savedScreen({ decision, reference, emergency, urgent, words }) {
  const steps = firstSteps(decision, emergency, words);
  return [
    element("h2", { tabindex: "-1" }, words.saved),
    element("p", { class: "notice good", role: "status" }, element("span", { class: "shape", "aria-hidden": "true" }, "✓"), ` ${words.saved}. ${words.saved_next}`),
    urgent ? element("div", { class: "notice bad" },
      element("p", {}, element("strong", {}, words.saved_urgent)), desks(reference?.directory)) : null,
    steps,
    element("p", {}, element("a", { class: "button", href: "/albergue/registrar" }, words.another)),
    element("p", {}, element("a", { href: "/albergue/pendientes" }, words.outbox)),
  ].filter(Boolean);
}
