// One phone: the person on it, the chat, the suggestions and the input.
(function () {
  'use strict';
  var Demo = window.Demo, el = Demo.el, icon = Demo.icon;

  function Phone(index, user, app) {
    var self = this;
    var t = Demo.$('t-phone').content.cloneNode(true);
    this.app = app;
    this.index = index;
    this.user = user;
    this.root = t.querySelector('.phone');
    this.root.id = 'phone-' + index;
    this.select = t.querySelector('select');
    this.avatar = t.querySelector('.avatar');
    this.name = t.querySelector('.who-text b');
    this.roles = t.querySelector('.who-text small');
    this.time = t.querySelector('.bar-time');
    this.log = t.querySelector('.log');
    this.chips = t.querySelector('.chips');
    this.form = t.querySelector('form');
    this.input = t.querySelector('.say input');
    this.nodes = {};
    this.order = [];
    this.chipKey = '';
    this.waiting = 0;
    this.first = true;
    this.stuck = true; // the newest message is in sight, and is to stay so
    this.log.addEventListener('scroll', function () { self.stuck = self.log.scrollHeight - self.log.scrollTop - self.log.clientHeight < 90; });
    this.select.addEventListener('change', function () { self.become(self.select.value); });
    this.form.addEventListener('submit', function (e) {
      e.preventDefault();
      var text = self.input.value.trim();
      if (text) { self.input.value = ''; self.say(text); }
    });
    this.dots = el('div', 'msg theirs typing');
    this.dots.appendChild(el('span', 'avatar bot'));
    var b = el('div', 'bubble');
    b.setAttribute('aria-label', '对方正在输入');
    for (var i = 0; i < 3; i++) b.appendChild(el('i'));
    this.dots.appendChild(b);
  }

  // become puts somebody else on the phone.
  Phone.prototype.become = function (user) {
    if (user === this.user) return;
    this.user = user;
    this.nodes = {};
    this.order = [];
    this.first = true;
    this.log.textContent = '';
    this.chipKey = '';
    this.chips.textContent = '';
    this.input.value = '';
    this.app.cast();
  };

  Phone.prototype.busy = function (n) {
    this.waiting += n;
    if (this.waiting > 0) { this.log.appendChild(this.dots); this.bottom(); } else if (this.dots.parentNode) this.log.removeChild(this.dots);
  };

  Phone.prototype.run = function (promise) {
    var self = this;
    this.stick = true;
    this.busy(1);
    var over = function () { self.app.refresh(); self.busy(-1); };
    return promise.then(over, function (e) { over(); Demo.toast(e.message); });
  };

  Phone.prototype.say = function (text) { return this.run(Demo.post('say', {user: this.user, text: text})); };

  Phone.prototype.press = function (message, key) { return this.run(Demo.post('press', {user: this.user, message: message, key: key})); };

  // fill offers a line for the person to send.
  Phone.prototype.fill = function (line) {
    this.input.value = line;
    this.input.focus();
    this.input.setSelectionRange(line.length, line.length);
    var f = this.form;
    f.classList.remove('nudge');
    void f.offsetWidth; // restart the animation
    f.classList.add('nudge');
  };

  Phone.prototype.bottom = function () { this.log.scrollTop = this.log.scrollHeight; };

  Phone.prototype.draw = function (state, now) {
    var me = null, i, self = this;
    state.people.forEach(function (p) { if (p.user === self.user) me = p; });
    if (!me) return;
    var tint = Demo.tint(state.people, me.user);
    this.avatar.className = 'avatar me ' + tint;
    Demo.text(this.avatar, me.name.slice(-1));
    Demo.text(this.name, me.name);
    Demo.text(this.roles, me.roles.join(' · ') + (me.shift ? ' · ' + me.shift : ''));
    this.root.setAttribute('aria-label', me.name + '的手机');
    this.log.setAttribute('aria-label', me.name + '与培训助手的聊天');
    this.log.setAttribute('aria-busy', state.clock.moving ? 'true' : 'false');
    this.input.setAttribute('aria-label', me.name + '说');
    this.input.placeholder = '以' + me.name + '的身份说…';
    this.select.setAttribute('aria-label', '换一个人用这台手机');
    if (this.select.options.length !== state.people.length) {
      this.select.textContent = '';
      for (i = 0; i < state.people.length; i++) {
        var o = el('option', '', state.people[i].name + ' · ' + state.people[i].roles.join(' · '));
        o.value = state.people[i].user;
        this.select.appendChild(o);
      }
    }
    this.select.value = this.user;
    Demo.text(this.time, Demo.hm(now));
    var ph = state.phones[this.user];
    if (ph) { this.drawChips(ph.chips); this.drawLog(ph, now, tint, me); } // the chips first: they take their room from the chat
  };

  Phone.prototype.drawLog = function (ph, now, tint, me) {
    var log = this.log, self = this, fresh = 0;
    var keep = {}, prev = 0, at = log.firstChild;
    if (ph.messages.length === 0 && !log.firstChild) log.appendChild(el('p', 'empty', '还没有消息。试试下面的词。'));
    var empty = log.querySelector('.empty');
    if (empty && ph.messages.length) { log.removeChild(empty); at = log.firstChild; }
    ph.messages.forEach(function (m) {
      var stamp = m.at - prev > 240000 ? Demo.stamp(now, m.at) : '';
      prev = m.at;
      var sign = JSON.stringify([m, stamp]), had = self.nodes[m.id];
      keep[m.id] = true;
      var node = had && had.sign === sign ? had.node : self.message(m, stamp, tint, me, !had);
      if (!had) fresh++;
      if (had && had.node !== node) {
        if (at === had.node) at = node;
        log.replaceChild(node, had.node);
      }
      if (node === at) at = at.nextSibling;
      else log.insertBefore(node, at && at.parentNode === log ? at : (self.dots.parentNode === log ? self.dots : null));
      self.nodes[m.id] = {sign: sign, node: node};
    });
    Object.keys(this.nodes).forEach(function (id) {
      if (keep[id]) return;
      log.removeChild(self.nodes[id].node);
      delete self.nodes[id];
    });
    if (this.waiting > 0 && log.lastChild !== this.dots) log.appendChild(this.dots);
    if (fresh && !this.first) {
      this.root.classList.remove('rang');
      void this.root.offsetWidth;
      this.root.classList.add('rang');
    }
    if ((fresh && this.stuck) || this.first || this.stick) this.bottom();
    if (fresh) this.stick = false;
    this.first = false;
  };

  Phone.prototype.message = function (m, stamp, tint, me, isNew) {
    var box = el('div', 'item' + (isNew && !this.first ? ' new' : ''));
    if (stamp) { var t = el('p', 'stamp'); t.appendChild(el('span', '', stamp)); box.appendChild(t); }
    var row = el('div', 'msg ' + (m.mine ? 'mine' : 'theirs'));
    var a = el('span', 'avatar ' + (m.mine ? 'me ' + tint : 'bot'), m.mine ? me.name.slice(-1) : '');
    a.setAttribute('aria-hidden', 'true');
    row.appendChild(a);
    row.appendChild(m.card ? this.card(m) : el('div', 'bubble', m.text));
    box.appendChild(row);
    return box;
  };

  Phone.prototype.card = function (m) {
    var c = m.card, self = this, box = el('div', 'card' + (c.settled ? ' settled' : ''));
    box.appendChild(el('h3', '', c.title));
    if (c.subtitle) box.appendChild(el('p', 'sub', c.subtitle));
    if (c.facts && c.facts.length) {
      var dl = el('dl');
      c.facts.forEach(function (f) { dl.appendChild(el('dt', '', f.label)); dl.appendChild(el('dd', '', f.value)); });
      box.appendChild(dl);
    }
    if (c.text) box.appendChild(el('p', 'body', c.text));
    if (c.settled) {
      var s = el('p', 'seal');
      s.appendChild(icon('i-check'));
      s.appendChild(el('span', '', c.settled));
      box.appendChild(s);
    }
    if (c.buttons && c.buttons.length && !c.settled) {
      var bs = el('div', 'buttons n' + Math.min(c.buttons.length, 4));
      c.buttons.forEach(function (b) {
        var x = el('button', (b.style || 'plain') + (b.pressed ? ' pressed' : ''), b.label);
        x.type = 'button';
        x.disabled = !!b.off;
        x.addEventListener('click', function () {
          bs.querySelectorAll('button').forEach(function (y) { y.disabled = true; });
          self.press(m.id, b.key).then(function () {
            bs.querySelectorAll('button').forEach(function (y, i) { y.disabled = !!c.buttons[i].off; });
          });
        });
        bs.appendChild(x);
      });
      box.appendChild(bs);
    }
    return box;
  };

  Phone.prototype.drawChips = function (chips) {
    var self = this, key = JSON.stringify(chips);
    if (key === this.chipKey) return;
    this.chipKey = key;
    var focused = this.chips.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.chips.textContent = '';
    chips.forEach(function (c) {
      var b = el('button', c.hot ? 'hot' : '', c.line);
      b.type = 'button';
      b.addEventListener('click', function () { self.say(c.line); });
      self.chips.appendChild(b);
      if (c.line === focused) b.focus();
    });
    this.chips.scrollLeft = 0;
  };

  Demo.Phone = Phone;
})();
