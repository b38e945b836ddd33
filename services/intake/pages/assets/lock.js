// Covers a page that nobody uses, and opens it with the telephone's PIN. What was on it is forgotten, not hidden: the
// page writes its draft, empties itself, and reads the draft again when somebody has typed the PIN.

import { hasPin, openedBy, WrongPinError } from "./pin.js";

const IDLE = 300_000;
const LOOKS = 5_000; // milliseconds between two looks at the time: a timer stands still while a telephone sleeps
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("canaliza-candado") : null;

let opener = null; // the key pair, while the page is open
let guarded = null;
let covering = null; // what the cover will have decided
let used = Date.now();

// The key that opens the draft: at once while the page is open, else when the PIN has been typed. `null`: there is no
// PIN, or the tries are over.
export async function unlocked() {
  if (opener) return opener;
  if (!(await hasPin())) return null;
  return covering ?? cover();
}

// Watches this page. `forget` empties it (it may save first); `reopen` fills it in again from the draft.
export function guard({ forget, reopen }) {
  guarded = { forget, reopen };
  const look = () => Date.now() - used >= IDLE && lockHere();
  for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
    addEventListener(kind, () => look() || (used = Date.now()), { passive: true, capture: true });
  }
  setInterval(look, LOOKS);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
}

// Every page of this telephone, at once.
export function lockNow() {
  channel?.postMessage("lock");
  return lockHere();
}

if (channel) channel.onmessage = () => lockHere();

async function lockHere() {
  if (covering || !guarded) return true;
  const { forget, reopen } = guarded;
  if (!(await hasPin().catch(() => false)) || covering) return true; // not enrolled: nothing could open it again
  const opened = cover();
  await forget?.();
  opener = null;
  opened.then(reopen);
  return true;
}

// The cover takes the page's place, and gives it back.
function cover() {
  covering = new Promise((resolve) => {
    opener = null;
    const page = document.querySelector("main");
    const [screen] = document.querySelector("template[data-lock]").content.cloneNode(true).children;
    const [form, wrong] = [screen.querySelector("form"), screen.querySelector('[role="alert"]')];
    const pin = form.elements.nip;
    const leave = (result) => {
      screen.remove();
      page.hidden = false;
      page.id = "contenido";
      covering = null;
      used = Date.now();
      resolve(result);
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation(); // it goes nowhere, so that it may be typed again
      const typed = pin.value;
      pin.value = "";
      try {
        opener = await openedBy(typed);
        leave(opener);
      } catch (error) {
        if (!(error instanceof WrongPinError)) throw error;
        if (error.left === 0) return leave(null);
        wrong.textContent = `▲ ${wrong.dataset.words.replace("{left}", error.left)}`;
        wrong.hidden = false;
        pin.focus();
      }
    });
    page.removeAttribute("id");
    page.hidden = true;
    page.before(screen);
    pin.focus();
  });
  return covering;
}
