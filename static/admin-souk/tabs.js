// After a refused save the page opens on the tab that was open, where the error may not be: go to the first one that has one.
document.addEventListener("alpine:initialized", () => {
  const tabs = [...document.querySelectorAll("#tabs-items a")];
  const wrong = tabs.filter((tab) => tab.querySelector("[data-errors]"));
  if (wrong.length && !wrong.some((tab) => tab.classList.contains("active"))) {
    wrong[0].click();
  }
});
