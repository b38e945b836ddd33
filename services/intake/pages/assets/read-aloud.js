// Reads a text aloud where the browser has a voice for its language: not everybody reads.

/** Shows the button once there is a voice, and lets it read and stop. */
export function readAloud(button, text, language, words) {
  const voices = globalThis.speechSynthesis;
  button.hidden = true;
  if (!voices) return;
  const show = () => {
    button.hidden = !voices.getVoices().some((voice) => voice.lang.toLowerCase().startsWith(language));
  };
  const silent = () => {
    button.textContent = words["ask.read"];
  };
  show();
  voices.addEventListener?.("voiceschanged", show);
  button.addEventListener("click", () => {
    if (voices.speaking) {
      voices.cancel();
      silent();
      return;
    }
    const said = new SpeechSynthesisUtterance(text());
    said.lang = language;
    said.addEventListener("end", silent);
    said.addEventListener("error", silent);
    button.textContent = words["ask.stop"];
    voices.speak(said);
  });
}

/** Stops reading: another screen is shown. */
export function stopReading() {
  globalThis.speechSynthesis?.cancel();
}
