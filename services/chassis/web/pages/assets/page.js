// What every page does when scripts run. Without them it works the same: forms are plain, and moments are written out.

// A form is sent once: the button says so until the answer comes. A page that comes back by "Back" is drawn again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  if ("keeps" in form.dataset) setTimeout(() => allow(form), 3_000); // its answer is a file: the page stays
});

function allow(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// What was refused is read out first.
document.getElementById("fault")?.focus();
