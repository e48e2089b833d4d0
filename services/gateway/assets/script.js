"use strict";

// Every page works without this script. It only adds comfort.

// Says that there is something new, and leaves it to the reader to look. Listens while the page is seen.
for (const hint of document.querySelectorAll("[data-live]")) {
  let known;
  let source;
  const listen = () => {
    if (source || document.hidden || !hint.hidden) return;
    source = new EventSource(hint.dataset.live);
    source.addEventListener("changed", (event) => {
      known ??= event.data;
      if (event.data === known) return;
      hint.hidden = false;
      rest();
    });
    // A stream that is refused stays closed: the page is as good as before.
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) source = undefined;
    });
  };
  const rest = () => {
    if (source) source.close();
    source = undefined;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", listen);
  listen();
}

// On paper everything is unfolded, and folded again afterwards.
window.addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("main details:not([open])")) {
    folded.dataset.folded = "";
    folded.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const unfolded of document.querySelectorAll("details[data-folded]")) {
    delete unfolded.dataset.folded;
    unfolded.open = false;
  }
});
