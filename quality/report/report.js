"use strict";
// Sorting: a button in each heading; the first press puts the worst or the first first.
const list = document.querySelector("#list table");
const body = list.tBodies[0];
const headings = [...list.tHead.rows[0].cells];
headings.forEach((heading, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = heading.textContent;
  heading.replaceChildren(button);
  const numeric = heading.classList.contains("number");
  button.addEventListener("click", () => {
    const first = numeric ? "descending" : "ascending";
    const order = heading.getAttribute("aria-sort") === first ? (numeric ? "ascending" : "descending") : first;
    headings.forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", order);
    const value = (row) => numeric ? Number(row.cells[column].dataset.value) : row.cells[column].textContent;
    const compare = (a, b) => numeric ? value(a) - value(b) : value(a).localeCompare(value(b), "en");
    const rows = [...body.rows].sort((a, b) => order === "ascending" ? compare(a, b) : compare(b, a));
    body.append(...rows);
  });
});
// Choosing: documents of one verdict, in the list and below it.
const verdict = document.querySelector("#verdict");
document.querySelector(".controls").hidden = false;
verdict.addEventListener("change", () => {
  for (const part of document.querySelectorAll("[data-verdict]"))
    part.hidden = verdict.value !== "" && part.dataset.verdict !== verdict.value;
});
// Paper has no way to open what is folded.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
