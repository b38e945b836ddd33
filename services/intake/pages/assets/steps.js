// One topic a screen: progress, back and next, the browser's Back, what is missing said at its question. Which screens
// there are, and what a screen needs before it is left, says whoever uses it.

// What the browser's history remembers of a screen. It outlives the form, so it names nobody whom a person was asked
// about: only that it was the twelfth screen, say.
const placeOf = (section, order) => (section?.dataset.step.startsWith("ask-") ? `ask:${order.indexOf(section)}` : section?.dataset.step);

/** `screens()`: the sections in their order, now. `ready(section)`: the faults before it may be left, [{name, words}].
    `left(section)`, then `keep(name)` with the next one's name, are awaited before that is shown. `shown(section)`: it
    has just been drawn. `returned(name)`: which is shown when the browser goes back, or forward, to one. */
export class Steps {
  constructor(root, { screens, ready, left, keep, shown, returned, words }) {
    Object.assign(this, { root, screens, ready, left, keep, shown, returned, words, current: null, busy: false });
    this.summary = root.querySelector("#faults");
    this.nav = root.querySelector("nav.steps");
    this.progress = root.querySelector("[data-progress]");
    this.nav.hidden = false;
    this.nav.querySelector("[data-next]").addEventListener("click", () => this.next());
    this.nav.querySelector("[data-back]").addEventListener("click", () => history.back());
    root.addEventListener("change", (event) => { // what was missing is there now
      event.target.closest("[data-question]")?.querySelector(":scope > .wrong")?.remove();
    });
    addEventListener("popstate", (event) => {
      const isThere = root.contains(this.current); // not once the form has ended
      if (event.state?.step && isThere) this.show(this.returned(event.state.step), { remember: false });
    });
  }

  /** Shows a screen. `remember`: the browser's Back leads to the one before it. */
  show(name, { remember = true, focus = true } = {}) {
    const order = this.screens();
    const section = order.find((one) => one?.dataset.step === name || placeOf(one, order) === name) ?? order[0];
    for (const one of this.root.querySelectorAll("[data-step]")) one.hidden = one !== section;
    for (const one of document.querySelectorAll(".question, [data-first-only]")) one.classList.toggle("gone", order.indexOf(section) > 0);
    this.summary.hidden = true;
    this.current = section;
    const at = order.indexOf(section);
    this.progress.textContent = this.words.progress.replace("{step}", at + 1).replace("{steps}", order.length);
    this.nav.querySelector("[data-back]").hidden = at === 0;
    const state = { step: placeOf(section, order) };
    if (history.state?.step !== state.step) history[remember && history.state?.step ? "pushState" : "replaceState"](state, "");
    this.shown?.(section);
    if (focus) {
      scrollTo(0, 0);
      section.querySelector("h2")?.focus();
    }
  }

  /** Leaves the screen for the next, unless something is missing on it. */
  async next() {
    if (this.busy) return;
    const faults = this.ready(this.current);
    if (faults.length) {
      this.tell(faults);
      return;
    }
    this.busy = true;
    try {
      await this.left(this.current);
      const order = this.screens();
      const following = order[order.indexOf(this.current) + 1];
      if (!following) return;
      await this.keep(following.dataset.step);
      this.show(following.dataset.step);
    } finally {
      this.busy = false;
    }
  }

  /** Says what is missing: at its question, and together at the top, which is read out. */
  tell(faults) {
    for (const one of this.root.querySelectorAll(".asked .wrong")) one.remove();
    const list = this.summary.querySelector("ul");
    list.replaceChildren();
    for (const { name, label, words } of faults) {
      const link = document.createElement("a");
      link.href = `#${name}`;
      link.textContent = `${label}: ${words}`;
      link.addEventListener("click", (event) => {
        event.preventDefault(); // a hash would be a step of the browser's Back
        const field = document.getElementById(name);
        (field?.matches("fieldset") ? field.querySelector("input, select") : field)?.focus();
        field?.scrollIntoView({ block: "start" });
      });
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
      const wrong = document.createElement("p");
      wrong.className = "wrong";
      wrong.textContent = words;
      this.root.querySelector(`[data-question="${CSS.escape(name)}"]`)?.prepend(wrong);
    }
    this.summary.hidden = false;
    this.summary.focus();
  }
}
