// Progressive enhancement of the form pages. Everything here is also done without it:
// - the areas below a chosen one come at once (else: the button "选择下一级");
// - questions that a condition hides are hidden at once (else: words beside them, and the server);
// - the first wrong field takes the focus;
// - leaving at once takes this page's place in the history (else: a plain link);
// - before a page lapses it says so.
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

  // ── conditions ──────────────────────────────────────────────────────────────────────────────

  var DAY = /^([0-9]{4})(?:-|\/|\.|年)([0-9]{1,2})(?:-|\/|\.|月)([0-9]{1,2})(?:日|号)?$/;
  var EIGHT = /^([0-9]{4})([0-9]{2})([0-9]{2})$/;

  function plain(text) {
    return text.normalize("NFKC").replace(/\s+/g, "");
  }

  function day(text) {
    var found = DAY.exec(plain(text)) || EIGHT.exec(plain(text));
    return found ? found[1] + "-" + ("0" + found[2]).slice(-2) + "-" + ("0" + found[3]).slice(-2) : "";
  }

  function last(values) {
    return values.filter(Boolean).pop() || "";
  }

  // The answer as the server would store it; what it would not take is none.
  function answerOf(wrapper) {
    var type = wrapper.dataset.type;
    var inputs = Array.prototype.slice.call(wrapper.querySelectorAll("input, select, textarea"));
    var checked = inputs.filter(function (input) { return input.checked; });
    var first = inputs[0];
    if (type === "files") {
      return Array.prototype.map.call(wrapper.querySelectorAll(".files__file"), function () { return "file"; });
    }
    if (type === "group") {
      return Array.prototype.map.call(wrapper.querySelectorAll("[data-item]"), function () { return "item"; });
    }
    if (!first) {
      return undefined;
    }
    if (type === "radio" || type === "consent") {
      return checked.length ? checked[0].value : "";
    }
    if (type === "checkbox") {
      return first.checked;
    }
    if (type === "checkboxes") {
      return checked.map(function (input) { return input.value; });
    }
    if (type === "area" || type === "residence_area") {
      return last(inputs.map(function (select) { return select.value; }));
    }
    if (type === "number") {
      var number = plain(first.value);
      return /^-?[0-9]+(\.[0-9]+)?$/.test(number) ? number : "";
    }
    if (type === "date" || type === "birth_date") {
      return day(first.value);
    }
    return first.value.trim();
  }

  function questionsIn(scope) {
    return Array.prototype.filter.call(scope.querySelectorAll("[data-question]"), function (wrapper) {
      var parent = wrapper.parentNode.closest("[data-item]");
      return parent ? parent === scope : !scope.hasAttribute("data-item");
    });
  }

  function ask(scope, known, today) {
    questionsIn(scope).forEach(function (wrapper) {
      var condition = wrapper.dataset.condition;
      var shown = !condition || window.tongbanConditions.holds(JSON.parse(condition), known, today);
      wrapper.hidden = !shown;
      if (!shown) {
        delete known[wrapper.dataset.question];
        return;
      }
      if (wrapper.dataset.type === "group") {
        wrapper.querySelectorAll("[data-item]").forEach(function (item) {
          ask(item, Object.assign({}, known), today);
        });
      }
      known[wrapper.dataset.question] = answerOf(wrapper);
    });
  }

  function follow(form) {
    function again() {
      ask(form, JSON.parse(form.dataset.answers || "{}"), form.dataset.today);
    }
    form.querySelectorAll("[data-when]").forEach(function (words) {
      words.hidden = true;
    });
    form.addEventListener("input", again);
    form.addEventListener("change", again);
    // A browser that goes back fills the fields in after this has run.
    window.addEventListener("pageshow", again);
    again();
  }

  if (window.tongbanConditions) {
    document.querySelectorAll("form[data-form]").forEach(follow);
  }

  // ── the first wrong field ───────────────────────────────────────────────────────────────────

  var wrong = document.querySelector("[autofocus]");
  if (wrong && !wrong.closest("[hidden]")) {
    wrong.focus();
    wrong.closest(".question, .field").scrollIntoView({ block: "center" });
  }

  // ── leaving at once ─────────────────────────────────────────────────────────────────────────

  var exit = document.querySelector("[data-quick-exit]");

  function leave() {
    try {
      sessionStorage.setItem("left", String(Date.now()));
    } catch (error) {
      // Storage is switched off: then pages are not kept for going back either.
    }
    document.documentElement.hidden = true;
    document.querySelectorAll("form").forEach(function (form) {
      form.reset();
    });
    window.location.replace(exit.href);
  }

  // A page that was kept alive for going back: it is asked for anew once somebody has left.
  var opened = Date.now();
  window.addEventListener("pageshow", function (event) {
    var left = 0;
    try {
      left = Number(sessionStorage.getItem("left"));
    } catch (error) {
      left = 0;
    }
    if (event.persisted && left > opened) {
      document.documentElement.hidden = true;
      document.querySelectorAll("form").forEach(function (form) {
        form.reset();
      });
      window.location.reload();
    }
  });

  if (exit) {
    exit.addEventListener("click", function (event) {
      event.preventDefault();
      leave();
    });
    var pressed = [];
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") {
        pressed = [];
        return;
      }
      pressed = pressed.concat(Date.now()).slice(-3);
      if (pressed.length === 3 && pressed[2] - pressed[0] < 3000) {
        leave();
      }
    });
  }

  // ── what lapses ─────────────────────────────────────────────────────────────────────────────

  document.querySelectorAll("[data-lapses]").forEach(function (line) {
    var end = Date.now() + Number(line.dataset.lapses) * 1000;
    var said = "";

    // The clock is asked, not counted: a telephone that slept has missed the beats.
    function look() {
      var left = end - Date.now();
      var words = left <= 0 ? line.dataset.gone : left <= 5 * 60 * 1000 ? line.dataset.soon : "";
      if (words !== said) {
        said = words;
        line.textContent = words;
        line.classList.toggle("notice", words !== "");
        line.classList.toggle("notice--soon", words !== "");
      }
    }
    setInterval(look, 5000);
    document.addEventListener("visibilitychange", look);
    look();
  });
})();
