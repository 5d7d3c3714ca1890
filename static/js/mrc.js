// What pages do beside following links: keep what is typed, ask before destroying, say what went wrong.
"use strict";

(() => {
  const login = document.documentElement.dataset.login;
  const box = document.getElementById("messages");
  const guarded = () => document.querySelector("form[data-guard]");
  // What a page fetches by itself: nobody did anything, so nothing is said about it and no message is taken away.
  const isQuiet = (event) => event.target.matches("[data-quiet]");
  const isDirty = (form) => form && form.dataset.dirty && form.dataset.state !== "sent";

  // --- messages and focus ---------------------------------------------------------------------------------------

  function say(text, link) {
    const notice = document.createElement("div");
    notice.className = "notice notice-error";
    notice.setAttribute("role", "alert");
    notice.tabIndex = -1;
    notice.append(text);
    if (link) notice.append(" ", link);
    box.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
    notice.focus({ preventScroll: true });
  }

  function signInLink() {
    const link = document.createElement("a");
    Object.assign(link, { href: login, target: "_blank", textContent: box.dataset.signIn });
    return link;
  }

  const sayEnded = () => say(box.dataset.ended, signInLink());

  function focusNotice(root) {
    const notice = root.querySelector("[data-focus]");
    if (notice) notice.focus();
  }

  document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());

  // A link of the error summary leads to a group of choices, too: to its first one.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".notice a[href^='#']");
    const target = link && document.getElementById(link.hash.slice(1));
    const field = target && (target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea"));
    if (!field) return;
    event.preventDefault();
    field.focus();
  });

  // --- forms ----------------------------------------------------------------------------------------------------

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) form.dataset.dirty = "true";
  });

  window.addEventListener("beforeunload", (event) => {
    if (isDirty(guarded())) event.preventDefault();
  });

  function ask(question) {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("p").textContent = question;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  // The sign-in page sends on who is signed in, so it answers whether the form would be accepted at all.
  async function canSend() {
    try {
      const answer = await fetch(login, { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") return true;
      sayEnded();
    } catch {
      say(box.dataset.lost);
    }
    return false;
  }

  // Signing in again in another tab gives the browser a new token; a page that was open before takes it over.
  function freshToken(form) {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    const input = form.elements.csrfmiddlewaretoken;
    if (cookie && input) input.value = cookie[1];
  }

  // A form is being asked about ("asking"), may be sent ("go") or is sent ("sent"); pressing its button again does nothing.
  function setState(form, state) {
    form.dataset.state = state;
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      if (state) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  function sending(form) {
    freshToken(form);
    setState(form, "sent");
    // A download leaves the page where it is; its button must work again.
    setTimeout(() => setState(form, ""), 8000);
  }

  async function mayGo(form) {
    if (form.dataset.confirm && !(await ask(form.dataset.confirm))) return false;
    return !form.matches("[data-guard]") || canSend();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    const state = form.dataset.state;
    if (state === "go" || (!state && !form.matches("[data-guard], [data-confirm]"))) return sending(form);
    event.preventDefault();
    if (state) return;
    setState(form, "asking");
    if (!(await mayGo(form))) return setState(form, "");
    setState(form, "go");
    form.requestSubmit(event.submitter);
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-state]").forEach((form) => setState(form, ""));
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && guarded()) {
      event.preventDefault();
      guarded().requestSubmit(guarded().querySelector(".form-actions [type=submit]"));
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("[data-search], input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  // --- parts of a page that change without a new page --------------------------------------------------------------

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (!cookie) return;
    event.detail.headers["X-CSRFToken"] = cookie[1];
    if ("csrfmiddlewaretoken" in event.detail.parameters) event.detail.parameters.csrfmiddlewaretoken = cookie[1];
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("form")) return;
    if (event.target.dataset.state) event.preventDefault();
    else setState(event.target, "sent");
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.matches("form")) setState(event.target, "");
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const came = event.detail.xhr.responseURL;
    if (came && new URL(came).pathname === login) {
      event.preventDefault();
      if (!isQuiet(event)) sayEnded();
    }
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (isQuiet(event)) return;
    const status = event.detail.xhr.status;
    say(status === 403 ? box.dataset.refused : status === 404 ? box.dataset.gone : box.dataset.failed);
  });

  document.addEventListener("htmx:sendError", (event) => isQuiet(event) || say(box.dataset.lost));
  document.addEventListener("htmx:timeout", (event) => isQuiet(event) || say(box.dataset.lost));
  document.addEventListener("htmx:beforeSwap", (event) => event.detail.isError || isQuiet(event) || box.replaceChildren());
  document.addEventListener("htmx:afterSwap", (event) => focusNotice(event.target));

  // A form that came back with errors, or with another version, holds what is not saved anywhere yet.
  if (document.querySelector("#errors, #conflict") && guarded()) guarded().dataset.dirty = "true";
  focusNotice(document);
})();
