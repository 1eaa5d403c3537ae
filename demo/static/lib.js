// Small helpers the other scripts share. No framework; ES2018.
(function () {
  'use strict';
  var Demo = window.Demo = {};
  var SVG = 'http://www.w3.org/2000/svg';

  Demo.$ = function (id) { return document.getElementById(id); };

  // el makes an element; text goes in as text, never as markup.
  Demo.el = function (tag, cls, text) {
    var e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined && text !== null) e.textContent = text;
    return e;
  };

  Demo.icon = function (name, cls) {
    var s = document.createElementNS(SVG, 'svg');
    var u = document.createElementNS(SVG, 'use');
    if (cls) s.setAttribute('class', cls);
    s.setAttribute('aria-hidden', 'true');
    u.setAttribute('href', '#' + name);
    s.appendChild(u);
    return s;
  };

  // text sets an element's text only when it differs, so that nothing is announced twice.
  Demo.text = function (e, s) { if (e.textContent !== s) e.textContent = s; };

  // The office's own time: the browser may sit in any zone.
  Demo.offset = 0;
  var pad = function (n) { return (n < 10 ? '0' : '') + n; };
  Demo.local = function (ms) { return new Date(ms + Demo.offset * 1000); };
  Demo.hm = function (ms) { var d = Demo.local(ms); return pad(d.getUTCHours()) + ':' + pad(d.getUTCMinutes()); };
  Demo.sec = function (ms) { return pad(Demo.local(ms).getUTCSeconds()); };
  Demo.md = function (ms) { var d = Demo.local(ms); return (d.getUTCMonth() + 1) + '月' + d.getUTCDate() + '日'; };
  Demo.week = function (ms) { return '周' + '日一二三四五六'.charAt(Demo.local(ms).getUTCDay()); };
  Demo.long = function (ms) { return Demo.local(ms).getUTCFullYear() + '年' + Demo.md(ms) + ' ' + Demo.week(ms); };
  Demo.input = function (ms) { return Demo.local(ms).toISOString().slice(0, 16); };
  Demo.days = function (from, to) {
    var d = 86400000, o = Demo.offset * 1000;
    return Math.floor((to + o) / d) - Math.floor((from + o) / d);
  };
  // near says a day as people do.
  Demo.near = function (now, ms) {
    var n = Demo.days(now, ms);
    if (n === 0) return '今天';
    if (n === 1) return '明天';
    if (n === -1) return '昨天';
    return Demo.md(ms) + ' ' + Demo.week(ms);
  };
  Demo.stamp = function (now, ms) {
    return (Demo.days(now, ms) === 0 ? '' : Demo.near(now, ms) + ' ') + Demo.hm(ms);
  };
  Demo.left = function (ms) {
    var m = Math.ceil(ms / 60000);
    if (m < 60) return m + ' 分钟后';
    if (m < 48 * 60) return Math.round(m / 60) + ' 小时后';
    return Math.round(m / 1440) + ' 天后';
  };

  // A steady colour for each person.
  var tints = ['t1', 't2', 't3', 't4', 't5', 't6'];
  Demo.tint = function (people, user) {
    for (var i = 0; i < people.length; i++) if (people[i].user === user) return tints[i % tints.length];
    return tints[0];
  };

  // post sends one call; the promise fails with a sentence for people.
  Demo.post = function (path, body) {
    return fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)})
      .catch(function () { throw new Error('连不上演示程序，它还开着吗？'); })
      .then(function (r) {
        if (r.ok) return;
        return r.json().catch(function () { return {}; }).then(function (j) { throw new Error(j.error || '没有成功（' + r.status + '）'); });
      });
  };

  var timer;
  Demo.toast = function (text) {
    var t = Demo.$('toast');
    t.textContent = text;
    t.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(function () { t.hidden = true; }, 5000);
  };
})();
