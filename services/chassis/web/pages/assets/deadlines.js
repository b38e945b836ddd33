// Counts the time that is left on, on a page that stays open: by the server's clock, since the device's may be wrong.

const EVERY = 30_000;
const UNITS = [["day", 86_400_000, 2], ["hour", 3_600_000, 1], ["minute", 60_000, 0]];

// `words`: how the page itself says it, with a gap for the span: `one` and `many` that are left, or `over`.
export function countDown(document, drawnAt, words) {
  const began = performance.now();
  const spans = Object.fromEntries(
    UNITS.map(([unit]) => [
      unit, new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }),
    ]),
  );
  const now = () => drawnAt + (performance.now() - began);

  function spoken(left) {
    const [unit, length] = UNITS.find(([, length, least]) => Math.abs(left) >= length * least) ?? UNITS.at(-1);
    const number = Math.trunc(Math.abs(left) / length) || 1;
    const word = left <= 0 ? words.over : number === 1 ? words.one : words.many;
    return `(${word.replace("{span}", spans[unit].format(number))})`;
  }

  function count() {
    for (const each of document.querySelectorAll("[data-until]")) {
      const left = Date.parse(each.dataset.until) - now();
      const deadline = each.closest(".deadline");
      each.textContent = spoken(left);
      deadline?.classList.toggle("late", left <= 0);
      deadline?.classList.toggle("soon", left > 0 && left < 3_600_000);
      const shape = deadline?.querySelector(".shape");
      if (shape) shape.textContent = left <= 0 ? "▲" : "◷";
    }
  }

  setInterval(count, EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || count());
}
