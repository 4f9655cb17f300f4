// Comfort on pages that work without it: another row for an item, suggestions while one types.
"use strict";

const PAUSE = 250;

for (const button of document.querySelectorAll("[data-more]")) {
  const prefix = button.dataset.more;
  const rows = document.querySelector(`[data-rows="${prefix}"]`);
  const blank = document.querySelector(`[data-row="${prefix}"]`);
  const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
  const most = Number(document.getElementById(`id_${prefix}-MAX_NUM_FORMS`).value);
  button.hidden = false;
  button.addEventListener("click", () => {
    const number = Number(total.value);
    if (number >= most) return;
    rows.insertAdjacentHTML("beforeend", blank.innerHTML.replaceAll("__prefix__", number));
    total.value = number + 1;
    rows.querySelector("tr:last-child input").focus();
  });
}

let waiting;
let asked = 0;

document.addEventListener("input", (event) => {
  const list = event.target.list;
  if (!list || !list.dataset.suggest) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => suggest(list, event.target.value.trim()), PAUSE);
});

async function suggest(list, term) {
  const number = (asked += 1);
  const response = await fetch(list.dataset.suggest + encodeURIComponent(term), { credentials: "same-origin" });
  if (!response.ok) return;
  const { results } = await response.json();
  // An answer that comes late must not take the place of a later one.
  if (number !== asked) return;
  list.replaceChildren(...results.map(({ value, label }) => Object.assign(new Option(label, value), { label })));
}

// What is typed is meant to be used, and what is not used is out of the way.
for (const typed of document.querySelectorAll("[data-typed]")) {
  const choice = document.getElementsByName(typed.dataset.typed)[0];
  choice.addEventListener("change", () => (typed.open = choice.value === "new"));
  typed.addEventListener("toggle", () => {
    if (typed.open) choice.value = "new";
  });
}
