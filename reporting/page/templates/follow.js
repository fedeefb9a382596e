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

  const follow = (name, here = []) => {
    if (name !== (document.body.dataset.following || "")) {
      document.body.dataset.following = name;
      for (const part of parts) part.classList.toggle("followed", part.dataset.fold === name);
      chosen.value = name;
    }
    const more = here.length > 1 ? `; ${here.length} folds lie here, click for the next` : "";
    said.textContent = (chosen.selectedOptions[0].dataset.told || nobody) + more;
  };
  const pin = (name, here) => {
    pinned = name;
    follow(name, here);
    for (const button of document.querySelectorAll("[data-fold] button"))
      button.setAttribute("aria-pressed", String(button.closest("[data-fold]").dataset.fold === name));
  };
  const foldOf = (node) => node.closest?.("[data-fold]")?.dataset.fold || "";
  // Curves that coincide hide one another: all folds under the pointer, the one on top first.
  const foldsAt = ({ clientX, clientY, target }) =>
    [...new Set([target, ...document.elementsFromPoint(clientX, clientY)].map(foldOf).filter(Boolean))];

  // A thin line is hard to hit: each gets a wide twin that nobody sees.
  for (const line of document.querySelectorAll("svg [data-fold] path[style*='fill: none']")) {
    const wide = line.cloneNode();
    wide.setAttribute("class", "wide");
    wide.removeAttribute("style");
    line.before(wide);
  }
  document.addEventListener("pointerover", (event) => {
    const here = foldsAt(event);
    pinned || follow(here[0] || "", here);
  });
  document.addEventListener("focusin", (event) => pinned || follow(foldOf(event.target)));
  document.addEventListener("click", (event) => {
    if (event.target.closest(".bar, a, pre")) return;
    const here = foldsAt(event);
    pin(here[here.indexOf(pinned) + 1] || "", here);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && pin(""));
  chosen.addEventListener("change", () => pin(chosen.value));
})();
