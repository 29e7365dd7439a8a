"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  // Without this script everything is shown, frame after frame, which also prints.
  const frames = all(".frame"), slider = document.getElementById("stop");
  const result = document.getElementById("result"), shown = document.getElementById("shown");
  const show = number => {
    frames.forEach((frame, index) => { frame.hidden = index !== number; });
    const frame = frames[number];
    slider.setAttribute("aria-valuetext", frame.dataset.label);
    shown.textContent = frame.dataset.label;
    result.textContent = frame.querySelector(".sentence").textContent;
  };
  all(".frame > h3, .frame > .sentence").forEach(part => { part.hidden = true; });
  slider.addEventListener("input", () => show(Number(slider.value)));
  document.getElementById("control").hidden = false;
  result.hidden = false;
  show(Number(slider.value));
  all("fieldset").forEach(field => {
    const reasons = all(".why", field);
    reasons.forEach(reason => { reason.hidden = true; });
    field.addEventListener("change", event => {
      reasons.forEach(reason => { reason.hidden = reason.id !== event.target.getAttribute("aria-controls"); });
      const opened = document.getElementById(field.dataset.opens);
      if (opened) { opened.hidden = false; document.getElementById("first").hidden = true; }
    });
  });
  // What is to be predicted is not shown before.
  const guess = document.querySelector("fieldset[data-opens]");
  document.getElementById(guess.dataset.opens).hidden = true;
  document.getElementById("first").hidden = false;
})();
