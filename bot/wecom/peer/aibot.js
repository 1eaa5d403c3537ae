// A bot of the platform's own SDK, connected to our fake of the gateway: where the fake is wrong, this
// says so. It reads one line of JSON with the orders and says line by line what it meets.
"use strict";
const { WSClient } = require("@wecom/aibot-node-sdk");
const readline = require("node:readline");

const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const told = (x) => (x instanceof Error ? x.message : { errcode: x.errcode });

readline.createInterface({ input: process.stdin }).once("line", async (line) => {
  const o = JSON.parse(line);
  const bot = new WSClient({ botId: o.bot, secret: o.secret, wsUrl: o.url, heartbeatInterval: 50, maxAuthFailureAttempts: 0, logger: quiet });
  bot.on("error", (e) => say({ error: e.message.slice(0, 40) }));
  bot.on("message.text", async (f) => {
    say({ heard: f.body.text.content, from: f.body.from.userid, chat: f.body.chattype });
    await bot.replyStream(f, "stream-1", "听到：" + f.body.text.content, true).then(() => say({ answered: true }), (e) => say({ refused: told(e) }));
  });
  bot.on("event.template_card_event", async (f) => {
    const e = f.body.event.template_card_event;
    say({ pressed: e.event_key, task: e.task_id });
    const card = { card_type: "button_interaction", main_title: { title: "已处理" }, task_id: e.task_id, button_list: [{ text: "已同意", style: 2, key: "settled" }] };
    await bot.updateTemplateCard(f, card, [f.body.from.userid]).then(() => say({ updated: true }), (x) => say({ refused: told(x) }));
    await bot.updateTemplateCard(f, card, [f.body.from.userid]).then(() => say({ updated: true }), (x) => say({ again: told(x) }));
  });
  bot.on("event.disconnected_event", () => say({ evicted: true }));
  bot.once("authenticated", async () => {
    const send = (to, body) => bot.sendMessage(to, body).then((f) => say({ sent: f.errcode }), (x) => say({ unsent: told(x) }));
    await send("lisi", { msgtype: "markdown", markdown: { content: "**你好**" } });
    await send("nobody", { msgtype: "markdown", markdown: { content: "x" } });
    await send("lisi", { msgtype: "text", text: { content: "x" } });
    const card = { card_type: "button_interaction", main_title: { title: "计划" }, task_id: "T-1", button_list: [{ text: "同意", style: 1, key: "同意 P7" }] };
    await send("lisi", { msgtype: "template_card", template_card: card });
    await send("lisi", { msgtype: "template_card", template_card: card });
    say({ ready: true });
  });
  process.stdin.on("end", () => { bot.disconnect(); process.exit(0); });
  bot.connect();
});
