// The pre-publication check in the editor: asks the server of the form as it stands, shows what it
// found, and leads to the field. Without script the check is made when somebody publishes.
(() => {
  "use strict";

  const panel = document.querySelector('[data-side-panel="checks"]');
  const root = panel?.querySelector("[data-prechecks]");
  if (!root) return;
  const status = root.querySelector("[data-prechecks-status]");
  const findings = root.querySelector("[data-prechecks-findings]");
  const toggle = document.querySelector('[data-side-panel-toggle="checks"]');
  const counter = toggle?.querySelector("[data-side-panel-toggle-counter]");
  const form = document.querySelector("[data-edit-form]");
  let asked = 0;

  // Wagtail changes the address when it saves a new page for the first time, so it is read each time.
  function address() {
    const place = window.location.pathname;
    const fresh = place.match(/^(.*\/)pages\/add\/(\w+)\/(\w+)\/(\d+)\//);
    if (fresh) return `${fresh[1]}prechecks/add/${fresh[2]}/${fresh[3]}/${fresh[4]}/`;
    const saved = place.match(/^(.*\/)pages\/(\d+)\//);
    return saved && `${saved[1]}prechecks/${saved[2]}/`;
  }

  async function check({ saved = false } = {}) {
    const url = address();
    if (!url || (saved && url.includes("/add/"))) return;
    const mine = ++asked;
    status.textContent = status.dataset.working;
    root.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, {
        method: saved ? "GET" : "POST",
        body: saved ? undefined : new FormData(form),
        headers: { "X-Requested-With": "XMLHttpRequest" },
        redirect: "error",
      });
      if (!response.ok) throw new Error(response.status);
      const html = await response.text();
      if (mine !== asked) return; // a later press has overtaken this answer
      findings.innerHTML = html;
      status.textContent = "";
      count(Number(response.headers.get("X-Findings-Blocking")));
    } catch {
      if (mine === asked) status.textContent = status.dataset.failed;
    } finally {
      if (mine === asked) root.removeAttribute("aria-busy");
    }
  }

  function count(blocking) {
    if (!counter) return;
    counter.textContent = blocking;
    counter.hidden = !blocking;
  }

  // "clauses.12.text": fields by their content path, inline children by their id or place.
  function find(path) {
    let scope = form;
    const steps = path.split(".");
    for (let at = 0; at < steps.length; at += 1) {
      const step = steps[at];
      const children = scope.querySelector(`#id_${CSS.escape(step)}-FORMS`);
      const next = children && steps[at + 1] ? child(children, step, steps[at + 1]) : null;
      if (next) {
        scope = next;
        at += 1;
      } else {
        const found = field(scope, step);
        if (!found) return scope === form ? null : scope;
        scope = found;
      }
    }
    return scope;
  }

  function child(children, name, step) {
    const there = [...children.children].filter((one) => !one.classList.contains("deleted"));
    if (step.startsWith("@")) return there[Number(step.slice(1)) - 1];
    const id = there
      .flatMap((one) => [...one.querySelectorAll(`input[name^="${CSS.escape(name)}-"][name$="-id"]`)])
      .find((input) => input.value === step);
    return id ? there.find((one) => one.contains(id)) : null;
  }

  function field(scope, step) {
    const escaped = CSS.escape(step);
    return (
      scope.querySelector(`[data-contentpath="${escaped}"]`) ||
      scope.querySelector(`[name="${escaped}"], [name$="-${escaped}"]`) ||
      scope.querySelector(`#id_${escaped}-FORMS`)
    );
  }

  function jump(path) {
    const target = find(path);
    if (!target) {
      status.textContent = status.dataset.hiddenField;
      return;
    }
    // On a small screen the panel lies over the form.
    if (panel.offsetWidth > window.innerWidth * 0.7) toggle?.click();
    open(target);
    const input = target.matches("input, textarea, select")
      ? target
      : target.querySelector(
          'input:not([type="hidden"]), textarea, select, [contenteditable="true"], button',
        );
    target.scrollIntoView({ block: "center" });
    input?.focus({ preventScroll: true });
    const shown = target.closest("[data-field]") || target;
    shown.classList.add("prechecks-target");
    setTimeout(() => shown.classList.remove("prechecks-target"), 4000);
  }

  // The tab and every collapsed section around the field.
  function open(target) {
    const tab = target.closest('[role="tabpanel"]');
    if (tab?.hidden) document.querySelector(`[role="tab"][aria-controls="${tab.id}"], [role="tab"][href="#${tab.id}"]`)?.click();
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      // What folds its parts in a way of its own (the clauses) opens them when it hears this.
      if (at.hidden) at.dispatchEvent(new CustomEvent("tongban:reveal", { bubbles: true }));
      const button = at.matches("[data-panel]") && at.querySelector('[data-panel-toggle][aria-expanded="false"]');
      if (button && button.closest("[data-panel]") === at) button.click();
    }
  }

  root.querySelector("[data-prechecks-run]").addEventListener("click", () => check());
  panel.addEventListener("show", () => {
    if (!asked || !findings.innerHTML) check();
  });
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-prechecks-jump]");
    if (button) jump(button.dataset.prechecksJump);
  });

  window.addEventListener("load", async () => {
    const wanted = window.location.hash.match(/^#prechecks(?:=(.*))?$/);
    await check({ saved: true });
    if (!wanted) return;
    if (panel.hidden) toggle?.click();
    if (wanted[1]) jump(decodeURIComponent(wanted[1]));
  });
})();
