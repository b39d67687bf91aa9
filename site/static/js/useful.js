// 这一条对您有用吗？ Without this file the answer goes by an ordinary form and comes back to #thanks.
(function () {
  "use strict";

  var form = document.querySelector("form[data-useful]");
  var said = document.querySelector("[data-useful-said]");
  if (!form || !said || !window.fetch || !window.FormData) {
    return;
  }

  function say(text, done) {
    said.classList.toggle("useful__said--done", done);
    said.textContent = text;
  }

  form.addEventListener("submit", function (event) {
    var pressed = event.submitter;
    if (!pressed) {
      return; // a browser that does not say which button: its form goes the ordinary way
    }
    event.preventDefault();
    if (form.dataset.sent) {
      return;
    }
    form.dataset.sent = "yes";
    var answers = new URLSearchParams(new FormData(form));
    answers.set(pressed.name, pressed.value);
    fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      credentials: "omit",
      body: answers,
    })
      .then(function (response) {
        return response.json().then(function (answer) {
          say(answer.message, response.ok);
          if (response.ok) {
            form.querySelectorAll("button").forEach(function (button) {
              // Not `disabled`: that would take the focus from whoever uses the keyboard.
              button.setAttribute("aria-disabled", "true");
            });
          } else {
            delete form.dataset.sent;
          }
        });
      })
      .catch(function () {
        delete form.dataset.sent;
        say("没有记下，请稍后再按一次。", false);
      });
  });
})();
