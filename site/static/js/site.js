// What every page may use. Nothing here is needed to read, to ask or to follow a request:
// controls that need script are `hidden` in the page and carry `data-needs-script`.
//
//   <button type="button" hidden data-needs-script data-display="text">      switches a reading mode
//   <button type="button" hidden data-needs-script data-copy="words">        copies; says so in its own text
//   <button type="button" hidden data-needs-script data-print>               prints
(function () {
  "use strict";

  var MODES = { text: "large", contrast: "high" };
  var root = document.documentElement;

  function isOn(mode) {
    return root.getAttribute("data-" + mode) === MODES[mode];
  }

  function setMode(mode, on) {
    if (on) {
      root.setAttribute("data-" + mode, MODES[mode]);
    } else {
      root.removeAttribute("data-" + mode);
    }
    try {
      if (on) {
        localStorage.setItem("tongban." + mode, MODES[mode]);
      } else {
        localStorage.removeItem("tongban." + mode);
      }
    } catch (error) {
      // Without storage the choice lasts for this page.
    }
  }

  function showModes() {
    document.querySelectorAll("[data-display]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(isOn(button.dataset.display)));
    });
  }

  function copy(button, text) {
    var label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    navigator.clipboard.writeText(text).then(
      function () {
        button.textContent = button.dataset.done || "已复制";
        setTimeout(function () {
          button.textContent = label;
        }, 3000);
      },
      function () {
        window.prompt(label, text);
      }
    );
  }

  document.querySelectorAll("[data-needs-script]").forEach(function (element) {
    // The clipboard exists on secure origins only; a button that can't work is not shown.
    if (!("copy" in element.dataset) || navigator.clipboard) {
      element.hidden = false;
    }
  });
  showModes();

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) {
      return;
    }
    if (button.dataset.display in MODES) {
      setMode(button.dataset.display, !isOn(button.dataset.display));
      showModes();
    } else if ("copy" in button.dataset) {
      copy(button, button.dataset.copy);
    } else if ("print" in button.dataset) {
      window.print();
    }
  });

  // Escape closes the phone's menu and gives the focus back to its button.
  document.addEventListener("keydown", function (event) {
    var menu = document.querySelector(".ways-menu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  var summary = document.querySelector(".error-summary");
  if (summary) {
    summary.focus();
  }
})();
