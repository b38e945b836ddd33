// The registration form on a telephone: a screen for each topic, then consent recipient by recipient by the rules on this
// telephone, then kept here before any network. Without scripts the same fields are one long form.

import { Asking } from "./asking.js";
import { harmRows, keepAsked } from "./conditions.js";
import { missing } from "./consent-screens.js";
import { Finishing } from "./finish.js";
import { desks } from "./first-steps-shown.js";
import { documentOf, factsOf, fieldsOf, withOffset } from "./form-document.js";
import { keptDraft } from "./kept-draft.js";
import { stopReading } from "./read-aloud.js";
import { reference as referenceOf } from "./reference.js";
import { review } from "./review.js";
import { Steps } from "./steps.js";
import { urgentPanel } from "./urgent.js";

const root = document.getElementById("register");
if (root) await start(root);

async function start(root) {
  const form = root.querySelector("#form");
  const [spec, words] = [JSON.parse(root.dataset.spec), JSON.parse(root.dataset.words)];
  const { language, emergency } = root.dataset;
  const loading = optionalParts(root.dataset.modules); // the form is used before they are there
  let [parts, phone, draft] = [{}, null, null];
  let settle = null;
  const settled = new Promise((done) => { settle = done; });
  const asking = new Asking(root, { words, language, emergency });
  const screen = (name) => root.querySelector(`[data-step=${name}]`);
  const answered = () => [...form.querySelectorAll("[data-step]")].filter((one) => one.dataset.off === undefined);
  const facts = () => factsOf(fieldsOf(form), spec);
  let reference = null;

  for (const one of root.querySelectorAll(".without-script")) one.remove();
  if (root.dataset.shell !== undefined) form.elements.orden.value = crypto.randomUUID();
  const showRows = harmRows(form);
  const askAgain = keepAsked(form, spec);
  const urgent = urgentPanel(root, form, facts);

  const submission = (consents) => documentOf(fieldsOf(form), spec, {
    submissionId: form.elements.orden.value,
    shelter: phone?.shelter || root.dataset.shelter,
    worker: phone?.worker || root.dataset.worker,
    now: new Date(),
    consents,
  });

  const steps = new Steps(root, {
    words,
    screens: () => [
      ...answered(), screen("review"), ...(facts().kind === "person" ? [screen("first"), ...asking.screens] : []), screen("save"),
    ],
    ready: (section) => (section.dataset.step.startsWith("ask-") ? missing(section, words) : unanswered(section, words)),
    left: async (section) => {
      if (section.dataset.step === "place") form.elements.iniciado.value = withOffset(new Date());
      if (section.dataset.step === "review") await decide();
    },
    keep: async (next) => {
      await settled;
      await draft.save(next);
    },
    shown: (section) => {
      stopReading();
      const name = section.dataset.step;
      if (name === "review") screen("review").querySelector("[data-review]").replaceChildren(...review(answered(), words, (to) => steps.show(to)));
      if (name === "save") finishing.show();
      root.querySelector("[data-next]").hidden = name === "save";
    },
    // what is asked of the person depends on the answers: nobody goes forward past a changed one
    returned: (name) => (asking.stale && !answered().some((one) => one.dataset.step === name) ? "review" : name),
  });
  form.addEventListener("change", () => { asking.stale = true; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // page.js would take it for sent
    steps.next();
  });
  root.querySelector("[data-drop]").addEventListener("click", async () => {
    draft.end();
    await parts.drafts.leaveDraft();
    location.reload();
  });

  async function show(step) {
    if (step === "first" || step.startsWith("ask-") || step === "save") await decide();
    steps.show(step);
  }

  async function decide() {
    await settled;
    reference ??= await referenceOf(language).catch(() => null);
    await asking.about(submission(), reference);
  }

  const telephone = () => ({ parts, phone, draft, reference });
  const finishing = new Finishing({ root, form, words, emergency, asking, submission, urgent, telephone });

  const wrong = form.querySelector(".wrong")?.closest("[data-step]");
  steps.show(wrong?.dataset.step ?? "place", { remember: false, focus: Boolean(wrong) });
  root.querySelector("#faults").hidden = !wrong;
  if (wrong) root.querySelector("#faults").focus();
  root.dataset.ready = Math.round(performance.now()); // milliseconds after the page was asked for

  parts = await loading;
  phone = (parts.outbox && (await parts.device?.device().catch(() => null))) ?? null;
  asking.decide = parts.decide?.decide;
  draft = keptDraft({
    form, asking, submission,
    step: () => steps.current.dataset.step,
    redraw: () => {
      askAgain();
      showRows();
      urgent.show();
      screen("review")?.querySelector("[data-review]").replaceChildren(); // it is drawn when it is shown
    },
    show,
  }, parts);
  settle();
  root.querySelector("#no-draft").hidden = Boolean(phone);
  const step = wrong ? null : await draft.open();
  root.querySelector("#draft").hidden = !step;
  if (step) await show(step);
  root.dataset.loaded = "";

  reference = (await referenceOf(language).catch(() => null)) ?? reference;
  const list = desks(reference?.directory);
  if (list) root.querySelector("[data-desks]")?.append(list);
  if (list) root.querySelector("[data-desks]")?.removeAttribute("hidden");
}

// The required questions of a screen that have no answer.
function unanswered(section, words) {
  return [...section.querySelectorAll("[data-required]:not([hidden])")].filter((one) =>
    ![...one.querySelectorAll("input, select")].some((each) => (each.matches("select") ? each.value : each.checked)),
  ).map((one) => {
    const label = one.querySelector("legend, label").firstChild.textContent.trim();
    return { name: one.dataset.question, label, words: words.missing };
  });
}

// One that a bad network did not bring is missing, and the form goes on without it.
async function optionalParts(names) {
  const loaded = names.split(" ").filter(Boolean).map(async (name) =>
    [name.replace(".js", ""), await import(`./${name}`).catch(() => null)]);
  return Object.fromEntries(await Promise.all(loaded));
}
