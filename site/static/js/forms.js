// Progressive enhancement of the form pages: the areas below a chosen one come without reloading.
// Without this file the button "选择下一级" asks the server for them.
(function () {
  "use strict";

  function fill(select, children) {
    while (select.options.length > 1) {
      select.remove(1);
    }
    children.forEach(function (child) {
      select.add(new Option(child.name, child.code));
    });
    select.value = "";
    select.closest(".field").hidden = children.length === 0;
  }

  function enhance(area) {
    var selects = Array.prototype.slice.call(area.querySelectorAll("select"));
    var button = area.querySelector("button");
    button.hidden = true;

    selects.forEach(function (select, place) {
      select.addEventListener("change", function () {
        var code = select.value;
        selects.slice(place + 1).forEach(function (later) {
          fill(later, []);
        });
        if (!code || place + 1 === selects.length) {
          return;
        }
        fetch(area.dataset.children + encodeURIComponent(code) + ".json")
          .then(function (response) {
            if (!response.ok) {
              throw new Error(String(response.status));
            }
            return response.json();
          })
          .then(function (answer) {
            // The answer to an earlier choice may come last.
            if (select.value === answer.code) {
              fill(selects[place + 1], answer.children);
            }
          })
          .catch(function () {
            // No connection just now: the way without script still works.
            button.hidden = false;
          });
      });
    });
  }

  document.querySelectorAll("[data-area]").forEach(enhance);
})();
