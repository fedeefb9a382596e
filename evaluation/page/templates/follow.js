// What does not fit is scrolled, by keyboard, too.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolled = target.scrollWidth > target.clientWidth, name = target.querySelector("caption")?.textContent || "text";
    for (const [key, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", name]])
      scrolled ? target.setAttribute(key, value) : target.removeAttribute(key);
  }
});
document.querySelectorAll(".scroll, pre").forEach((one) => wide.observe(one));

// Follow one fold through every figure and table: by pointing, by tapping, by its button, or by the list.
(() => {
  const chosen = document.querySelector(".follow select");
  if (!chosen) return;
  const said = document.querySelector(".follow output"), nobody = said.textContent;
  const parts = [...document.querySelectorAll("[data-fold]")];
  let pinned = "";

  const follow = (name) => {
    if (name === (document.body.dataset.following || "")) return;
    document.body.dataset.following = name;
    for (const part of parts) part.classList.toggle("followed", part.dataset.fold === name);
    chosen.value = name;
    said.textContent = chosen.selectedOptions[0].dataset.told || nobody;
  };
  const pin = (name) => {
    pinned = name;
    follow(name);
    for (const button of document.querySelectorAll("[data-fold] button"))
      button.setAttribute("aria-pressed", String(button.closest("[data-fold]").dataset.fold === name));
  };
  const foldAt = (node) => node.closest?.("[data-fold]")?.dataset.fold || "";

  // A thin line is hard to hit: each gets a wide twin that nobody sees.
  for (const line of document.querySelectorAll("svg [data-fold] path[style*='fill: none']")) {
    const wide = line.cloneNode();
    wide.setAttribute("class", "wide");
    wide.removeAttribute("style");
    line.before(wide);
  }
  document.addEventListener("pointerover", (event) => pinned || follow(foldAt(event.target)));
  document.addEventListener("focusin", (event) => pinned || follow(foldAt(event.target)));
  document.addEventListener("click", (event) => {
    if (event.target.closest(".bar, a, pre")) return;
    const name = foldAt(event.target);
    pin(name === pinned ? "" : name);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && pin(""));
  chosen.addEventListener("change", () => pin(chosen.value));
})();
