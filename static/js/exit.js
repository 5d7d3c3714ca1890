// Leaving at once: the button in the header, or Escape pressed three times. Loaded before everything else, so that it
// works while a page is still loading and when another script has failed. Every other tab of the program leaves too.
"use strict";

(() => {
  const PRESSES = 3;
  const WITHIN = 2000; // milliseconds
  let presses = [];
  let isLeaving = false;
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("leave") : null;

  function leave(isFirst = true) {
    const form = document.querySelector("[data-leave]");
    if (!form || isLeaving) return;
    isLeaving = true;
    document.documentElement.hidden = true; // nothing is seen while the other page is on its way
    try {
      sessionStorage.setItem("left", "1");
    } catch {
      // storage is switched off: coming back shows the sign-in page
    }
    if (isFirst) {
      if (tabs) tabs.postMessage("leave");
      navigator.sendBeacon(form.action);
    }
    window.location.replace(form.dataset.leave);
  }

  if (tabs) tabs.addEventListener("message", () => leave(false));

  // Nobody is asked whether to keep what is typed.
  window.addEventListener("beforeunload", (event) => isLeaving && event.stopImmediatePropagation());

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    const now = event.timeStamp;
    presses = [...presses.filter((before) => now - before < WITHIN), now];
    if (presses.length >= PRESSES) leave();
  }, true);

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-leave]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    leave();
  }, true);

  // The button "back" in the same tab afterwards leads to the same place, and not to a page that asks to sign in.
  function stayAway(isBack) {
    try {
      if (!sessionStorage.getItem("left")) return;
      if (!isBack) {
        sessionStorage.removeItem("left");
        return;
      }
    } catch {
      return;
    }
    document.documentElement.hidden = true;
    document.addEventListener("DOMContentLoaded", () => {
      window.location.replace(document.querySelector("[data-leave]").dataset.leave);
    });
  }

  const [navigation] = performance.getEntriesByType("navigation");
  stayAway(navigation && navigation.type === "back_forward");
  window.addEventListener("pageshow", (event) => event.persisted && isLeaving && window.location.reload());
})();
