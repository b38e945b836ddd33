// A list of referrals: a row that changed is drawn again in its place, and what is new is announced; nothing jumps.

const QUIET = 1_200; // milliseconds after a touch or a key in which nothing under the finger is changed

export function keepList(document, bar, read) {
  const list = document.querySelector("[data-live-list]");
  if (!list) return null;
  const news = bar.querySelector("[data-live-new]");
  const title = document.title;
  const waiting = new Set(); // referrals that belong on this page and are not on it
  const unseen = new Set(); // rows that changed while nobody looked
  let busy = 0;
  let at = null; // the row that was touched last

  for (const kind of ["pointerdown", "pointermove", "keydown"]) {
    list.addEventListener(kind, (event) => {
      busy = Date.now() + QUIET;
      at = event.target.closest("tr") || at;
    }, { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) unseen.clear();
    show();
  });

  function show() {
    const number = waiting.size + unseen.size;
    document.title = number ? `(${number}) ${title}` : title;
    news.hidden = waiting.size === 0;
    if (waiting.size) news.querySelector("span").textContent = news.dataset.words.replace("{number}", waiting.size);
  }

  const row = (referral) => list.querySelector(`[data-live-row="${CSS.escape(referral)}"]`);

  async function quiet() {
    while (Date.now() < busy) await new Promise((resolve) => setTimeout(resolve, busy - Date.now()));
  }

  // Puts a row in the place of another without moving what a person is looking at.
  function replace(old, fresh) {
    const anchor = at && at !== old && at.isConnected ? at : null;
    const before = anchor?.getBoundingClientRect().top;
    const focused = old.contains(document.activeElement);
    fresh.classList.add("changed");
    old.replaceWith(fresh);
    if (at === old) at = fresh;
    if (focused) fresh.querySelector("a")?.focus({ preventScroll: true });
    if (anchor) scrollBy(0, anchor.getBoundingClientRect().top - before);
  }

  // Whether a row that is not on this page would be: before its last row, or there is no next page.
  function belongs(fresh) {
    if (fresh.dataset.matches !== "yes") return false;
    const last = [...list.querySelectorAll("[data-live-row]")].at(-1);
    return list.dataset.more !== "yes" || !last || fresh.dataset.place < last.dataset.place;
  }

  return {
    async changed(referral) {
      const answer = await read(`/filas/${referral}${location.search}`);
      if (answer.status >= 500 || answer.status === 429) throw new Error("later");
      const shown = row(referral);
      if (!answer.ok) {
        await quiet();
        shown?.remove(); // no longer this person's to see
        waiting.delete(referral);
        return show();
      }
      const drawn = document.createElement("template");
      drawn.innerHTML = await answer.text();
      const fresh = drawn.content.querySelector("tr");
      if (shown && Number(fresh.dataset.version) > Number(shown.dataset.version)) {
        await quiet();
        replace(shown, fresh);
        if (document.hidden) unseen.add(referral);
      } else if (!shown) {
        if (belongs(fresh)) waiting.add(referral);
        else waiting.delete(referral);
      }
      show();
    },
    everything() {
      for (const each of list.querySelectorAll("[data-live-row]")) this.changed(each.dataset.liveRow).catch(() => {});
      news.hidden = false;
      news.querySelector("span").textContent = news.dataset.many;
    },
    ended() {
      list.hidden = true; // the list is shown to whoever is signed in, and nobody is any more
    },
  };
}
