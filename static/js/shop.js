// Comfort on top of pages that work without it: the cart drawer, the category menu, the search suggestions, and what
// happens when an answer is late, lost or refused.
"use strict";

// The colours change at once, and the server writes the choice into the next page.
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".theme-switch") || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  event.target.querySelector(`button:not([value=${theme}])`).focus();
});

const drawer = document.getElementById("cart-drawer");
const menu = document.querySelector(".site-menu");
const suggestions = document.getElementById("suggestions");
const searchBox = document.getElementById("search-box");

// The server names this event when something went into the cart; the drawer has its content by then.
document.body.addEventListener("cart:added", () => {
  if (drawer && !drawer.open) drawer.showModal();
});

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest("[data-print]")) window.print();
  // The second click of two fast ones was meant for the button below.
  if (event.detail < 2 && (target === drawer || target.closest("[data-close-drawer]"))) {
    event.preventDefault();
    drawer.close();
  }
  if (menu && menu.open && !menu.contains(target)) menu.open = false;
  if (suggestions && !target.closest(".site-search")) suggestions.replaceChildren();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (menu && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (suggestions && suggestions.childElementCount) {
      suggestions.replaceChildren();
      searchBox.focus();
    }
  }
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves && suggestions && suggestions.childElementCount && event.target.closest(".site-search")) {
    event.preventDefault();
    const stops = [searchBox, ...suggestions.querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + moves[event.key];
    stops[(next + stops.length) % stops.length].focus();
  }
});

// What is left empty in a filter is left out of the address, which stays short enough to be shared.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches(".toolbar")) return;
  for (const [name, value] of [...new FormData(event.target)]) if (!value) delete event.detail.parameters[name];
});

// A time as the shopper's clock has it; the page says it in the shop's zone, by name.
const locale = `${document.documentElement.lang}-u-nu-latn`;
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const calendar = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
const distance = new Intl.RelativeTimeFormat(locale);
function writeTimes() {
  for (const time of document.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    if (time.dataset.local === "moment") {
      time.textContent = calendar.format(moment);
      continue;
    }
    const minutes = Math.floor((moment - Date.now()) / 60_000);
    // What is over is no longer said.
    if (minutes < 0) time.closest("p").hidden = true;
    else time.textContent = `${clock.format(moment)} (${distance.format(Math.max(minutes, 1), "minute")})`;
  }
}
writeTimes();
setInterval(writeTimes, 20_000);
document.body.addEventListener("htmx:afterSettle", writeTimes);

// After a refused form the summary of errors takes the focus, for keyboards and screen readers.
const errors = document.querySelector(".form-errors");
if (errors) errors.focus();
