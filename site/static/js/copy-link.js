// Links with data-copy-link stay links to a place on the page; with script they also copy its full
// address. The text of the link says so for a moment, also to a screen reader.
(function () {
  "use strict";
  if (!navigator.clipboard) {
    return;
  }
  var said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  document.body.appendChild(said);

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-copy-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    navigator.clipboard.writeText(link.href).then(function () {
      var word = link.firstChild;
      var before = link.dataset.label || word.textContent;
      link.dataset.label = before;
      word.textContent = link.dataset.done || "已复制链接";
      said.textContent = word.textContent;
      setTimeout(function () {
        word.textContent = before;
        said.textContent = "";
      }, 3000);
    }, function () {
      // Refused: the link itself still leads there, and the address bar shows the address.
    });
  });
})();
