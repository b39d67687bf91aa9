// Photos and files go up one by one as soon as they are chosen, each with its progress, a way to
// stop it and, where the connection broke, a way to try again. Without this file they go up with the
// button "上传" or with "继续"; a form that is sent while one is on its way waits for it.
(function () {
  "use strict";

  var waiting = [];
  var running = null;
  var held = null;

  function element(tag, className, text) {
    var made = document.createElement(tag);
    made.className = className || "";
    made.textContent = text || "";
    return made;
  }

  function button(text, name, act) {
    var made = element("button", "button button--quiet", text);
    made.type = "button";
    made.appendChild(element("span", "visually-hidden", name));
    made.addEventListener("click", act);
    return made;
  }

  // One chosen file on its way.
  function Upload(question, file) {
    this.question = question;
    this.file = file;
    this.row = element("li", "files__file files__file--coming");
    this.row.appendChild(element("span", "files__name", file.name));
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.row.appendChild(this.bar);
    this.words = element("span", "muted", "等着上传");
    this.row.appendChild(this.words);
    this.row.appendChild(button("不传了", file.name, this.stop.bind(this)));
    question.list.appendChild(this.row);
  }

  Upload.prototype.stop = function () {
    var upload = this;
    waiting = waiting.filter(function (one) { return one !== upload; });
    if (running === upload) {
      this.request.abort();
    } else {
      this.row.remove();
      this.question.say("没有上传：" + this.file.name);
    }
  };

  Upload.prototype.send = function () {
    var form = this.question.form;
    var body = new FormData();
    // What is typed on this screen goes along: sent alone, the file would empty the other fields.
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string") {
        body.append(name, value);
      }
    });
    body.append("_upload", this.question.key);
    body.append(this.question.input.name, this.file, this.file.name);
    this.request = new XMLHttpRequest();
    this.request.open("POST", form.action);
    this.request.setRequestHeader("Accept", "application/json");
    this.request.upload.onprogress = this.show.bind(this);
    this.request.onload = this.answered.bind(this);
    this.request.onerror = this.broken.bind(this);
    this.request.ontimeout = this.broken.bind(this);
    this.request.onabort = this.stopped.bind(this);
    this.words.textContent = "正在上传";
    this.request.send(body);
  };

  Upload.prototype.show = function (event) {
    if (event.lengthComputable) {
      this.bar.value = Math.floor((event.loaded / event.total) * 100);
      this.words.textContent = this.bar.value < 100 ? "正在上传 " + this.bar.value + "%" : "正在检查";
    }
  };

  Upload.prototype.answered = function () {
    var answer = null;
    try {
      answer = JSON.parse(this.request.responseText);
    } catch (error) {
      answer = null;
    }
    if (!answer || !answer.taken) {
      // Not our answer: the server, or something on the way, said something else.
      this.broken();
      return;
    }
    this.question.form.action = answer.address;
    history.replaceState(null, "", answer.address);
    if (answer.taken.length) {
      this.row.replaceWith(this.question.heldRow(answer.taken[0]));
      this.question.say("已上传：" + answer.taken[0].name);
    } else {
      this.row.remove();
      this.question.say(answer.refused.join(" "), true);
    }
    next();
  };

  Upload.prototype.broken = function () {
    var upload = this;
    this.row.classList.add("files__file--broken");
    this.bar.hidden = true;
    this.words.textContent = "网络断了，这个还没有传上去";
    this.row.querySelectorAll("button").forEach(function (one) { one.remove(); });
    this.row.appendChild(button("再试一次", this.file.name, function () {
      upload.row.remove();
      add(upload.question, upload.file);
    }));
    this.row.appendChild(button("不传了", this.file.name, function () {
      upload.row.remove();
    }));
    this.question.say("网络断了，“" + this.file.name + "”还没有传上去。别的内容都还在，请按“再试一次”。", true);
    held = null;
    next();
  };

  Upload.prototype.stopped = function () {
    this.row.remove();
    this.question.say("没有上传：" + this.file.name);
    next();
  };

  function next() {
    running = waiting.shift() || null;
    if (running) {
      running.send();
    } else if (held) {
      var on = held;
      held = null;
      on.click();
    }
  }

  function add(question, file) {
    waiting.push(new Upload(question, file));
    if (!running) {
      next();
    }
  }

  function Question(fieldset) {
    this.key = fieldset.dataset.files;
    this.form = fieldset.closest("form");
    this.list = fieldset.querySelector(".files__held");
    this.news = fieldset.querySelector(".files__news");
    this.input = fieldset.querySelector("input[type=file]");
    if (!this.input) {
      return;
    }
    var question = this;
    fieldset.querySelector("[name=_upload]").hidden = true;
    this.input.addEventListener("change", function () {
      question.news.textContent = "";
      Array.prototype.forEach.call(question.input.files, function (file) {
        add(question, file);
      });
      question.input.value = "";
    });
  }

  Question.prototype.say = function (words, isWrong) {
    this.news.appendChild(element("p", isWrong ? "field__error" : "muted", words));
  };

  // As the server writes it (files.html): its button works with the form.
  Question.prototype.heldRow = function (file) {
    var row = element("li", "files__file");
    row.appendChild(element("span", "files__name", file.name));
    row.appendChild(element("span", "muted", file.size + "，已上传"));
    var remove = element("button", "button button--quiet", "删去");
    remove.type = "submit";
    remove.name = "_remove";
    remove.value = this.key + "-" + file.uuid;
    remove.formNoValidate = true;
    remove.appendChild(element("span", "visually-hidden", file.name));
    row.appendChild(remove);
    return row;
  };

  document.querySelectorAll("[data-files]").forEach(function (fieldset) {
    var question = new Question(fieldset);
    if (!question.input) {
      return;
    }
    question.form.addEventListener("submit", function (event) {
      if (running) {
        event.preventDefault();
        held = event.submitter;
        question.say("还在上传，传完会自动继续。");
      }
    });
  });

  window.addEventListener("beforeunload", function (event) {
    if (running) {
      event.preventDefault();
    }
  });
})();
