// What is sent and answered: once for two fast clicks, with the focus where it was, and with a word and a second try
// when no answer comes. Pages work without it.
"use strict";

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
const isShown = (one) => (one.checkVisibility ? one.checkVisibility() : one.offsetParent !== null);
const focusables = (root) => [...root.querySelectorAll(FOCUSABLE)].filter(isShown);
// A form whose answer never comes can be sent again after this time.
const PATIENCE = 15_000;

// --- Once for two ---------------------------------------------------------------------------------

// The second click of a double click, and the repeats of a key that is held down, send nothing.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("button, input[type=submit]");
    if (event.detail > 1 && button && button.form && button.type === "submit") event.preventDefault();
  },
  true,
);
document.addEventListener("keydown", (event) => {
  const isWriting = event.target.matches("textarea");
  if (event.key === "Enter" && event.repeat && !isWriting && event.target.closest("form")) event.preventDefault();
});

// A form is sent once until its answer is there; its button keeps the focus, so it is not disabled.
const markSending = (form, isSending) => {
  form.toggleAttribute("data-sending", isSending);
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (isSending) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
};
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches(".theme-switch")) return;
    if (form.hasAttribute("data-sending")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.matches("[hx-post]")) return;
    if (!navigator.onLine) {
      event.preventDefault();
      showTrouble("offline", () => form.requestSubmit(event.submitter));
      return;
    }
    saveDraft(form);
    markSending(form, true);
    setTimeout(() => markSending(form, false), PATIENCE);
  },
  true,
);
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) markSending(form, false);
});

// --- What went wrong ------------------------------------------------------------------------------

const trouble = document.getElementById("trouble");
let retry = null;

function showTrouble(kind, again) {
  if (!trouble) return;
  retry = again;
  trouble.querySelector("p").textContent = trouble.querySelector(`template[data-kind=${kind}]`).content.textContent.trim();
  trouble.querySelector("[data-retry]").hidden = !again;
  trouble.dataset.kind = kind;
  trouble.hidden = false;
}

function hideTrouble() {
  // Whoever tried again by keyboard stands on a button that goes.
  const held = trouble.contains(document.activeElement);
  trouble.hidden = true;
  trouble.querySelector("p").textContent = "";
  if (held) document.getElementById("main").focus({ preventScroll: true });
}

if (trouble) {
  trouble.querySelector("[data-retry]").addEventListener("click", () => {
    const again = retry;
    hideTrouble();
    if (again) again();
  });
  trouble.querySelector("[data-dismiss]").addEventListener("click", hideTrouble);
}

// A change (a quantity, a choice, a filter) is of one field, or of the radio buttons of one name.
const changedFields = (event) => {
  const field = event && event.type === "change" && event.target;
  if (!field || !field.matches || !field.matches("input, select")) return [];
  if (field.type !== "radio") return [field];
  return [...(field.form || document).querySelectorAll(`input[type=radio][name="${field.name}"]`)];
};
const isTicked = (field) => field.matches("[type=radio], [type=checkbox]");
const isSelect = (field) => field.matches("select");

// What the server has taken is what a field goes back to from now on.
function agree(fields) {
  for (const field of fields) {
    if (isTicked(field)) field.defaultChecked = field.checked;
    else if (isSelect(field)) for (const option of field.options) option.defaultSelected = option.selected;
    else field.defaultValue = field.value;
  }
}

// Back to what holds; returns how to wish for the change again.
function restore(fields) {
  const wished = fields.filter((field) => !isTicked(field) || field.checked || field.type === "checkbox");
  const values = wished.map((field) => (isTicked(field) ? field.checked : field.value));
  for (const field of fields) {
    if (isTicked(field)) field.checked = field.defaultChecked;
    else if (isSelect(field)) for (const option of field.options) option.selected = option.defaultSelected;
    else field.value = field.defaultValue;
  }
  return () => {
    wished.forEach((old, number) => {
      const field = old.isConnected ? old : document.getElementById(old.id);
      if (!field) return;
      if (isTicked(field)) field.checked = values[number];
      else field.value = values[number];
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };
}

function failed(event, kind) {
  const { elt, requestConfig } = event.detail;
  // Suggestions are a comfort: without them the search itself works.
  if (elt.matches("input[type=search]")) return;
  const cause = requestConfig && requestConfig.triggeringEvent;
  const fields = changedFields(cause);
  if (fields.length) showTrouble(kind, restore(fields));
  else showTrouble(kind, elt.matches("form") ? () => sendAgain(elt, cause && cause.submitter) : null);
}

function sendAgain(form, submitter) {
  if (form.isConnected) form.requestSubmit(submitter && submitter.isConnected ? submitter : undefined);
  else location.reload();
}

const KIND_OF_STATUS = { 403: "session", 404: "gone", 410: "gone", 429: "busy" };

document.body.addEventListener("htmx:sendError", (event) => failed(event, "offline"));
document.body.addEventListener("htmx:timeout", (event) => failed(event, "slow"));
document.body.addEventListener("htmx:responseError", async (event) => {
  const status = event.detail.xhr.status;
  failed(event, KIND_OF_STATUS[status] || "server");
  // The page is older than the session or its cookies: the same address gives a token that fits.
  if (status === 403) await renewTokens();
});

// Without a form on the new page, as of a cart that is empty by now, trying again could never succeed.
async function renewTokens() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("input[name=csrfmiddlewaretoken]");
    if (!fresh) return showTrouble("gone", () => location.reload());
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = fresh.value;
  } catch {
    // It was said already, and the second try says it again.
  }
  return undefined;
}

// --- Answers in their order, with the focus where it was ---------------------------------------------

// By the id of what they replace: how many answers are awaited, and the number of the newest request.
const awaited = new Map();
let sent = 0;
let place = null;

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, xhr, requestConfig } = event.detail;
  const cause = requestConfig.triggeringEvent;
  if (elt.matches("form") && cause && cause.type === "submit") {
    if (elt.hasAttribute("data-sending")) {
      event.preventDefault();
      return;
    }
    if (elt.method === "post") markSending(elt, true);
  }
  xhr.number = ++sent;
  const others = awaited.get(target.id) || new Set();
  awaited.set(target.id, others.add(xhr.number));
  target.setAttribute("aria-busy", "true");
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { elt, target, xhr, successful, requestConfig } = event.detail;
  const others = awaited.get(target.id);
  if (others) others.delete(xhr.number);
  if (elt.matches("form")) markSending(elt, false);
  const shown = (target.id && document.getElementById(target.id)) || target;
  if (!others || !others.size) shown.removeAttribute("aria-busy");
  if (!successful) return;
  if (trouble && !trouble.hidden) hideTrouble();
  agree(changedFields(requestConfig && requestConfig.triggeringEvent).filter((field) => field.isConnected));
  // A newer answer replaced the cart before this one came, perhaps without knowing of it: look once more.
  if (!xhr.isUsed && target.id === "cart") {
    htmx.ajax("GET", location.href, { target: "#cart", select: "#cart", swap: "outerHTML" });
  }
});

// A limit of the shop's own says beside the form how long to wait; one of a server before it says nothing of use.
const isOwnLimit = (xhr) =>
  xhr.status === 429 && xhr.getResponseHeader("Content-Language") && !/^\s*<!doctype/i.test(xhr.responseText);

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  // A refused fragment (a stale line, a sold-out product) comes with its own message and is shown like any other.
  if (xhr.status === 422 || xhr.status === 409 || isOwnLimit(xhr)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  xhr.isUsed = true;
  // A newer answer is on its way to the same place, and replacing the place would lose it.
  const others = awaited.get(target.id);
  if (others && Math.max(...others) > xhr.number) event.detail.shouldSwap = false;
  if (event.detail.shouldSwap) place = placeIn(event.detail.target);
});

// The pictures stay where the shopper has scrolled them to, unless there are others.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id !== "gallery") return;
  const shown = (root) => [...root.querySelectorAll(".gallery__stage img")].map((one) => one.getAttribute("src")).join();
  if (shown(event.detail.fragment) === shown(event.detail.target)) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:afterSettle", () => {
  const last = place;
  place = null;
  if (last && (!document.activeElement || document.activeElement === document.body)) focusAt(last);
});

const describe = (one) => `${one.tagName} ${one.name || ""} ${one.textContent.trim()}`;

// Where the focus is: by name, else by the part that it is in, with what is beside that.
function placeIn(target) {
  const active = document.activeElement;
  if (!active || active === document.body || !target.contains(active)) return null;
  const part = active.parentElement.closest("[id]");
  const line = active.closest(".line");
  return {
    id: active.id,
    part: part && part.id,
    like: describe(active),
    line: line && line.id,
    beside: line ? [line.nextElementSibling, line.previousElementSibling].filter(Boolean).map((one) => one.id) : [],
  };
}

function focusAt({ id, part, like, line, beside }) {
  const named = (name) => (name ? document.getElementById(name) : null);
  const own = named(id);
  if (own && isShown(own)) return own.focus({ preventScroll: true });
  const near = named(line) || named(part);
  const same = near && focusables(near).find((one) => describe(one) === like);
  if (same) return same.focus({ preventScroll: true });
  // The line is gone, or what stood in it: its quantity, else that of its neighbour.
  const home = named(line) || beside.map(named).find(Boolean) || named(part);
  const next = home && (home.querySelector(".quantity") || focusables(home)[0]);
  if (next) return next.focus();
  const heading = document.querySelector("main h1") || document.getElementById("main");
  heading.tabIndex = -1;
  return heading.focus();
}

// --- What was typed -------------------------------------------------------------------------------

// Kept in this tab until the server has taken it: a page that says that the session was lost says so in an attribute.
const DRAFT = "draft";
const DRAFT_LIVES = 30 * 60 * 1000;
const typedFields = (form) => [...form.elements].filter((one) => one.name && !one.matches("[type=hidden], [type=password], [type=file], button"));

function saveDraft(form) {
  if (form.matches("[data-resend]")) {
    // What a lost session had kept is on its way again.
    const draft = readDraft();
    if (draft) sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, pending: true }));
    return;
  }
  if (form.querySelector("[type=password]") || !typedFields(form).length) return;
  const values = typedFields(form)
    .filter((one) => !one.matches("[type=radio], [type=checkbox]") || one.checked)
    .map((one) => [one.name, one.value]);
  const draft = { path: location.pathname, values, at: Date.now(), pending: true };
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify(draft));
  } catch {
    // Without a store nothing is kept, as without script.
  }
}

function readDraft() {
  try {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT));
    return draft && Date.now() - draft.at < DRAFT_LIVES ? draft : null;
  } catch {
    return null;
  }
}

function restoreDraft() {
  const draft = readDraft();
  if (!draft) return sessionStorage.removeItem(DRAFT);
  if (document.querySelector("[data-keeps-draft]")) {
    return sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, pending: false }));
  }
  const names = new Set(draft.values.map(([name]) => name));
  const form = [...document.querySelectorAll("main form[method=post]")].find((one) =>
    typedFields(one).some((field) => names.has(field.name)),
  );
  if (draft.pending) return sessionStorage.removeItem(DRAFT);
  if (location.pathname !== draft.path || !form) return undefined;
  for (const field of typedFields(form)) {
    const values = draft.values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
  sessionStorage.removeItem(DRAFT);
  return showTrouble("draft", null);
}

restoreDraft();
