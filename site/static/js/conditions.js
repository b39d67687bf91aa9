// When a question is shown: the browser's half of forms/builder/conditions.py, word for word the
// same rules, held to it by tests/builder/conditions.json. The server asks again; this only shows.
//   tongbanConditions.holds(condition, {key: answer as stored}, "2025-02-27")
(function () {
  "use strict";

  var NUMBER = /^-?[0-9]{1,15}(\.[0-9]{1,10})?$/;
  var DAY = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;

  function isEmpty(value) {
    return (
      value === undefined || value === null || value === "" || value === false ||
      (Array.isArray(value) && value.length === 0)
    );
  }

  function number(value) {
    var text = String(value);
    return (typeof value === "number" || typeof value === "string") && NUMBER.test(text) ? Number(text) : null;
  }

  function same(given, value) {
    if (typeof value === "number") {
      return number(given) !== null && number(given) === number(value);
    }
    if (Array.isArray(given) || Array.isArray(value)) {
      return (
        Array.isArray(given) && Array.isArray(value) && given.length === value.length &&
        given.every(function (one, place) { return same(one, value[place]); })
      );
    }
    return given === value;
  }

  function among(wanted, values) {
    return Array.isArray(values) && values.some(function (one) { return same(wanted, one); });
  }

  function within(given, value) {
    if (typeof given !== "string" || typeof value !== "string") {
      return false;
    }
    var outer = value;
    while (/00$/.test(outer)) {
      outer = outer.slice(0, -2);
    }
    return outer !== "" && given.indexOf(outer) === 0;
  }

  // Full years; a child born on 29 February is a year older on 1 March of a common year.
  function ageOn(born, day) {
    return day[0] - born[0] - (day[1] < born[1] || (day[1] === born[1] && day[2] < born[2]) ? 1 : 0);
  }

  function readDay(text) {
    var found = DAY.exec(String(text));
    if (!found) {
      return null;
    }
    var day = [Number(found[1]), Number(found[2]), Number(found[3])];
    var leap = (day[0] % 4 === 0 && day[0] % 100 !== 0) || day[0] % 400 === 0;
    var lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    var real = day[0] >= 1 && day[1] >= 1 && day[1] <= 12 && day[2] >= 1 && day[2] <= lengths[day[1] - 1];
    return real ? day : null;
  }

  function compared(given, value, accept) {
    var left = number(given);
    var right = number(value);
    return left !== null && right !== null && accept(left, right);
  }

  var OPERATORS = {
    answered: function () { return true; },
    equals: function (given, value) { return same(given, value); },
    one_of: function (given, value) { return among(given, value); },
    contains: function (given, value) { return among(value, given); },
    less_than: function (given, value) {
      return compared(given, value, function (a, b) { return a < b; });
    },
    at_least: function (given, value) {
      return compared(given, value, function (a, b) { return a >= b; });
    },
    younger_than: function (given, value, today) {
      var born = readDay(given);
      return born !== null && number(value) !== null && ageOn(born, readDay(today)) < number(value);
    },
    within: function (given, value) { return within(given, value); }
  };

  function holds(condition, answers, today) {
    function met(one) {
      return holds(one, answers, today);
    }
    if (!condition || Object.keys(condition).length === 0) {
      return true;
    }
    if (condition.all) {
      return condition.all.every(met);
    }
    if (condition.any) {
      return condition.any.some(met);
    }
    if (condition.not) {
      return !met(condition.not);
    }
    var given = answers[condition.question];
    return !isEmpty(given) && OPERATORS[condition.is](given, condition.value, today);
  }

  window.tongbanConditions = { holds: holds };
})();
