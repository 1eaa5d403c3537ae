// The page's life: fetch the state when something changed, draw it, pass on what is pressed.
(function () {
  'use strict';
  var Demo = window.Demo, $ = Demo.$, el = Demo.el, panels = Demo.panels;
  var app = {phones: [], state: null, tab: 0, seen: {}};
  var asked = false, again = false, base = 0, born = 0, wireOpen = false;

  function now() {
    if (!app.state) return 0;
    return app.state.clock.moving ? base : base + (performance.now() - born);
  }

  // refresh fetches the state; calls that come while one is under way become one more.
  app.refresh = function () {
    if (asked) { again = true; return Promise.resolve(); }
    asked = true;
    var q = app.phones.map(function (p) { return 'u=' + encodeURIComponent(p.user); });
    if (wireOpen) q.push('wire=1');
    return fetch('state?' + q.join('&'), {cache: 'no-store'})
      .then(function (r) { if (!r.ok) throw new Error(String(r.status)); return r.json(); })
      .then(function (s) { document.body.classList.remove('lost'); take(s); },
        function () { document.body.classList.add('lost'); Demo.toast('和演示程序断开了，正在重连…'); })
      .then(after, function (e) { after(); throw e; });
  };

  function after() {
    asked = false;
    if (again) { again = false; app.refresh(); }
  }

  function take(s) {
    app.state = s;
    base = s.clock.now;
    born = performance.now();
    Demo.offset = s.clock.offset;
    if (!app.phones.length) {
      s.cast.forEach(function (u, i) { app.phones.push(new Demo.Phone(i, u, app)); });
      app.phones.forEach(function (p) { $('row').appendChild(p.root); });
      makeTabs();
    }
    if (s.trouble) Demo.toast(s.trouble);
    draw();
    document.body.classList.add('ready');
  }

  function draw() {
    var s = app.state, t = now();
    Demo.text($('office'), s.office + ' · 演示');
    panels.clock(s.clock, t);
    panels.jumps(s.clock, s.coming, t);
    panels.coming(s.coming, t);
    panels.guide(s.guide, app);
    panels.board(s.class, t);
    panels.wire(s.wire, wireOpen);
    app.phones.forEach(function (p) { p.draw(s, t); });
    drawTabs();
  }

  // cast is called when a phone has been given to somebody else.
  app.cast = function () { draw(); app.refresh(); };

  // show takes a newcomer to where a step of the guide happens.
  app.show = function (step) {
    var target;
    if ($('guide-box').classList.contains('open')) toggle($('guide-toggle'), $('guide-box'), false);
    if (step.jump) {
      openMoves(true);
      target = document.querySelector('[data-to="' + step.jump + '"]');
      if (target) { target.focus(); flash(target); }
      return;
    }
    app.phones.some(function (p, i) {
      if (p.user !== step.user) return false;
      select(i);
      p.fill(step.line);
      return true;
    }) || (function () {
      app.phones[app.tab].become(step.user);
      app.phones[app.tab].fill(step.line);
    })();
  };

  function flash(e) {
    e.classList.remove('flash');
    void e.offsetWidth;
    e.classList.add('flash');
  }

  // Tabs stand in for the row of phones where there is room for one only.
  function makeTabs() {
    var box = $('tabs');
    app.phones.forEach(function (p, i) {
      var b = el('button');
      b.type = 'button';
      b.setAttribute('role', 'tab');
      b.setAttribute('aria-controls', p.root.id);
      b.appendChild(el('span', 'avatar me'));
      b.appendChild(el('span', 'tab-name'));
      b.appendChild(el('span', 'unread'));
      b.addEventListener('click', function () { select(i); });
      box.appendChild(b);
    });
    box.addEventListener('keydown', function (e) {
      var d = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
      if (!d) return;
      e.preventDefault();
      select((app.tab + d + app.phones.length) % app.phones.length);
      box.children[app.tab].focus();
    });
    select(0);
  }

  function select(i) {
    app.tab = i;
    app.phones.forEach(function (p, j) { p.root.classList.toggle('current', i === j); });
    app.phones[i].bottom();
    if (app.state) drawTabs();
  }

  function drawTabs() {
    var box = $('tabs'), people = app.state.people;
    app.phones.forEach(function (p, i) {
      var b = box.children[i], me = null;
      people.forEach(function (x) { if (x.user === p.user) me = x; });
      if (!me) return;
      var shown = i === app.tab || getComputedStyle(box).display === 'none';
      if (shown || app.seen[p.user] === undefined) app.seen[p.user] = me.count;
      var n = me.count - app.seen[p.user];
      b.setAttribute('aria-selected', i === app.tab ? 'true' : 'false');
      b.tabIndex = i === app.tab ? 0 : -1;
      b.children[0].className = 'avatar me ' + Demo.tint(people, p.user);
      Demo.text(b.children[0], me.name.slice(-1));
      Demo.text(b.children[1], me.name);
      Demo.text(b.children[2], n > 0 ? String(n > 99 ? '99+' : n) : '');
      b.setAttribute('aria-label', me.name + ' ' + me.roles.join(' ') + (n > 0 ? '，' + n + ' 条新消息' : ''));
    });
  }

  function toggle(button, body, open) {
    button.setAttribute('aria-expanded', open ? 'true' : 'false');
    body.classList.toggle('open', open);
  }

  function openMoves(open) { toggle($('moves-open'), $('moves'), open); }

  function openWire(open) {
    wireOpen = open;
    toggle($('wire-toggle'), $('wire'), open);
    $('wire-body').hidden = !open;
    if (open) app.refresh();
  }

  function live() {
    var poll = null;
    var fallback = function (on) {
      if (on && !poll) poll = setInterval(app.refresh, 2000);
      if (!on && poll) { clearInterval(poll); poll = null; }
    };
    if (!window.EventSource) { fallback(true); return; }
    var es = new EventSource('events');
    es.onmessage = function (e) { if (!app.state || Number(e.data) !== app.state.v) app.refresh(); };
    es.onopen = function () { fallback(false); };
    es.onerror = function () { fallback(true); };
    window.addEventListener('pagehide', function () { es.close(); });
  }

  document.addEventListener('click', function (e) {
    var b = e.target.closest ? e.target.closest('[data-to]') : null;
    if (!b || b.disabled) return;
    go(b.getAttribute('data-to'));
  });

  function go(to) {
    Demo.post('clock', {to: to}).then(app.refresh, function (e) { Demo.toast(e.message); });
    if (to !== 'stop' && to !== 'm1') openMoves(false);
  }

  $('pick').addEventListener('submit', function (e) { e.preventDefault(); $('when').removeAttribute('data-touched'); go($('when').value); });
  $('when').addEventListener('input', function () { $('when').setAttribute('data-touched', '1'); });
  $('moves-open').addEventListener('click', function () { openMoves(!$('moves').classList.contains('open')); });
  var narrow = window.matchMedia('(max-width: 759px)');
  $('guide-toggle').addEventListener('click', function () {
    if (!narrow.matches) return; // the list of steps is always in sight there
    var box = $('guide-box'), open = !box.classList.contains('open');
    toggle($('guide-toggle'), box, open);
  });
  window.addEventListener('resize', function () { app.phones.forEach(function (p) { if (p.stuck) p.bottom(); }); });
  $('wire-toggle').addEventListener('click', function () { openWire(!wireOpen); });
  document.addEventListener('keydown', function (e) {
    if (e.key !== 'Escape') return;
    if (wireOpen) { openWire(false); $('wire-toggle').focus(); }
    openMoves(false);
  });
  setInterval(function () {
    if (!app.state || app.state.clock.moving) return;
    var t = now();
    panels.clock(app.state.clock, t);
    panels.coming(app.state.coming, t);
    app.phones.forEach(function (p) { Demo.text(p.time, Demo.hm(t)); });
  }, 250);
  if (narrow.matches) toggle($('guide-toggle'), $('guide-box'), false);
  app.refresh().then(live, live);
})();
