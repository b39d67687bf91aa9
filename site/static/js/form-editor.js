// The rows of a form in the page editor: each shows only the settings of its type, a condition reads
// as a sentence, and an outline says what families will see. Wagtail's InlinePanel keeps the books
// (TOTAL_FORMS, ORDER, dragging). The server checks everything again (forms/builder/problems.py).
(() => {
  "use strict";

  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const button = (text, clicked, look = "button-secondary") => {
    const made = element("button", { type: "button", className: `button button-small ${look}`, textContent: text });
    made.addEventListener("click", clicked);
    return made;
  };
  const select = (options, value, changed) => {
    const made = element("select");
    for (const [code, label] of options) made.add(new Option(label, code, false, code === value));
    made.value = value;
    made.addEventListener("change", () => changed(made.value));
    return made;
  };
  const shortened = (text, size = 30) => (text.length > size ? `${text.slice(0, size)}…` : text);
  const newKey = () =>
    `f${[...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

  // ── a condition as the editor sees it ─────────────────────────────────────────────────────────
  // { mode: "all" | "any" | "none", items: [leaf or one more such group] },
  // leaf: { question, is, value, not: "" | "answered" | "loose" }. "answered": says no, and is
  // answered (what people mean by 不是); "loose": a plain "not", true of an unanswered question too.

  const isLeaf = (part) => "question" in part;

  function read(tree) {
    if (!tree) return null;
    const top = readGroup(tree, 1);
    if (top) return top;
    const one = readItem(tree, 1);
    return one ? { mode: "all", items: [one] } : undefined;
  }

  function readLeaf(part) {
    const fresh = (one, not) => ({ question: one.question, is: one.is, value: one.value, not });
    if (isLeaf(part)) return fresh(part, "");
    if (part.not && isLeaf(part.not)) return fresh(part.not, "loose");
    const pair = part.all;
    const meansNot =
      pair && pair.length === 2 && pair[0].is === "answered" && pair[1].not && isLeaf(pair[1].not) &&
      pair[0].question === pair[1].not.question;
    return meansNot ? fresh(pair[1].not, "answered") : null;
  }

  function readGroup(tree, depth) {
    const mode = tree.all ? "all" : tree.any || (tree.not && tree.not.any) ? (tree.any ? "any" : "none") : "";
    if (!mode || depth > 2 || readLeaf(tree)) return null;
    const items = (tree.all || tree.any || tree.not.any).map((one) => readItem(one, depth));
    return items.includes(null) ? null : { mode, items };
  }

  function readItem(tree, depth) {
    return readLeaf(tree) || readGroup(tree, depth + 1);
  }

  function write(group) {
    const items = group.items.map((item) => (item.items ? write(item) : writeLeaf(item))).filter(Boolean);
    if (!items.length) return null;
    if (group.mode === "none") return { not: { any: items } };
    if (group.mode === "all" && items.length === 1) return items[0];
    return { [group.mode]: items };
  }

  function writeLeaf({ question, is, value, not }) {
    if (!question || !is) return null;
    const plain = is === "answered" ? { question, is } : { question, is, value };
    if (!not) return plain;
    if (not === "loose" || is === "answered") return { not: plain };
    return { all: [{ question, is: "answered" }, { not: plain }] };
  }

  const COMPARISONS = {
    equals: ["是", "不是"],
    one_of: ["是其中之一：", "不是其中任何一个："],
    contains: ["包含", "不包含"],
    answered: ["已填", "没有填"],
    at_least: ["不小于", "小于（且已填）"],
    less_than: ["小于", "不小于（且已填）"],
    younger_than: ["年龄不满", "年龄已满"],
    within: ["在…之内：", "不在…之内："],
  };
  const MODES = [["all", "全部"], ["any", "任意一个"], ["none", "一个都不"]];

  class Condition {
    constructor(rows, row) {
      this.rows = rows;
      this.row = row;
      this.input = rows.field(row, "condition");
      this.box = element("div", { className: "condition" });
      this.input.hidden = true;
      this.input.after(this.box);
      this.load();
    }

    load() {
      this.unread = false;
      try {
        this.group = read(JSON.parse(this.input.value || "null"));
        if (this.group === undefined) throw new SyntaxError("deeper than this editor draws");
      } catch {
        this.group = null;
        this.unread = true;
      }
    }

    changed() {
      const tree = this.group && write(this.group);
      this.input.value = tree ? JSON.stringify(tree) : "";
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    // What nobody sees is not drawn: with forty rows that is most of the page.
    draw() {
      if (!this.rows.isOpen(this.row)) return;
      const focused = this.box.contains(document.activeElement) && document.activeElement.dataset.at;
      this.input.hidden = !this.unread;
      if (this.unread) {
        this.box.replaceChildren(
          element("p", { textContent: "这个条件写成了文字，这里画不出来。可以直接改上面的文字，或者清除后重新设置。" }),
          button("清除条件", () => this.set(null)),
        );
        return;
      }
      if (!this.group) {
        const can = this.rows.askable(this.row).length > 0;
        const add = button("添加条件", () => this.set({ mode: "all", items: [this.newLeaf()] }));
        add.disabled = !can;
        add.dataset.at = "add";
        this.box.replaceChildren(
          element("p", {
            textContent: can ? "总是显示。" : "总是显示。前面有了问题，才能设条件。",
          }),
          add,
        );
      } else {
        this.box.replaceChildren(
          ...this.drawGroup(this.group, "0", () => this.set(null)),
          element("p", { className: "condition__said", textContent: this.sentence() }),
        );
      }
      if (focused) this.box.querySelector(`[data-at="${focused}"]`)?.focus();
    }

    set(group) {
      this.group = group;
      this.unread = false;
      this.changed();
      this.draw();
    }

    update(change) {
      change();
      if (!this.group.items.length) this.group = null;
      this.changed();
      this.draw();
    }

    newLeaf() {
      const choices = this.rows.askable(this.row);
      return this.leafFor(choices[choices.length - 1]);
    }

    // What is most often meant of a question of this type.
    leafFor(asked) {
      const question = this.rows.key(asked);
      const operators = this.rows.options.operators[this.rows.type(asked)];
      const unwritten = operators[0] === "equals" && !this.rows.choices(asked).length;
      const is = unwritten ? "answered" : operators[0];
      return { question, is, value: this.firstValue(asked, is), not: "" };
    }

    firstValue(asked, is) {
      const [first] = this.rows.choices(asked);
      if (is === "one_of") return first ? [first[0]] : [];
      if (this.rows.type(asked) === "number") return 0;
      if (is === "equals" || is === "contains") return first ? first[0] : "";
      if (is === "younger_than") return 16;
      if (is === "within") return this.rows.options.home;
      return is === "answered" ? undefined : 0;
    }

    drawGroup(group, at, remove) {
      const mode = select(MODES, group.mode, (value) => this.update(() => { group.mode = value; }));
      mode.dataset.at = `${at}.mode`;
      mode.setAttribute("aria-label", "满足多少个条件");
      const nested = at !== "0";
      const lead = element("div", { className: "condition__line" },
        nested ? "满足" : "在以下情况才显示：满足", mode, "条件");
      const list = element("ul");
      group.items.forEach((item, place) => {
        const here = `${at}.${place}`;
        const drop = () => this.update(() => {
          group.items.splice(place, 1);
          this.group.items = this.group.items.filter((one) => !one.items || one.items.length);
        });
        list.append(element("li", {}, ...(item.items
          ? this.drawGroup(item, here, drop)
          : [this.drawLeaf(item, here, drop, (leaf) => { group.items[place] = leaf; })])));
      });
      const more = button("再加一个条件", () => this.update(() => group.items.push(this.newLeaf())));
      more.dataset.at = `${at}.more`;
      const deeds = element("div", { className: "condition__deeds" }, more);
      if (!nested) {
        const inner = () => ({ mode: group.mode === "any" ? "all" : "any", items: [this.newLeaf()] });
        deeds.append(button("再加一组条件", () => this.update(() => group.items.push(inner()))));
      }
      deeds.append(button(nested ? "删去这一组" : "删去条件，总是显示", remove));
      return [lead, list, deeds];
    }

    drawLeaf(leaf, at, drop, replace) {
      const asked = this.rows.byKey(leaf.question);
      const offered = this.rows.askable(this.row).map((row) => [this.rows.key(row), this.rows.shortName(row)]);
      if (!offered.some(([key]) => key === leaf.question)) {
        const name = asked ? `（现在不能问）${this.rows.shortName(asked)}` : "（已经删去的问题）";
        offered.push([leaf.question, name]);
      }
      const question = select(offered, leaf.question, (key) =>
        this.update(() => replace(this.leafFor(this.rows.byKey(key)))));
      question.dataset.at = `${at}.question`;
      question.setAttribute("aria-label", "哪个问题");
      const line = element("div", { className: "condition__line" }, question);
      const operators = asked ? this.rows.options.operators[this.rows.type(asked)] || [] : [];
      if (operators.includes(leaf.is)) {
        line.append(this.drawComparison(leaf, asked, operators, at), ...this.drawValue(leaf, asked, at));
      } else if (asked) {
        line.append(button("重新选择比较方法", () => this.update(() => replace(this.leafFor(asked)))));
      }
      line.append(button("删去", drop));
      return line;
    }

    drawComparison(leaf, asked, operators, at) {
      const ticks = this.rows.type(asked) === "checkbox" || this.rows.type(asked) === "consent";
      const said = (is) => (ticks ? ["已勾选", "没有勾选"] : COMPARISONS[is]);
      const number = this.rows.type(asked) === "number";
      const options = operators.flatMap((is) => {
        const [yes, no] = number && is === "equals" ? ["等于", "不等于"] : said(is);
        const both = [[`${is} `, yes], [`${is} answered`, no]];
        // "Not less than" is "at least" already.
        if (number && (is === "at_least" || is === "less_than") && !(is === leaf.is && leaf.not)) both.pop();
        if (is === leaf.is && leaf.not === "loose" && is !== "answered") both.push([`${is} loose`, `${no}（或者没有填）`]);
        return both;
      });
      const now = `${leaf.is} ${leaf.is === "answered" && leaf.not ? "answered" : leaf.not}`;
      const made = select(options, now, (value) => this.update(() => {
        const [is, not] = value.split(" ");
        if (is !== leaf.is) leaf.value = this.firstValue(asked, is);
        Object.assign(leaf, { is, not });
      }));
      made.dataset.at = `${at}.is`;
      made.setAttribute("aria-label", "怎样比较");
      return made;
    }

    drawValue(leaf, asked, at) {
      const choices = this.rows.choices(asked);
      const known = (value) => choices.some(([code]) => code === value);
      const mark = (made, label) => {
        made.dataset.at = `${at}.value`;
        made.setAttribute("aria-label", label);
        return [made];
      };
      const put = (value) => this.update(() => { leaf.value = value; });
      if (leaf.is === "answered") return [];
      if (leaf.is === "one_of") {
        const chosen = Array.isArray(leaf.value) ? leaf.value : [];
        const lost = chosen.filter((value) => !known(value)).map((value) => [value, `（已经没有）${value}`]);
        const boxes = [...choices, ...lost].map(([code, label], place) => {
          const box = element("input", { type: "checkbox", checked: chosen.includes(code) });
          box.dataset.at = `${at}.value${place}`;
          box.addEventListener("change", () =>
            put(box.checked ? [...chosen, code] : chosen.filter((one) => one !== code)));
          return element("label", {}, box, label);
        });
        return [element("span", { className: "condition__choices" }, ...boxes)];
      }
      if (leaf.is === "contains" || (leaf.is === "equals" && this.rows.type(asked) !== "number")) {
        const offered = known(leaf.value) ? choices : [...choices, [leaf.value, `（已经没有）${leaf.value}`]];
        return mark(select(offered, leaf.value, put), "哪个选项");
      }
      if (leaf.is === "younger_than") {
        const ages = this.rows.options.ages.map(([code]) => [code, `${code}周岁`]);
        return mark(select(ages, String(leaf.value), (value) => put(Number(value))), "多少周岁");
      }
      if (leaf.is === "within") return this.drawAreas(String(leaf.value), at, put);
      const input = element("input", { type: "text", inputMode: "decimal", value: String(leaf.value) });
      input.addEventListener("change", () => {
        const text = input.value.normalize("NFKC").trim();
        put(/^-?[0-9]{1,9}$/.test(text) ? Number(text) : text);
      });
      return mark(input, "数字");
    }

    drawAreas(code, at, put) {
      const levels = [`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code];
      const made = [];
      let parent = "";
      for (let level = 0; level < 3; level += 1) {
        const above = parent;
        const offered = level === 0 ? this.rows.options.provinces : this.rows.areasBelow(above);
        if (!offered || (level > 0 && !offered.length)) break;
        // 沈抚改革创新示范区 stands among the cities with a code of its own.
        const chosen = offered.find(([one]) => one === levels[level] || one === code);
        const value = chosen ? chosen[0] : "";
        const any = level === 0 ? [] : [["", "（全部）"]];
        const one = select([...any, ...offered], value, (picked) => put(picked || above));
        one.dataset.at = `${at}.area${level}`;
        one.setAttribute("aria-label", ["哪个省", "哪个市", "哪个县区"][level]);
        made.push(one);
        if (!value) break;
        parent = value;
      }
      return made;
    }

    // ── what it says ────────────────────────────────────────────────────────────────────────────

    sentence() {
      return `读作：${this.say(this.group)}，才显示。`;
    }

    say(group) {
      const parts = group.items.map((item) => (item.items ? `（${this.say(item)}）` : this.sayLeaf(item)));
      if (group.mode === "none") return `${parts.join("、")}都不成立`;
      return parts.join(group.mode === "all" ? "，并且" : "，或者");
    }

    sayLeaf(leaf) {
      const asked = this.rows.byKey(leaf.question);
      if (!asked) return "“已经删去的问题”";
      const labels = new Map(this.rows.choices(asked));
      const [yes, no] = this.rows.type(asked) === "checkbox" ? ["已勾选", "没有勾选"] : COMPARISONS[leaf.is] || ["", ""];
      const value = Array.isArray(leaf.value) ? leaf.value : [leaf.value];
      let words = leaf.is === "answered" ? "" : value.map((one) => labels.get(one) || this.rows.areaName(one) || one).join("、");
      if (leaf.is === "younger_than") words = `${words}周岁`;
      return `“${this.rows.label(asked)}”${(leaf.not ? no : yes).replace("：", "")}${words ? ` ${words}` : ""}`;
    }

    warnings() {
      if (!this.group) return [];
      const leaves = this.group.items.flatMap((item) => item.items || [item]);
      const askable = new Set(this.rows.askable(this.row).map((row) => this.rows.key(row)));
      return [...new Set(leaves.filter((leaf) => !askable.has(leaf.question)).map((leaf) => {
        const asked = this.rows.byKey(leaf.question);
        if (!asked) return "条件里的问题已经不在这张表里，请改选或者删去这个条件。";
        if (this.rows.place(asked) < this.rows.place(this.row)) {
          return `“${this.rows.label(asked)}”不能用作这里的条件，请改选。`;
        }
        return `条件只能问前面的问题；“${this.rows.label(asked)}”排在后面，请把它移到前面，或者改条件。`;
      }))];
    }
  }

  // ── the rows ──────────────────────────────────────────────────────────────────────────────────

  // Those of Python's splitlines: Word's own break within a line is one of them.
  const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
  const SHAPES = ["statement", "section", "screen", "group_end"];
  const LABELS = {
    screen: "这一页的标题", section: "小标题", statement: "说明的标题", group: "这一组叫什么（例如：孩子）",
  };

  const COPIES = { screen: "复制这一页", group: "复制这一组" };

  class FormRows {
    constructor(root) {
      this.root = root;
      const all = JSON.parse(root.querySelector("#form-rows-options").textContent);
      this.options = all.form;
      this.list = root.querySelector(`#${all.formsetPrefix}-FORMS`);
      this.areas = new Map();
      this.conditions = new Map();
      this.fields = new WeakMap();
      this.formset = new window.InlinePanel(all);
      this.said = root.querySelector("[data-form-said]");
      this.outline = root.querySelector("[data-form-outline]");
      for (const hidden of root.querySelectorAll("[data-form-bar], [data-form-add]")) hidden.hidden = false;
      for (const row of this.list.children) this.begin(row);
      root.addEventListener("click", (event) => this.clicked(event));
      this.list.addEventListener("wagtail:panel-toggle", ({ target, detail }) => {
        const row = target.closest("[data-inline-panel-child]");
        if (detail.expanded && row) this.conditions.get(row)?.draw();
      });
      this.list.addEventListener("change", () => this.refresh());
      this.list.addEventListener("input", (event) => {
        if (event.target.matches('[name$="-label"]')) this.drawNames();
      });
      this.list.addEventListener("w-formset:added", (event) => this.added(event.target));
      this.list.addEventListener("w-formset:removed", (event) => this.removed(event.target));
      new MutationObserver(() => this.refresh()).observe(this.list, { childList: true });
      document.querySelector("[name=kind]")?.addEventListener("change", () => this.refresh());
      this.refresh();
    }

    rows() {
      return [...this.list.children].filter((row) => !row.classList.contains("deleted"));
    }

    prefix(row) {
      return row.id.replace("inline_child_", "");
    }

    // Looked up once: every step asks every row for its key, its type and its words.
    field(row, name) {
      if (!this.fields.has(row)) this.fields.set(row, new Map());
      const known = this.fields.get(row);
      if (!known.has(name)) known.set(name, row.querySelector(`[name="${this.prefix(row)}-${name}"]`));
      return known.get(name);
    }

    value(row, name) {
      return this.field(row, name).value.trim();
    }

    key(row) {
      return this.value(row, "clean_name");
    }

    type(row) {
      return this.value(row, "field_type");
    }

    typeName(row) {
      const types = this.field(row, "field_type");
      return types.value ? types.selectedOptions[0].text : "";
    }

    label(row) {
      return this.value(row, "label") || this.options.words.label;
    }

    place(row) {
      return this.rows().indexOf(row);
    }

    shortName(row) {
      return `${this.place(row) + 1}. ${shortened(this.label(row))}`;
    }

    byKey(key) {
      return this.rows().find((row) => this.key(row) === key);
    }

    // The choices of a row: the kind's own where its handler sets them, else what is written.
    choices(row) {
      const fixed = this.fixedChoices(row);
      if (!fixed) return this.written(row);
      if (!this.narrows(row)) return fixed;
      const named = new Set(this.written(row).map(([value]) => value));
      const left = fixed.filter(([value]) => named.has(value));
      return left.length ? left : fixed;
    }

    fixedChoices(row) {
      const kind = document.querySelector("[name=kind]")?.value;
      return (this.options.fixedChoices[kind] || {})[this.value(row, "role")];
    }

    narrows(row) {
      return this.options.narrowedRoles.includes(this.value(row, "role"));
    }

    written(row) {
      return this.value(row, "choices").normalize("NFC").replaceAll("｜", "|").split(LINE_ENDS)
        .map((line) => {
          const at = line.indexOf("|");
          const value = (at < 0 ? line : line.slice(0, at)).trim();
          const label = at < 0 ? "" : line.slice(at + 1).trim();
          return [value || label, label || value];
        })
        .filter(([value]) => value);
    }

    // For each row the row that begins its group, or null.
    groups() {
      let inside = null;
      return new Map(this.rows().map((row) => {
        const type = this.type(row);
        if (["screen", "group", "group_end"].includes(type)) inside = null;
        const found = [row, inside];
        if (type === "group") inside = row;
        return found;
      }));
    }

    askable(row) {
      const groups = this.groups();
      const rows = this.rows();
      return rows.slice(0, rows.indexOf(row)).filter((one) =>
        this.options.operators[this.type(one)] && one !== groups.get(row) &&
        (!groups.get(one) || groups.get(one) === groups.get(row)));
    }

    // ── areas, fetched once ─────────────────────────────────────────────────────────────────────

    areasBelow(code) {
      if (!this.areas.has(code)) {
        this.areas.set(code, null);
        fetch(this.options.areas.replace("CODE", encodeURIComponent(code)))
          .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
          .then(({ children }) => {
            this.areas.set(code, children.map((child) => [child.code, child.name]));
            this.refresh();
          })
          .catch(() => {
            this.areas.delete(code);
            this.say("地区名单没有取到，请过一会儿再选。");
          });
      }
      return this.areas.get(code);
    }

    areaName(code) {
      const lists = [this.options.provinces, ...this.areas.values()];
      const found = lists.flatMap((list) => list || []).find(([one]) => one === code);
      return found && found[1];
    }

    // ── each row ────────────────────────────────────────────────────────────────────────────────

    begin(row) {
      if (this.conditions.has(row)) return;
      const copy = button("", () => this.copy(row));
      copy.dataset.formCopy = "";
      row.querySelector(".w-panel__content").append(element("div", { className: "form-row__after" },
        button("在后面加一行", () => this.add("", row)), copy));
      this.conditions.set(row, new Condition(this, row));
    }

    wrapper(row, name) {
      return this.field(row, name).closest("[data-setting]");
    }

    settle(row) {
      const type = this.type(row);
      for (const [name, types] of Object.entries(this.options.settings)) {
        this.wrapper(row, name).hidden = name !== "label" || type ? !types.includes(type) : false;
      }
      const roles = this.field(row, "role");
      const allowed = this.options.rolesOfType[type] || [];
      for (const option of roles.options) {
        option.hidden = Boolean(option.value) && !allowed.includes(option.value) && !option.selected;
      }
      if (roles.value) this.wrapper(row, "role").hidden = false;
      else if (this.inGroup(row)) this.wrapper(row, "role").hidden = true;
      // What the kind sets is not typed.
      const fixed = this.fixedChoices(row);
      if (fixed && !this.narrows(row)) this.wrapper(row, "choices").hidden = true;
      const label = this.wrapper(row, "label").querySelector("label");
      label.firstChild.textContent = LABELS[type] || "问题";
      row.querySelector("[data-form-copy]").textContent = COPIES[type] || "复制这一行";
    }

    inGroup(row) {
      return row.hasAttribute("data-inside");
    }

    // What the server would say of the row, said while it is being made.
    warnings(row) {
      const found = this.conditions.get(row).warnings();
      if (!this.inGroup(row)) return found;
      const reason = this.options.notInGroup[this.type(row)];
      if (reason) found.push(reason);
      if (this.value(row, "role")) found.push("组里的问题会回答几次，不能有“含义”，请改为“无特别含义”。");
      return found;
    }

    refresh() {
      if (this.refreshing) return;
      this.refreshing = true;
      // Once a moment, however many rows moved.
      requestAnimationFrame(() => {
        this.refreshing = false;
        const groups = this.groups();
        for (const row of this.rows()) {
          this.begin(row);
          row.dataset.type = this.type(row);
          row.toggleAttribute("data-inside", Boolean(groups.get(row)));
          this.settle(row);
          const condition = this.conditions.get(row);
          condition.draw();
          const warnings = this.warnings(row);
          const warning = row.querySelector("[data-form-warning]");
          warning.hidden = !warnings.length;
          warning.textContent = warnings.join(" ");
        }
        this.drawNames();
      });
    }

    drawNames() {
      let page = 0;
      for (const row of this.rows()) {
        const type = this.typeName(row).replace(/（.*/, "");
        const label = shortened(this.label(row), 40);
        let name = type ? `${label} · ${type}` : label;
        if (this.type(row) === "screen") {
          page += 1;
          name = `第${page}页 · ${label}`;
        }
        if (this.type(row) === "group_end") name = "这一组到这里结束";
        row.querySelector(".form-row__name").textContent = name;
      }
      this.drawOutline();
    }

    drawOutline() {
      const rows = this.rows();
      const groups = this.groups();
      const screens = [];
      for (const row of rows) {
        if (this.type(row) === "screen" || !screens.length) screens.push({ heading: null, rows: [] });
        const screen = screens.at(-1);
        if (this.type(row) === "screen") screen.heading = row;
        else screen.rows.push(row);
      }
      const questions = rows.filter((row) => this.type(row) && !SHAPES.includes(this.type(row)));
      const pages = screens.length > 1 ? `共${screens.length}页，` : "";
      this.outline.hidden = rows.length < 2;
      // With one page the rows, folded, are an outline themselves.
      if (this.screens !== screens.length) this.outline.open = screens.length > 1;
      this.screens = screens.length;
      this.outline.querySelector("[data-form-outline-count]").textContent =
        `这张表：${pages}${questions.length}个问题`;
      this.outline.querySelector("[data-form-outline-list]").replaceChildren(...screens.flatMap((screen, number) => {
        const parts = [];
        if (screen.heading) {
          parts.push(element("h4", {}, this.link(screen.heading, `第${number + 1}页　${this.label(screen.heading)}`),
            ...this.notes(screen.heading)));
        }
        const shown = screen.rows.filter((row) => this.type(row) !== "group_end");
        parts.push(element("ol", {}, ...shown.map((row) => {
          const line = element("li", {}, this.link(row, this.shortName(row)), ...this.notes(row));
          line.toggleAttribute("data-inside", Boolean(groups.get(row)));
          return line;
        })));
        return parts;
      }));
    }

    notes(row) {
      const notes = [];
      const note = (text, look = "form-rows__note") => notes.push(element("span", { className: look, textContent: text }));
      if (this.type(row) !== "screen") note(this.typeName(row).replace(/（.*/, "") || "请选择类型");
      if (this.conditions.get(row)?.group) note("有条件才显示");
      const wrong = row.querySelector(".error-message") || !row.querySelector("[data-form-warning]").hidden;
      if (wrong) note("需要修改", "form-rows__wrong");
      return notes;
    }

    link(row, text) {
      const made = element("a", { href: `#${row.id}`, textContent: text });
      made.addEventListener("click", (event) => {
        event.preventDefault();
        this.open(row);
        row.scrollIntoView({ block: "start" });
        row.querySelector("[data-panel-toggle]").focus({ preventScroll: true });
      });
      return made;
    }

    isOpen(row) {
      return !row.querySelector(".w-panel__content").hidden;
    }

    open(row, opened = true) {
      if (this.isOpen(row) !== opened) row.querySelector("[data-panel-toggle]").click();
    }

    // ── adding ──────────────────────────────────────────────────────────────────────────────────

    // Wagtail adds at the end; from there the row goes where it was asked for.
    add(type, after = null) {
      const row = this.make(after, { clean_name: newKey(), field_type: type || "singleline" });
      this.field(row, type && type !== "group_end" ? "label" : "field_type").focus({ preventScroll: true });
      row.scrollIntoView({ block: "center" });
      return row;
    }

    make(after, values) {
      this.wanted = { after, values };
      this.formset.addForm();
      return this.newest;
    }

    added(row) {
      const { after, values } = this.wanted || { after: null, values: { clean_name: newKey() } };
      this.wanted = null;
      this.newest = row;
      for (const [name, value] of Object.entries(values)) {
        const field = this.field(row, name);
        if (field.type === "checkbox") field.checked = value;
        else field.value = value;
      }
      if (after) {
        after.after(row);
        this.formset.updateOrderValues();
        this.formset.updateControlStates();
      }
      this.begin(row);
      this.settle(row);
      this.refresh();
      this.field(row, "clean_name").dispatchEvent(new Event("change", { bubbles: true }));
    }

    // Everything an editor may have set in a row.
    values(row) {
      return Object.fromEntries([...row.querySelectorAll("[data-setting]")].map(({ dataset: { setting } }) => {
        const field = this.field(row, setting);
        return [setting, field.type === "checkbox" ? field.checked : field.value];
      }));
    }

    // With a page or a group goes all that is in it, and conditions inside ask the copies. What an
    // answer means is said of one question only.
    copy(row) {
      const rows = this.block(row);
      const keys = new Map(rows.map((one) => [this.key(one), newKey()]));
      const copies = [];
      for (const one of rows) {
        const values = { ...this.values(one), role: "", clean_name: keys.get(this.key(one)) };
        for (const [old, key] of keys) values.condition = values.condition.replaceAll(`"${old}"`, `"${key}"`);
        copies.push(this.make(copies.at(-1) || rows.at(-1), values));
      }
      const lost = rows.some((one) => this.value(one, "role"));
      this.say(`复制了${rows.length}行，接在后面。${lost ? "副本没有“含义”：一种含义只能用一次。" : ""}`);
      const label = this.field(copies[0], "label");
      this.open(copies[0]);
      label.focus({ preventScroll: true });
      label.select();
      copies[0].scrollIntoView({ block: "center" });
    }

    block(row) {
      const ends = { screen: ["screen"], group: ["group_end", "screen", "group"] }[this.type(row)];
      if (!ends) return [row];
      const rest = this.rows().slice(this.place(row) + 1);
      const end = rest.findIndex((one) => ends.includes(this.type(one)));
      if (end < 0) return [row, ...rest];
      const closes = this.type(rest[end]) === "group_end";
      return [row, ...rest.slice(0, end + (closes ? 1 : 0))];
    }

    // The row stays in the page until the next opening: it comes back with its key, and with it the
    // conditions that ask it and the answers there are.
    removed(row) {
      this.refresh();
      const back = button("撤销删除", () => {
        const again = this.make(row, { ...this.values(row), clean_name: this.key(row) });
        this.say(`“${shortened(this.label(again))}”已经恢复。`);
        again.scrollIntoView({ block: "center" });
        this.field(again, "label").focus({ preventScroll: true });
      });
      this.said.replaceChildren(`删去了“${shortened(this.label(row))}”。`, back);
      if (document.activeElement === document.body || row.contains(document.activeElement)) back.focus();
    }

    addGroup() {
      const group = this.add("group");
      this.add("singleline");
      this.add("group_end");
      this.field(group, "label").focus();
      group.scrollIntoView({ block: "center" });
      this.say("加了可重复的一组：开始、一个问题、结束三行。组里的问题放在开始和结束之间。");
    }

    clicked({ target }) {
      const pressed = target.closest("button");
      if (!pressed) return;
      if (pressed.dataset.formAdd === "group") this.addGroup();
      else if (pressed.dataset.formAdd) this.add(pressed.dataset.formAdd);
      else if (pressed.hasAttribute("data-form-open-all")) this.rows().forEach((row) => this.open(row));
      else if (pressed.matches("[data-inline-panel-child-move-up], [data-inline-panel-child-move-down]")) pressed.focus();
      else if (pressed.hasAttribute("data-form-close-all")) this.rows().forEach((row) => this.open(row, false));
    }

    say(words) {
      this.said.textContent = words;
    }
  }

  const begin = () => document.querySelectorAll("[data-form-rows]").forEach((root) => new FormRows(root));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
