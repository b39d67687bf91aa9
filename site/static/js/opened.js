// Says that a result was opened, and at which place on the list: so editors learn which queries
// find nothing that anybody wants. Not which result, and not by whom.
//
// The links are plain links and work without: this only counts, once for each time the page is read,
// and nobody waits for it.
(function () {
  "use strict";

  var query = new URLSearchParams(location.search).get("q");
  var lists = document.querySelectorAll(".results, .answer");
  var said = false;

  if (!query || !navigator.sendBeacon) {
    return;
  }

  // What stands above the list counts as its first place.
  function place(link) {
    var list = link.closest("ol[data-first]");
    if (!list) {
      return 1;
    }
    var result = link.closest(".result");
    return Number(list.dataset.first) + Array.prototype.indexOf.call(list.children, result);
  }

  function opened(event) {
    var link = event.target.closest("a[href]");
    // auxclick comes for the right button too, which opens a menu.
    if (!link || said || event.button > 1) {
      return;
    }
    said = navigator.sendBeacon(
      "/search/opened/",
      new URLSearchParams({ q: query, place: String(place(link)) })
    );
  }

  lists.forEach(function (list) {
    list.addEventListener("click", opened);
    list.addEventListener("auxclick", opened);
  });
})();
