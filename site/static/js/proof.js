// Computes a proof of work while a form is being filled in, and sends it along. Whoever comes
// without one may send as well, only less often. The work is altcha's (vendor/altcha-3.2.2).
(function () {
  "use strict";

  function prove(field) {
    fetch(field.dataset.challenge)
      .then(function (response) {
        if (!response.ok) {
          throw new Error(String(response.status));
        }
        return response.json();
      })
      .then(function (challenge) {
        var worker = new Worker(field.dataset.worker);
        worker.onmessage = function (message) {
          worker.terminate();
          var solution = message.data;
          if (!solution || !solution.derivedKey) {
            return;
          }
          field.value = btoa(JSON.stringify({ challenge: challenge, solution: solution }));
        };
        worker.postMessage({
          type: "work",
          challenge: challenge,
          counterStart: 0,
          counterStep: 1,
          counterMode: "uint32",
          timeout: 90000,
        });
      })
      .catch(function () {
        // No connection, or a browser without workers: the form is sent without a proof.
      });
  }

  document.querySelectorAll("[data-challenge]").forEach(function (field) {
    // crypto.subtle is there on https and on this machine only.
    if (!window.Worker || !window.crypto || !window.crypto.subtle || !field.form) {
      return;
    }
    if (field.form.contains(document.activeElement)) {
      // The first wrong field has taken the focus already.
      prove(field);
      return;
    }
    field.form.addEventListener(
      "focusin",
      function () {
        prove(field);
      },
      { once: true }
    );
  });
})();
