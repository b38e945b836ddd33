// The page of what this telephone keeps: every record with its state in words, what arrived, and the telephone itself.

import { device, setWorker } from "./device.js";
import { guard, lockNow } from "./lock.js";
import { exportFile, onChange, putAway, receipts, records, send } from "./outbox.js";
import { changePin, hasPin, newPin, SHAPE, WrongPinError } from "./pin.js";
import { promised, setting } from "./store.js";
import { ago, badge, element, exactly, notice, wordsOf } from "./words.js";

const say = wordsOf("outbox");
const lang = document.documentElement.lang;
const part = (name) => document.querySelector(`[data-${name}]`);
const TONES = { waiting: "waiting", held: "bad", refused: "bad", conflict: "bad", set_aside: "over" };
const WRONG_BY = 300; // seconds

function row(one) {
  const box = element("article", { class: "panel", "data-record": one.id, "data-state": one.state });
  const title = element("h3", {}, say("saved", { when: exactly(one.savedAt), ago: ago(one.savedAt) }));
  const state = element("p", {}, badge(say(`state-${one.state}`), TONES[one.state]));
  if (one.urgent) state.append(" ", badge(say("urgent"), "bad"));
  if (one.unfinished) state.append(" ", badge(say("unfinished"), "waiting"));
  box.append(title, state);
  const why = one.state === "set_aside" ? "set_aside" : one.reason?.code;
  if (why) box.append(element("p", {}, say(say.has(`why-${why}`) ? `why-${why}` : "why-server")));
  if (one.reason?.faults?.length) box.append(faults(one.reason.faults));
  if (one.state === "refused") box.append(element("p", {}, element("a", { href: "/albergue/trabajo" }, say("correct"))));
  if (one.old) box.append(notice(say("old"), "bad"));
  if (one.state === "set_aside") box.append(putAwayButton(one.id));
  return box;
}

function faults(found) {
  const list = element("ul");
  for (const one of found) list.append(element("li", {}, one[lang] ?? one.es ?? ""));
  return list;
}

function putAwayButton(id) {
  const button = element("button", { class: "second", type: "button" }, say("put-away"));
  button.addEventListener("click", tried(() => putAway(id)));
  return element("p", {}, button);
}

function arrived(one) {
  const when = one.savedAt ? exactly(one.savedAt) : exactly(one.at);
  const [before, after] = say("arrived", { when, receipt: "\n" }).split("\n");
  const found = element("a", { href: `/albergue?recibo=${encodeURIComponent(one.receipt)}`, "data-raw": true }, one.receipt);
  return element("li", {}, before, found, after);
}

async function draw() {
  const own = await device();
  part("enrolled").hidden = !own;
  part("not-enrolled").hidden = Boolean(own);
  if (!own) return;
  const [waiting, came] = [await records(), await receipts()];
  const opened = waiting.map(row);
  part("waiting").replaceChildren(...(opened.length ? opened : [element("p", { class: "nothing" }, say("nothing-waits"))]));
  part("with-some").hidden = !waiting.length;
  const list = came.length ? element("ul", {}, ...came.map(arrived)) : element("p", { class: "nothing" }, say("nothing-arrived"));
  part("arrived").replaceChildren(list);
  await describe(own);
}

async function describe(own) {
  part("code").textContent = `${own.id} · ${own.shelter}`;
  part("since").textContent = exactly(own.enrolledAt);
  part("who").textContent = own.worker || "—";
  part("storage").textContent = say(`storage-${await promised()}`);
  const ahead = (await setting("clock"))?.ahead;
  const minutes = Math.round(Math.abs(ahead ?? 0) / 60);
  const key = ahead === undefined ? "unknown" : Math.abs(ahead) <= WRONG_BY ? "right" : ahead > 0 ? "ahead" : "behind";
  part("clock").textContent = say(`clock-${key}`, { minutes });
  const pin = await hasPin();
  part("old-pin").hidden = !pin;
  part("old-pin").querySelector("input").required = pin;
  part("lock-now").hidden = !pin;
}

const told = (words) => { part("said").textContent = words; };

// Where the store is out of reach, the strip at the top says why.
const tried = (work) => () => work().catch(() => told(""));

part("send").addEventListener("click", tried(async () => {
  told(say("sending"));
  await send({ eager: true, everything: true });
  told(say("sent-round"));
}));

part("export").addEventListener("click", tried(async () => told(say("exported", { names: (await exportFile()).join(", ") }))));

part("lock-now").addEventListener("click", () => lockNow());

part("worker-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const code = event.target.elements.codigo.value.trim();
  if (!code) return;
  await setWorker(code);
  event.target.closest("details").open = false;
  await draw();
});

part("pin-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const { anterior, nuevo, repetido } = event.target.elements;
  if (nuevo.value !== repetido.value || !SHAPE.test(nuevo.value)) return told(say("pin-differs"));
  try {
    await ((await hasPin()) ? changePin(anterior.value, nuevo.value) : newPin(nuevo.value));
    told(say("pin-changed"));
    event.target.closest("details").open = false;
  } catch (error) {
    if (!(error instanceof WrongPinError)) throw error;
    told(error.left ? say("pin-wrong", { left: error.left }) : say("pin-gone"));
  }
  event.target.reset();
  await draw();
});

onChange(() => draw().catch(() => {}));
guard({ forget: () => part("locks").replaceChildren(), reopen: () => location.reload() });
part("offline-page").hidden = !new URLSearchParams(location.search).has("sin-red");
await draw().catch(() => {});
