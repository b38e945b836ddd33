// What every page of Albergue says of this telephone: how much waits and since when, and for an urgent record whom to
// call. It also sends while a page is open, and keeps the pages that work without a network.

import { device, evicted, forgetTrace, setWorker } from "./device.js";
import { keepSending, onChange, standing } from "./outbox.js";
import { keepSetting, setting } from "./store.js";
import { ago, badge, element, notice, wordsOf } from "./words.js";

const strip = document.querySelector("[data-outbox]");
const say = wordsOf("strip");
const AGES = 30_000;
const HOUR = 3_600_000;
const LANGUAGES = ["es", "en"];
let shown = "";

async function draw() {
  const { own, records } = await standing();
  const lost = own ? null : await evicted();
  const waiting = own ? records.filter((one) => one.state !== "set_aside") : [];
  const urgent = waiting.filter((one) => one.urgent);
  const parts = [];
  if (lost) parts.push(...told(lost));
  if (urgent.length) parts.push(await alarm(urgent));
  if (own) parts.push(await line(waiting));
  const text = parts.map((part) => part.textContent).join("\n");
  if (text === shown) return; // said again, it would be read out again
  shown = text;
  strip.replaceChildren(...parts);
  strip.hidden = !parts.length;
}

function line(waiting) {
  const paragraph = element("p", { class: "waits" });
  if (!waiting.length) paragraph.append(badge(say("all-sent"), "good"));
  else {
    const refused = waiting.filter((one) => one.state === "refused" || one.state === "conflict").length;
    const unsent = waiting.length - refused;
    if (unsent) paragraph.append(badge(say.many("unsent", unsent), "waiting"), ` ${say("oldest", { ago: ago(waiting[0].savedAt) })} `);
    if (refused) paragraph.append(badge(say.many("refused", refused), "bad"), " ");
    if (location.pathname !== strip.dataset.page) paragraph.append(element("a", { href: strip.dataset.page }, say("see")));
  }
  return paragraph;
}

async function alarm(urgent) {
  const box = element("div", { class: "notice bad" });
  box.append(element("p", {}, element("span", { class: "shape", "aria-hidden": "true" }, "▲"), " ", element("strong", {}, say("not-sent")), ` ${say.many("urgent", urgent.length)} ${say("call")}`));
  const directory = await directoryOf();
  box.append(element("ul", { class: "calls" }, call(directory?.emergency ?? strip.dataset.emergency, say("emergency"))));
  const desks = (directory?.desks ?? []).flatMap((desk) => desk.telephones.map((number) => call(number, `${desk.name}, ${desk.hours}`)));
  if (desks.length) {
    const open = strip.querySelector("details")?.open ?? false; // drawn again, it stays as it was
    box.append(element("details", { class: "unfold", open }, element("summary", {}, say.many("desks", desks.length)),
      element("ul", { class: "calls inside" }, ...desks)));
  }
  return box;
}

const call = (number, whose) => element("li", {}, element("a", { href: `tel:${number.replaceAll(/[^+\d]/g, "")}`, class: "button second" }, number), ` ${whose}`);

// Whom to call, as it was known when there was a network.
async function directoryOf() {
  try {
    const { reference } = await import("./reference.js");
    return (await reference(document.documentElement.lang)).directory;
  } catch {
    return null;
  }
}

function told(lost) {
  const words = lost.waiting ? say.many("lost", lost.waiting) : say("lost-nothing");
  const seen = element("button", { class: "second" }, say("understood"));
  seen.addEventListener("click", () => {
    forgetTrace();
    shown = "";
    update();
  });
  return [notice(words, "bad"), element("p", {}, element("a", { class: "button", href: "/albergue/telefono" }, say("enrol")), " ", seen)];
}

// The store may be out of reach: in a private window, or because the telephone is full.
async function update() {
  try {
    await draw();
  } catch (error) {
    const words = say(say.has(`store-${error.kind}`) ? `store-${error.kind}` : "store-broken");
    if (words === shown) return;
    shown = words;
    strip.replaceChildren(notice(words, "bad"));
    strip.hidden = false;
  }
}

// Whoever is signed in registers from now on; without a network it is changed by hand.
async function remember() {
  await keepSetting({ name: "language", code: document.documentElement.lang });
  const own = await device();
  const { viewer, shelter } = strip.dataset;
  if (own && viewer && shelter === own.shelter && viewer !== own.worker) await setWorker(viewer);
  const place = document.querySelector("[data-telephone]");
  if (own && place) place.textContent = `${viewer || own.worker} · ${own.shelter}`;
  if (own && viewer && navigator.onLine) await renew();
}

// Rules, texts and telephones of today, in every language that the form may be opened in.
async function renew() {
  if ((await setting("reference"))?.at > Date.now() - HOUR) return;
  const { refreshReference } = await import("./reference.js");
  const found = [];
  for (const language of LANGUAGES) found.push(await refreshReference(language));
  if (found.every((one) => one.rules && one.directory)) await keepSetting({ name: "reference", at: Date.now() });
}

if (strip) {
  onChange(update);
  update();
  remember().catch(() => {});
  setInterval(() => document.hidden || update(), AGES);
  keepSending();
  navigator.serviceWorker?.register("/albergue/sw.js", { type: "module", scope: "/albergue/" }).catch(() => {});
}
