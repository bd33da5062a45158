{
  const list = document.querySelector(".list");
  const own = getComputedStyle(list).overflowY === "auto";
  const pane = own ? list : document.scrollingElement;
  const open = list.querySelector(".row-link[aria-current]");
  const key = `list ${own && open ? "beside" : "alone"} ${list.dataset.view}`;
  try {
    if (own || !open) pane.scrollTop = sessionStorage.getItem(key) ?? 0;
    if (own) open?.parentElement.scrollIntoView({ block: "nearest" });
    addEventListener("pagehide", () => sessionStorage.setItem(key, pane.scrollTop));
  } catch {
    // A browser that keeps nothing forgets the place, nothing worse.
  }
}
