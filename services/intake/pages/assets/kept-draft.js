// What is being filled in, kept after every screen where this telephone can keep it, and forgotten when the page locks.

import { clear, enoughRows } from "./conditions.js";
import { fieldsOf } from "./form-document.js";

/** `page`: {form, asking, submission(), step(), redraw(), show(step)}. `parts`: the scripts that there are. */
export function keptDraft(page, parts) {
  const { form, asking } = page;
  let ended = false;
  let touched = false;
  form.addEventListener("input", () => { touched = true; });

  async function save(step = page.step()) {
    if (ended || !touched || !parts.drafts) return;
    const draft = { document: page.submission(), fields: fieldsOf(form), entered: asking.entered, step };
    await parts.drafts.saveDraft(draft).catch(() => {}); // the form goes on; the strip says that the disk is full
  }

  function putBack(draft) {
    enoughRows(form, draft.fields);
    for (const one of form.elements) {
      if (!one.name || ["quien", "shelter"].includes(one.name)) continue;
      if (one.type === "radio" || one.type === "checkbox") one.checked = draft.fields[one.name] === one.value;
      else one.value = draft.fields[one.name] ?? "";
    }
    asking.putBack(draft.entered);
    touched = true;
    page.redraw();
  }

  /** The screen that the draft was on; null: there is none. */
  async function open() {
    const draft = await parts.drafts?.openDraft().catch(() => null);
    if (!draft?.fields) return null;
    putBack(draft);
    return draft.step;
  }

  // The form is empty: what had its id waits to be sent, or was sent by another tab. The next person gets another.
  function begin() {
    form.elements.orden.value = crypto.randomUUID();
    touched = false;
  }

  parts.lock?.guard({
    forget: async () => {
      if (ended) return; // nothing is left on the page
      await save();
      clear(form);
      asking.forget();
      page.redraw();
    },
    reopen: async () => {
      if (ended) return;
      const step = await open();
      if (!step) begin();
      page.show(step ?? "place");
    },
  });

  return { save, open, end: () => { ended = true; } };
}
