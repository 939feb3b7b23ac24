/* The link past the header moves the focus; the address, which holds the view, stays as it is. */
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.skip");
    if (!link) return;
    event.preventDefault();
    document.getElementById(link.getAttribute("href").slice(1)).focus();
  });
})();
