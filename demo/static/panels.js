// The panels around the phones: clock, what is coming, the guide, the board, the wire.
(function () {
  'use strict';
  var Demo = window.Demo, $ = Demo.$, el = Demo.el, icon = Demo.icon;
  var panels = Demo.panels = {};

  panels.clock = function (c, now) {
    Demo.text($('hm'), Demo.hm(now));
    Demo.text($('ss'), Demo.sec(now));
    Demo.text($('day'), Demo.long(now));
  };

  var short = {'d25': '25日', 'd30': '30日'};
  var jumpKey = '';
  panels.jumps = function (c, coming, now) {
    var key = JSON.stringify(c.jumps.map(function (j) { return [j.key, Demo.days(now, j.to)]; }));
    if (key !== jumpKey) {
      jumpKey = key;
      var focused = document.activeElement && document.activeElement.getAttribute('data-to');
      $('steps').textContent = '';
      $('dates').textContent = '';
      c.jumps.forEach(function (j) {
        var day = /^(d|12-)/.test(j.key);
        var b = el('button', '', day ? short[j.key] || j.key : j.label);
        b.type = 'button';
        b.setAttribute('data-to', j.key);
        b.setAttribute('aria-label', j.label);
        if (day) {
          b.appendChild(el('small', '', Demo.hm(j.to)));
          b.title = '走到 ' + Demo.long(j.to) + ' ' + Demo.hm(j.to);
        }
        $(day ? 'dates' : 'steps').appendChild(b);
        if (j.key === focused) b.focus();
      });
    }
    var run = $('run'), moving = c.moving;
    document.body.classList.toggle('moving', !!moving);
    run.hidden = !moving;
    if (moving) {
      $('run-bar').value = moving.share;
      Demo.text($('run-text'), '正走到 ' + Demo.md(moving.to) + ' ' + Demo.hm(moving.to));
    }
    $('moves').querySelectorAll('.row button, .row input').forEach(function (b) { b.disabled = !!moving; });
    if (!moving) $('next').disabled = !coming.length;
    $('next').title = coming.length ? '走到 ' + Demo.long(coming[0].at) + ' ' + Demo.hm(coming[0].at) : '两个月内没有提醒';
    var w = $('when');
    w.min = Demo.input(now);
    if (document.activeElement !== w && !w.getAttribute('data-touched')) w.value = Demo.input(now + 3600000).slice(0, 14) + '00';
  };

  var comingKey = '';
  panels.coming = function (list, now) {
    var key = JSON.stringify([list, Math.floor(now / 60000)]);
    if (key === comingKey) return;
    comingKey = key;
    var ol = $('coming');
    ol.textContent = '';
    if (!list.length) ol.appendChild(el('li', 'none', '两个月内没有要发的提醒。'));
    list.forEach(function (c, i) {
      var li = el('li', i === 0 ? 'first' : '');
      var when = el('p', 'when');
      when.appendChild(el('b', '', Demo.near(now, c.at) + ' ' + Demo.hm(c.at)));
      when.appendChild(el('span', 'in', Demo.left(c.at - now)));
      if (c.clause) when.appendChild(el('span', 'clause', '规程 ' + c.clause));
      li.appendChild(when);
      var what = el('p', 'what');
      what.appendChild(el('span', 'txt', c.text));
      what.title = c.text;
      if (c.to && c.to.length) what.appendChild(el('span', 'to', '→ ' + (c.to.length > 3 ? c.to.slice(0, 2).join('、') + ' 等' + c.to.length + '人' : c.to.join('、'))));
      li.appendChild(what);
      ol.appendChild(li);
    });
  };

  var guideKey = '';
  panels.guide = function (steps, app) {
    var key = JSON.stringify(steps);
    if (key === guideKey) return;
    var before = guideKey ? JSON.parse(guideKey) : null;
    guideKey = key;
    var done = 0, next = -1;
    steps.forEach(function (s, i) { if (s.done) done++; else if (next < 0) next = i; });
    Demo.text($('guide-count'), done + ' / ' + steps.length);
    Demo.text($('guide-now'), next < 0 ? '全部完成，随便玩' : steps[next].title + '：' + steps[next].hint);
    $('guide-end').hidden = next >= 0;
    $('guide-bar').max = steps.length;
    $('guide-bar').value = done;
    var ol = $('guide');
    ol.textContent = '';
    steps.forEach(function (s, i) {
      var li = el('li', (s.done ? 'done' : i === next ? 'next' : '') + (before && s.done && before[i] && !before[i].done ? ' just' : ''));
      var b = el('button');
      b.type = 'button';
      var n = el('span', 'num', s.done ? '' : String(i + 1));
      if (s.done) n.appendChild(icon('i-check'));
      b.appendChild(n);
      var t = el('span', 'what');
      t.appendChild(el('b', '', s.title));
      t.appendChild(el('small', '', s.hint));
      if (s.done) t.appendChild(el('span', 'hide', '（已完成）'));
      b.appendChild(t);
      b.addEventListener('click', function () { app.show(s); });
      li.appendChild(b);
      ol.appendChild(li);
    });
  };

  panels.board = function (c, now) {
    var box = $('board');
    var on = c && c.state === 'open' && c.pass;
    box.hidden = !on;
    if (!on) return;
    Demo.text($('board-title'), c.title + ' · ' + Demo.hm(c.start) + ' · 讲师 ' + c.lecturer);
    Demo.text($('board-pass'), c.pass);
    Demo.text($('board-foot'), '已签到 ' + c.present.length + (c.expected ? ' / ' + c.expected : '') + ' 人' + (now > c.start ? '，现在算迟到' : ''));
  };

  var names = {callback: '企业微信 → 机器人', call: '机器人 → 企业微信'};
  var wireKey = -1;
  panels.wire = function (w, open) {
    $('wire').hidden = !w;
    if (!w) return;
    Demo.text($('wire-sum'), '加密回调 ' + w.callbacks + ' 次 · 接口调用 ' + w.calls + ' 次');
    var list = w.list || [];
    if (!open || !list.length || wireKey === list[0].n) return;
    wireKey = list[0].n;
    var ol = $('wire-list'), was = {};
    ol.querySelectorAll('details[open]').forEach(function (d) { was[d.getAttribute('data-n')] = true; });
    var firstTime = !ol.firstChild;
    ol.textContent = '';
    list.forEach(function (x, i) {
      var li = el('li', x.kind), d = el('details'), s = el('summary');
      d.setAttribute('data-n', x.n);
      d.open = !!was[x.n] || (firstTime && i === 0);
      s.appendChild(el('span', 'dir', names[x.kind] || x.kind));
      s.appendChild(el('code', '', x.method + ' ' + x.path));
      s.appendChild(el('span', 'st', x.status + ' · ' + (x.us / 1000).toFixed(1) + ' ms · ' + Demo.input(x.at).slice(5, 10) + ' ' + Demo.hm(x.at) + ':' + Demo.sec(x.at)));
      d.appendChild(s);
      var g = el('div', 'pairs');
      var secret = x.kind === 'callback';
      pair(g, secret ? '线路上（密文）' : '请求', secret ? x.sent : '', secret ? '解开后' : '', x.plain);
      if (x.got) pair(g, secret ? '应答（密文）' : '应答', secret ? x.got : '', secret ? '解开后' : '', x.gotText || (secret ? '' : x.got));
      d.appendChild(g);
      li.appendChild(d);
      ol.appendChild(li);
    });
  };

  function pair(box, a, raw, b, plain) {
    if (!raw && !plain) return;
    var row = el('div', 'pair' + (raw && plain ? '' : ' one'));
    if (raw) { var l = el('div', 'raw'); l.appendChild(el('h4', '', a)); l.appendChild(el('pre', '', raw)); row.appendChild(l); }
    if (plain) { var r = el('div', 'plain'); r.appendChild(el('h4', '', b || a)); r.appendChild(el('pre', '', plain)); row.appendChild(r); }
    box.appendChild(row);
  }
})();
