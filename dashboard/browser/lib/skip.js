/* The link past the header moves the focus; the address, which holds the view, stays as it is. */
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.skip") : null;
  if (!link) return;
  event.preventDefault();
  document.getElementById((link.getAttribute("href") ?? "#").slice(1))?.focus();
});
