// The clauses of a policy in the page editor: opened, found, moved, added in between, deleted.
// Wagtail's InlinePanel keeps the form's bookkeeping (TOTAL_FORMS, ORDER, dragging).
(() => {
  "use strict";

  const NUMERALS = "[一二三四五六七八九十百千零〇○两]+";
  const LEVELS = [
    [new RegExp(`^第.{1,7}(编|部分|章)`), 1],
    [new RegExp(`^第.{1,7}节`), 2],
    [new RegExp(`^第.{1,7}条`), 3],
    [new RegExp(`^${NUMERALS}[、.．,]`), 1],
    [new RegExp(`^[（(]${NUMERALS}[)）]`), 2],
    [/^[（(]\d+[)）]/, 4],
    [/^\d+\s?[.．、)）]/, 3],
  ];

  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  const shortened = (text, size = 48) => {
    const line = text.trim().replace(/\s+/g, " ");
    return line.length > size ? `${line.slice(0, size)}…` : line;
  };

  class ClausePanel {
    constructor(root) {
      this.root = root;
      const options = JSON.parse(root.querySelector("#clause-panel-options").textContent);
      this.list = root.querySelector(`#${options.formsetPrefix}-FORMS`);
      this.formset = new window.InlinePanel(options);
      this.find = root.querySelector("[data-clause-filter]");
      this.said = root.querySelector("[data-clause-said]");
      this.dialog = root.querySelector("[data-clause-dialog]");
      this.keepInRange();
      root.addEventListener("click", (event) => this.clicked(event));
      root.addEventListener("keydown", (event) => this.pressed(event));
      this.list.addEventListener("input", (event) => this.typed(event));
      this.list.addEventListener("change", (event) => this.typed(event));
      this.list.addEventListener("tongban:reveal", (event) => {
        this.clearFind();
        this.open(event.target.closest(".clause-row"));
      });
      this.list.addEventListener("w-formset:added", (event) => this.addedLast(event));
      new MutationObserver(() => this.keepInRange()).observe(this.list, { childList: true });
      // What is looked for is no change of the page.
      for (const kind of ["input", "change", "keyup"]) {
        this.find.addEventListener(kind, (event) => {
          event.stopPropagation();
          this.filter();
        });
      }
    }

    // ── rows ────────────────────────────────────────────────────────────────────────────────

    rows() {
      return [...this.list.children].filter((row) => !row.classList.contains("deleted"));
    }

    prefix(row) {
      return row.id.replace("inline_child_", "");
    }

    field(row, name) {
      return row.querySelector(`[name="${this.prefix(row)}-${name}"]`);
    }

    value(row, name) {
      return this.field(row, name).value.trim();
    }

    name(row) {
      return shortened(
        `${this.value(row, "number")}${this.value(row, "heading") || this.value(row, "text")}` || "新条款",
        24,
      );
    }

    level(row) {
      return Number(row.dataset.level) || 1;
    }

    // A clause and what is printed beneath it.
    block(row) {
      const rows = this.rows();
      const from = rows.indexOf(row);
      let to = from + 1;
      while (to < rows.length && this.level(rows[to]) > this.level(row)) to += 1;
      return rows.slice(from, to);
    }

    open(row, opened = true) {
      const toggle = row.querySelector("[data-clause-toggle]");
      toggle.setAttribute("aria-expanded", String(opened));
      row.querySelector(".clause-row__body").hidden = !opened;
    }

    isOpen(row) {
      return row.querySelector("[data-clause-toggle]").getAttribute("aria-expanded") === "true";
    }

    // ── what the line says ──────────────────────────────────────────────────────────────────

    typed({ target }) {
      const row = target.closest(".clause-row");
      if (!row) return;
      if (target.matches(".clause-departments input")) this.departmentsChosen(row);
      row.querySelector("[data-clause-number]").textContent = this.value(row, "number");
      row.querySelector("[data-clause-title]").textContent =
        shortened(this.value(row, "heading") || this.value(row, "text")) || "（新条款）";
      if (target === this.field(row, "number") || target === this.field(row, "chosen_level")) {
        row.dataset.level = this.guess(row);
        this.hint(row);
      }
    }

    // The server decides when the page is saved; this is what will most likely come of it.
    guess(row) {
      const chosen = Number(this.value(row, "chosen_level"));
      if (chosen) return chosen;
      const number = this.value(row, "number");
      const known = LEVELS.find(([shape]) => shape.test(number));
      if (known) return known[1];
      const rows = this.rows();
      const before = rows[rows.indexOf(row) - 1];
      return before ? this.level(before) : 1;
    }

    hint(row) {
      const hint = row.querySelector("[data-clause-hint]");
      const rows = this.rows();
      const higher = rows.filter((one) => this.level(one) < this.level(row));
      const above = !higher.length || rows.indexOf(higher[0]) < rows.indexOf(row);
      const outline = LEVELS.slice(3).some(([shape]) => shape.test(this.value(row, "number")));
      const orphan = outline && !this.value(row, "chosen_level") && this.level(row) > 1 && !above;
      hint.hidden = !orphan;
      if (orphan) {
        const example = ["一、", "（一）", "1."][this.level(row) - 2];
        hint.textContent = `“${this.value(row, "number")}”上面没有它所属的条款（如“${example}”）。请把它移到所属条款之后，或先加上那一条；确实没有上级的，请选定层级。`;
      }
    }

    // ── finding ─────────────────────────────────────────────────────────────────────────────

    filter() {
      const wanted = plain(this.find.value);
      let found = 0;
      for (const row of this.rows()) {
        const words = ["number", "heading", "text"].map((name) => this.field(row, name).value).join("");
        const hit = !wanted || plain(words).includes(wanted) || row.dataset.key === wanted;
        row.classList.toggle("clause-row--out", !hit);
        if (hit) found += 1;
      }
      this.root.toggleAttribute("data-filtering", Boolean(wanted));
      this.root.querySelector("[data-clause-found]").textContent = wanted ? `找到 ${found} 条` : "";
      this.root.querySelector("[data-clause-none]").hidden = found > 0 || !wanted;
    }

    clearFind() {
      this.find.value = "";
      this.filter();
    }

    // ── moving and adding ───────────────────────────────────────────────────────────────────

    // A clause moves with what is printed beneath it.
    move(row, up) {
      const rows = this.rows();
      const block = this.block(row);
      if (up) {
        let at = rows.indexOf(row) - 1;
        if (at < 0) return;
        while (at > 0 && this.level(rows[at]) > this.level(row)) at -= 1;
        rows[at].before(...block);
      } else {
        const next = rows[rows.indexOf(row) + block.length];
        if (!next) return;
        const past = this.level(next) < this.level(row) ? next : this.block(next).at(-1);
        past.after(...block);
      }
      this.ordered(row);
      const place = this.rows().indexOf(row) + 1;
      this.say(`“${this.name(row)}”现在是第 ${place} 条。`);
    }

    add(row, where) {
      this.placeFor = { row, where };
      this.formset.addForm();
    }

    // Wagtail adds at the end; from there the row goes where it was asked for.
    addedLast({ target }) {
      const place = this.placeFor;
      this.placeFor = null;
      if (place) place.row[place.where](target);
      target.dataset.level = place ? this.level(place.row) : 1;
      this.clearFind();
      this.open(target);
      this.ordered(target);
      this.field(target, "number").focus();
      target.scrollIntoView({ block: "center" });
    }

    ordered(row) {
      this.formset.updateOrderValues();
      this.formset.updateControlStates();
      this.keepInRange();
      this.changed(this.field(row, "ORDER"));
    }

    changed(input) {
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    // The first can't go up, the last not down.
    keepInRange() {
      const rows = this.rows();
      rows.forEach((row, at) => {
        row.querySelector("[data-clause-up]").disabled = at === 0;
        row.querySelector("[data-clause-down]").disabled = at === rows.length - 1;
      });
    }

    // ── deleting ────────────────────────────────────────────────────────────────────────────

    askToDelete(row) {
      const reasons = [...row.querySelectorAll("[data-clause-pointer]")].map(
        (link) => `${link.textContent.trim()} 指向这一条`,
      );
      const beneath = this.block(row).length - 1;
      if (beneath) reasons.push(`它下面还有 ${beneath} 条，删除后会归到前面的条款之下`);
      if (!reasons.length) {
        this.remove(row);
        return;
      }
      this.dialog.querySelector("[data-clause-dialog-title]").textContent = `要删除“${this.name(row)}”吗？`;
      this.dialog.querySelector("[data-clause-dialog-reasons]").replaceChildren(
        ...reasons.map((reason) => Object.assign(document.createElement("li"), { textContent: reason })),
      );
      this.asked = row;
      this.dialog.showModal();
    }

    remove(row) {
      const rows = this.rows();
      const next = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
      const name = this.name(row);
      this.marked(row, true);
      const undo = Object.assign(document.createElement("button"), {
        type: "button",
        className: "button button-small button-secondary",
        textContent: "撤销",
      });
      undo.addEventListener("click", () => {
        this.marked(row, false);
        this.said.replaceChildren();
        row.querySelector("[data-clause-toggle]").focus();
      });
      this.said.replaceChildren(`已删除“${name}”。`, undo);
      (next ? next.querySelector("[data-clause-toggle]") : this.find).focus();
    }

    marked(row, deleted) {
      this.field(row, "DELETE").value = deleted ? "1" : "";
      row.classList.toggle("deleted", deleted);
      this.formset.updateOrderValues();
      this.formset.updateControlStates();
      this.keepInRange();
      this.changed(this.field(row, "DELETE"));
    }

    // ── departments ─────────────────────────────────────────────────────────────────────────

    chooseDepartments(row, button) {
      const field = row.querySelector("[data-clause-departments-field]");
      let choices = field.querySelector(".clause-departments");
      if (!choices) {
        const template = this.root.querySelector("template[data-clause-departments]");
        choices = template.content.firstElementChild.cloneNode(true);
        const chosen = this.value(row, "departments").split(",");
        for (const box of choices.querySelectorAll("input")) box.checked = chosen.includes(box.value);
        field.append(choices);
        choices.hidden = true;
      }
      choices.hidden = !choices.hidden;
      button.setAttribute("aria-expanded", String(!choices.hidden));
      button.textContent = choices.hidden ? "选择部门" : "选好了";
      if (!choices.hidden) choices.querySelector("input").focus();
    }

    departmentsChosen(row) {
      const boxes = [...row.querySelectorAll(".clause-departments input:checked")];
      const names = boxes.map((box) => box.dataset.short).join("、");
      const input = this.field(row, "departments");
      input.value = boxes.map((box) => box.value).join(",");
      row.querySelector("[data-clause-departments-said]").textContent = names;
      row.querySelector("[data-clause-departments-chosen]").textContent = names || "未选";
    }

    // ── hands ───────────────────────────────────────────────────────────────────────────────

    clicked({ target }) {
      const button = target.closest("button");
      if (!button) return;
      const is = (name) => button.hasAttribute(`data-clause-${name}`);
      const row = button.closest(".clause-row");
      if (is("open-all") || is("close-all")) {
        this.rows().forEach((one) => this.open(one, is("open-all")));
      } else if (is("find-clear")) {
        this.clearFind();
        this.find.focus();
      } else if (is("dialog-no")) {
        this.dialog.close();
      } else if (is("dialog-yes")) {
        this.dialog.close();
        this.remove(this.asked);
      } else if (!row) {
        return;
      } else if (is("toggle")) {
        this.open(row, !this.isOpen(row));
      } else if (is("up") || is("down")) {
        this.move(row, is("up"));
        if (button.disabled) row.querySelector("[data-clause-toggle]").focus();
        else button.focus();
      } else if (is("add")) {
        this.add(row, button.dataset.clauseAdd);
      } else if (is("delete")) {
        this.askToDelete(row);
      } else if (is("departments-open")) {
        this.chooseDepartments(row, button);
      }
    }

    pressed(event) {
      if (event.target === this.find && event.key === "Enter") {
        event.preventDefault(); // it would save the page
        return;
      }
      const up = event.key === "ArrowUp";
      if (!(up || event.key === "ArrowDown") || !event.target.matches("[data-clause-toggle]")) return;
      event.preventDefault();
      const row = event.target.closest(".clause-row");
      if (event.altKey) {
        this.move(row, up);
        event.target.focus();
        return;
      }
      const shown = this.rows().filter((one) => !one.classList.contains("clause-row--out"));
      const next = shown[shown.indexOf(row) + (up ? -1 : 1)];
      if (next) next.querySelector("[data-clause-toggle]").focus();
    }

    say(words) {
      this.said.replaceChildren(words);
    }
  }

  const begin = () => document.querySelectorAll("[data-clause-panel]").forEach((root) => new ClausePanel(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
