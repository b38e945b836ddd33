// Keeps open pages true: what changed is said by id only, and the page fetches it again under its own rights.
//
// One connection serves every tab of a browser: whichever holds the lock listens and tells the others. A tab that cannot
// hear says so, with how long. The contract with templates is in docs/guides/pages.md.

import { connection } from "./connection.js";
import { countDown } from "./deadlines.js";
import { keepList } from "./live-list.js";
import { keepReferral } from "./live-referral.js";

const SHOWN_AFTER = 10_000; // milliseconds without a connection before a person is told
const SETTLES = 250; // milliseconds in which changes gather, so that a burst is fetched once

const bar = document.querySelector("[data-live]");
if (bar) start(bar);

function start(bar) {
  const base = bar.dataset.live;
  const lost = bar.querySelector("[data-live-lost]");
  const read = (path) =>
    fetch(base + path, { headers: { "X-Canaliza-Viewer": bar.dataset.viewer }, cache: "no-store", redirect: "error" });
  const kept = [keepList(document, bar, read), keepReferral(document, bar, read)].filter(Boolean);
  let place = bar.dataset.since;
  let gathered = new Set();
  let working = Promise.resolve();
  let timer = 0;
  let lostSince = 0;

  function changed(referral) {
    gathered.add(referral);
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLES);
  }

  function settle() {
    const referrals = gathered;
    gathered = new Set();
    working = working.then(async () => {
      for (const referral of referrals) {
        for (const each of kept) {
          try {
            await each.changed(referral);
          } catch {
            gathered.add(referral); // fetched when the connection is back
          }
        }
      }
    });
  }

  async function catchUp() {
    try {
      const answer = await read(`/cambios/desde?desde=${encodeURIComponent(place)}`);
      if (!answer.ok) return;
      const missed = await answer.json();
      place = missed.now;
      for (const referral of missed.referrals) changed(referral);
      if (missed.all) for (const each of kept) each.everything();
      if (gathered.size) settle();
    } catch {
      // the connection's own loss is shown; the place stays where it was
    }
  }

  function showAge() {
    const age = lostSince ? Date.now() - lostSince : 0;
    lost.hidden = age < SHOWN_AFTER;
    if (!lost.hidden) lost.querySelector("span").textContent = lost.dataset.words.replace("{age}", spoken(age));
  }

  const { leftOne, leftMany, over } = bar.dataset;
  countDown(document, Date.parse(bar.dataset.now), { one: leftOne, many: leftMany, over });
  setInterval(showAge, 5_000);
  connection(base, bar.dataset.viewer, {
    open() {
      lostSince = 0;
      showAge();
      catchUp();
    },
    changed(referral, at) {
      place = at || place;
      changed(referral);
    },
    again: catchUp,
    lost(since) {
      lostSince ||= since;
      showAge();
    },
    ended() {
      lostSince = 0;
      showAge();
      bar.querySelector("[data-live-ended]").hidden = false;
      for (const each of kept) each.ended();
    },
  });
}

// How long, in the page's language: "3 min", "2 h".
function spoken(age) {
  const minutes = Math.max(1, Math.round(age / 60_000));
  const [number, unit] = minutes < 120 ? [minutes, "minute"] : [Math.floor(minutes / 60), "hour"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "short" }).format(number);
}
