// Covers a page that nobody used for as long as a session lasts, or whose session was ended in another tab: names do not
// stay on a screen that others see. What is typed stays underneath, for the person who typed it.
"use strict";

(() => {
  const page = document.documentElement;
  const cover = document.getElementById("cover");
  if (!cover) return; // nobody is signed in
  const [status, link, button] = ["[role=status]", "[data-sign-in]", "[data-go-on]"].map((what) => cover.querySelector(what));
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("cover") : null;
  let usedAt = Date.now();

  function say(text, isEnded) {
    status.textContent = text;
    link.hidden = !isEnded;
  }

  function hide() {
    if (!cover.hidden) return;
    page.dataset.covered = "true";
    cover.hidden = false;
    say("");
    button.focus();
  }

  function show() {
    delete page.dataset.covered;
    cover.hidden = true;
    usedAt = Date.now();
  }

  function look() {
    if (Date.now() - usedAt >= Number(page.dataset.idle) * 1000) hide();
  }

  // A machine that slept tells nothing until somebody moves the mouse, so it is looked first.
  function use() {
    look();
    usedAt = Date.now();
  }

  // The sign-in page sends on who is signed in; whoever that is stands on the page that comes.
  async function goOn() {
    let who;
    try {
      const answer = await fetch(page.dataset.login, { cache: "no-store" });
      if (!answer.ok) return say(cover.dataset.lost);
      who = new DOMParser().parseFromString(await answer.text(), "text/html").documentElement.dataset.user;
    } catch {
      return say(cover.dataset.lost);
    }
    if (!who) return say(cover.dataset.ended, true);
    if (who === page.dataset.user) return show();
    // Somebody else: nothing typed before is theirs.
    document.querySelectorAll("form[data-guard]").forEach((form) => delete form.dataset.dirty);
    window.location.reload();
  }

  button.addEventListener("click", goOn);
  ["keydown", "pointerdown", "pointermove", "wheel"].forEach((what) => {
    document.addEventListener(what, use, { capture: true, passive: true });
  });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 15000);

  if (tabs) {
    tabs.addEventListener("message", hide);
    document.addEventListener("submit", (event) => {
      if (event.target.matches("[data-sign-out]")) tabs.postMessage("signed out");
    });
  }
})();
