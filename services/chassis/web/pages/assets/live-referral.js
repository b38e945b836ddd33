// The page of one referral: when it changed, a bar says so; when it may not be read any more, what was sealed is taken
// off the screen at once.

export function keepReferral(document, bar, read) {
  const shown = document.querySelector("[data-live-referral]");
  if (!shown) return null;
  const news = bar.querySelector("[data-live-changed]");
  const closed = bar.querySelector("[data-live-closed]");

  function remove() {
    const sealed = document.querySelectorAll("[data-sealed]");
    for (const each of sealed) each.remove();
    return sealed.length > 0;
  }

  function close() {
    if (remove()) closed.hidden = false; // whoever had not opened it has lost nothing
  }

  return {
    async changed(referral) {
      if (referral !== shown.dataset.liveReferral) return;
      const answer = await read(`/vivo/${referral}`);
      if (answer.status >= 500 || answer.status === 429) throw new Error("later");
      if (!answer.ok) return close();
      const now = await answer.json();
      if (!now.readable) close();
      if (now.version > Number(shown.dataset.version)) news.hidden = false;
    },
    everything() {
      this.changed(shown.dataset.liveReferral).catch(() => {
        news.hidden = false;
      });
    },
    ended: remove,
  };
}
