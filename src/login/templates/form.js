// What the forms of a page have where scripts run; they work without. A form that was sent is not sent
// again by a second click, and what is typed as a password can be shown.
"use strict";
const patience = 10000; // milliseconds, for a person who has stopped waiting for the answer

function show(button, shown) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

for (const place of document.querySelectorAll(".secret")) {
  const field = place.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  button.textContent = place.dataset.show;
  button.setAttribute("aria-controls", field.id);
  show(place.appendChild(button), false);
  place.classList.add("shows"); // the style sheet makes room for the button
  button.addEventListener("click", () => show(button, field.type === "password"));
}

let sent = false;
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    setTimeout(() => { sent = false; }, patience);
    // So that the browser does not remember a password as it remembers other text.
    for (const button of form.querySelectorAll(".show")) show(button, false);
  });
}
// The browser's back button brings a page as it was left.
addEventListener("pageshow", () => { sent = false; });
