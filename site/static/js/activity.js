// Says how many places are left. The page is right without it: the form has the last word.
(() => {
  "use strict";
  const words = {
    early: () => "，报名尚未开始",
    open: (free) => `，还有${free}个`,
    full: () => "，名额已满",
    closed: () => "，报名已截止",
  };
  const section = document.querySelector("[data-places]");
  if (!section) return;
  fetch(section.dataset.places, { headers: { Accept: "application/json" } })
    .then((response) => (response.ok ? response.json() : { sessions: [] }))
    .then(({ sessions }) => {
      for (const { id, free, phase } of sessions) {
        const place = section.querySelector(`[data-session="${Number(id)}"]`);
        if (place && words[phase]) place.textContent = words[phase](free);
      }
    })
    .catch(() => {
      // Without the number the page says what it said before.
    });
})();
