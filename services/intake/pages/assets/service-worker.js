// Keeps the pages of Albergue that work without a network, and nothing else: no page with somebody's data is ever kept.
//
// All of one version is fetched before that version answers anything. The version before it is thrown away when no page
// is open that may still ask for its scripts.

import { nextDue, send } from "./sender.js";
import { setting } from "./store.js";

const PREFIX = "canaliza-shell-";
const SYNC = "canaliza-sin-enviar";
const HOME = "/albergue/pendientes?sin-red=1";

export function serve({ version, shells, languages, files }) {
  const name = PREFIX + version;
  const addresses = Object.values(shells).flatMap((begin) => languages.map((language) => begin + language));

  addEventListener("install", (event) => {
    event.waitUntil(keep(name, [...files, ...addresses]).then(() => skipWaiting()));
  });
  addEventListener("activate", (event) => {
    event.waitUntil(tidy(name).then(() => clients.claim()));
  });
  addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (request.method !== "GET" || url.origin !== location.origin) return;
    if (request.mode === "navigate") {
      const shell = shells[url.pathname];
      event.respondWith(shell ? opened(event, name, shell, url, languages) : fetched(request));
    } else if (url.pathname.startsWith("/recursos/")) event.respondWith(kept(request));
  });
  addEventListener("sync", (event) => {
    if (event.tag === SYNC) event.waitUntil(sendAll());
  });
}

// The browser comes again, in its own time, while something is left.
async function sendAll() {
  await send({ eager: true });
  if ((await nextDue()) !== null) throw new Error("some records wait");
}

// Everything or nothing: one file that is missing, and the version before stays in use.
async function keep(name, addresses) {
  const cache = await caches.open(name);
  try {
    await Promise.all(addresses.map((address) => fetchInto(cache, address)));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

async function fetchInto(cache, address) {
  const answer = await fetch(new Request(address, { cache: "no-cache", credentials: "omit", redirect: "error" }));
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  await cache.put(address, answer);
}

async function tidy(name) {
  const others = (await caches.keys()).filter((one) => one.startsWith(PREFIX) && one !== name);
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const before = open.length ? others.at(-1) : null; // a form that is open goes on with the scripts that it began with
  await Promise.all(others.filter((one) => one !== before).map((one) => caches.delete(one)));
}

// A telephone of the shelter opens what it keeps at once, whatever the network does; another browser asks the server
// first, whose page knows who is signed in.
async function opened(event, name, shell, url, languages) {
  const from = async () => {
    const wanted = url.searchParams.get("idioma") ?? (await setting("language").catch(() => null))?.code;
    const language = languages.includes(wanted) ? wanted : languages[0];
    return (await caches.open(name)).match(shell + language, { ignoreVary: true });
  };
  const enrolled = await setting("device").catch(() => null);
  if (enrolled) return (await from()) ?? fetch(event.request);
  try {
    const answer = await fetch(event.request);
    if (answer.status < 500) return answer;
    return (await from()) ?? answer;
  } catch (error) {
    const shown = await from();
    if (shown) return shown;
    throw error;
  }
}

// A page that needs the server says so where something can be seen without it.
async function fetched(request) {
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(HOME, 302);
  }
}

const kept = async (request) => (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
