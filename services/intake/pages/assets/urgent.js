// Whom to call, at once: beside the answer that called for it, and nowhere as long as nothing does.

const URGENT = ["danger_now", "medical_now"];
const isYes = (answer) => answer === "yes" || answer === "unsure";

/** `facts()`: what is answered now. Returns whether it is urgent, and how to draw the panel anew. */
export function urgentPanel(root, form, facts) {
  const panel = root.querySelector("[data-urgent]");
  const isUrgent = () => URGENT.some((one) => isYes(facts()[one]));
  const show = () => {
    const before = panel.hidden;
    const asked = URGENT.find((one) => isYes(facts()[one]));
    panel.hidden = !asked;
    if (asked) form.querySelector(`[data-question=${asked}]`).after(panel);
    if (before && asked) panel.querySelector("a").scrollIntoView({ block: "nearest" });
  };
  form.addEventListener("change", show);
  show();
  return { isUrgent, show };
}
