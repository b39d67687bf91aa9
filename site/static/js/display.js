// Reading modes, before the first paint: what a reader chose stays on this device alone.
// The page's bytes are the same for everybody; only these two attributes of <html> differ.
(function () {
  "use strict";
  var root = document.documentElement;
  try {
    if (localStorage.getItem("tongban.text") === "large") {
      root.setAttribute("data-text", "large");
    }
    if (localStorage.getItem("tongban.contrast") === "high") {
      root.setAttribute("data-contrast", "high");
    }
  } catch (error) {
    // Storage may be forbidden (private windows): the page is then shown as it is.
  }
})();
