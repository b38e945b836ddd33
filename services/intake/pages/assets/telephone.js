// Enrols this browser as a telephone of the shelter.

import { device, enrol, EnrolmentError } from "./device.js";
import { StoreError } from "./store.js";
import { wordsOf } from "./words.js";

const say = wordsOf("telephone");
const part = (name) => document.querySelector(`main [data-${name}]`);
const form = part("enrol");

function refuse(words) {
  part("fault").textContent = words;
  part("fault").hidden = false;
  part("fault").scrollIntoView({ block: "center" });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const { codigo, nip, repetido } = form.elements;
  part("fault").hidden = true;
  if (nip.value !== repetido.value) return refuse(say("pin-differs"));
  const button = form.querySelector("button");
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  try {
    const { device: own, storage } = await enrol(codigo.value, nip.value, document.querySelector("[data-outbox]").dataset.viewer);
    part("enrolling").hidden = true;
    part("done").hidden = false;
    part("done").querySelector("[data-code]").textContent = own.id;
    part("done").querySelector("[data-storage]").textContent = say(`storage-${storage}`);
  } catch (error) {
    if (error instanceof EnrolmentError) refuse(error.title || say(error.code ? "refused" : "not-reached"));
    else if (error instanceof StoreError) refuse(say(say.has(`store-${error.kind}`) ? `store-${error.kind}` : "store-broken"));
    else throw error;
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

// The code may come with the link, in the part of it that no server is sent.
const given = new URLSearchParams(location.hash.slice(1)).get("codigo");
if (given) {
  form.elements.codigo.value = given;
  history.replaceState(null, "", location.pathname);
}

// A telephone that was revoked, or whose PIN nobody remembers, is enrolled anew; what it keeps stays.
part("again").addEventListener("click", () => {
  part("enrolled").hidden = true;
  part("enrolling").hidden = false;
  form.elements.codigo.focus();
});

const own = await device().catch(() => null);
if (own) {
  part("enrolled").hidden = false;
  part("enrolled").querySelector("[data-code]").textContent = own.id;
} else part("enrolling").hidden = false;
