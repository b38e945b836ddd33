// Passkeys: asks the server what to ask, lets the browser answer, and sends the answer as the form of the page.
// Without this script, or without passkeys in the browser, those forms stay hidden and everything else works.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

// The browser's answer to what the server asked, in the server's words. `kind`: get or create.
async function answered(kind, asked) {
  const options = { ...asked, challenge: bytes(asked.challenge) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    options[list] = (asked[list] ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  }
  if (asked.user) options.user = { ...asked.user, id: bytes(asked.user.id) };
  const made = await navigator.credentials[kind]({ publicKey: options });
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part]);
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response };
}

async function fill(form) {
  const note = form.querySelector('[role="status"]');
  const say = (words) => {
    note.textContent = words;
    note.hidden = !words;
  };
  say("");
  try {
    const asked = await fetch(form.dataset.options, { method: "POST", headers: { Accept: "application/json" } });
    if (asked.status === 401 || asked.status === 403) return location.reload(); // the page leads to what is missing
    if (!asked.ok) return say((await asked.json())[document.documentElement.lang === "es" ? "title" : "title_en"]);
    form.elements.credencial.value = JSON.stringify(await answered(form.dataset.passkey, await asked.json()));
    form.requestSubmit();
  } catch (error) {
    if (error.name === "InvalidStateError") say(form.dataset.known);
    else say(error.name === "NotAllowedError" ? form.dataset.cancelled : form.dataset.failed);
  }
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const one of document.querySelectorAll("[data-without-passkeys]")) one.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    let filling = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.credencial.value) return; // filled in: it is sent like any form
      event.preventDefault();
      event.stopPropagation(); // it is not sent yet
      if (filling) return;
      filling = true;
      await fill(form);
      filling = false;
    });
  }
}
