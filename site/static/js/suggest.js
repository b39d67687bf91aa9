// Suggestions while typing, for every search box of the site: an ARIA combobox with a list.
//
// The boxes work without: this only adds to them. Keys: ↓ ↑ move in the list, Enter goes to what is
// chosen (or searches, where nothing is), Escape closes the list. What is found is announced. A
// request is sent when typing pauses, never while an input method is composing, and given up when
// another one is due; no answer, or a bad one, leaves the plain box.
(function () {
  "use strict";

  var PAUSE = 180;
  var boxes = document.querySelectorAll('form[role="search"] input[name="q"]');

  function element(name, attributes, text) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
    made.textContent = text || "";
    return made;
  }

  function combobox(box, number) {
    var form = box.form;
    var id = "suggestions-" + number;
    var list = element("ul", { id: id, role: "listbox", class: "suggestions", "aria-label": "搜索建议" });
    var status = element("p", { class: "visually-hidden", role: "status" });
    var current = -1;
    var timer = null;
    var request = null;
    var asked = "";

    list.hidden = true;
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", id);
    form.classList.add("has-suggestions");
    form.appendChild(list);
    form.appendChild(status);

    function options() {
      return list.children;
    }

    function choose(place) {
      Array.prototype.forEach.call(options(), function (option, index) {
        option.setAttribute("aria-selected", String(index === place));
      });
      current = place;
      if (place < 0) {
        box.removeAttribute("aria-activedescendant");
      } else {
        box.setAttribute("aria-activedescendant", options()[place].id);
        options()[place].scrollIntoView({ block: "nearest" });
      }
    }

    function close() {
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      choose(-1);
    }

    function give_up() {
      clearTimeout(timer);
      if (request) {
        request.abort();
        request = null;
      }
    }

    function show(found) {
      list.textContent = "";
      found.forEach(function (one, index) {
        var option = element("li", {
          id: id + "-" + index,
          role: "option",
          class: "suggestion",
          "aria-selected": "false",
          "data-url": one.url
        });
        option.appendChild(element("span", {}, one.title));
        option.appendChild(element("span", { class: "suggestion__kind" }, one.label));
        list.appendChild(option);
      });
      current = -1;
      box.removeAttribute("aria-activedescendant");
      list.hidden = found.length === 0;
      box.setAttribute("aria-expanded", String(found.length > 0));
      status.textContent = found.length ? "有" + found.length + "条建议，按上下方向键选择" : "没有建议";
    }

    function ask() {
      var typed = box.value.trim();
      if (typed === asked && !list.hidden) {
        return;
      }
      asked = typed;
      if (!typed) {
        status.textContent = "";
        close();
        return;
      }
      var mine = new AbortController();
      request = mine;
      fetch("/search/suggest/?q=" + encodeURIComponent(typed), { signal: mine.signal })
        .then(function (response) {
          return response.ok ? response.json() : { suggestions: [] };
        })
        .then(function (answer) {
          if (request === mine && document.activeElement === box) {
            show(answer.suggestions);
          }
        })
        .catch(function () {
          // Given up, or no answer: the box searches as it does without suggestions.
          if (request === mine) {
            close();
          }
        });
    }

    box.addEventListener("input", function (event) {
      give_up();
      if (!event.isComposing) {
        timer = setTimeout(ask, PAUSE);
      }
    });
    box.addEventListener("compositionend", function () {
      give_up();
      timer = setTimeout(ask, PAUSE);
    });

    box.addEventListener("keydown", function (event) {
      var count = options().length;
      if (event.isComposing) {
        return;
      }
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
        event.preventDefault();
        if (list.hidden) {
          list.hidden = false;
          box.setAttribute("aria-expanded", "true");
        }
        // The box itself is one of the places: what was typed can always be come back to.
        var step = event.key === "ArrowDown" ? 1 : -1;
        choose(((current + 1 + step + count + 1) % (count + 1)) - 1);
      } else if (event.key === "Enter" && current >= 0) {
        event.preventDefault();
        location.assign(options()[current].dataset.url);
      } else if (event.key === "Escape" && !list.hidden) {
        // Once closes the list; once more, the browser clears the box.
        event.preventDefault();
        give_up();
        close();
      }
    });

    // The box keeps the focus, so that leaving it can close the list.
    list.addEventListener("mousedown", function (event) {
      event.preventDefault();
    });
    list.addEventListener("click", function (event) {
      var option = event.target.closest("[role=option]");
      if (option) {
        location.assign(option.dataset.url);
      }
    });
    box.addEventListener("blur", function () {
      give_up();
      close();
    });
    form.addEventListener("submit", give_up);
  }

  if (window.AbortController && window.fetch) {
    boxes.forEach(combobox);
  }
})();
