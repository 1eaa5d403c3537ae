// The platform's own Stream client for Node, for the tests of the fake gateway: reads its settings as one
// line of JSON from standard input, answers what it is told in the way peer/sdk does, writes a line of
// JSON for each thing it was told, and ends when standard input does.
import readline from 'node:readline';
import axios from 'axios';
import { DWClient, EventAck, TOPIC_CARD, TOPIC_ROBOT } from 'dingtalk-stream';

const lines = readline.createInterface({ input: process.stdin });
const set = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
const say = (what, fields) => process.stdout.write(`${JSON.stringify({ what, ...fields })}\n`);
console.info = console.warn = console.error = (...args) => process.stderr.write(`${args.join(' ')}\n`);

// The gateway's address is a constant of the package.
axios.interceptors.request.use((c) => ({ ...c, url: c.url.replace('https://api.dingtalk.com', set.url) }));

const client = new DWClient({ clientId: set.id, clientSecret: set.secret, keepAlive: true });
client.registerCallbackListener(TOPIC_ROBOT, async (res) => {
  const d = JSON.parse(res.data);
  say('message', {
    user: d.senderStaffId, corp: d.senderCorpId, nick: d.senderNick, robot: d.robotCode, kind: d.msgtype,
    text: d.text.content, group: d.conversationTitle ?? '', conversation: d.conversationType, at: d.isInAtList ?? false,
    lasts: d.sessionWebhookExpiredTime - d.createAt,
  });
  await axios.post(d.sessionWebhook, { msgtype: 'text', text: { content: `收到：${d.text.content}` } });
  client.socketCallBackResponse(res.headers.messageId, null);
});
client.registerCallbackListener(TOPIC_CARD, (res) => {
  const d = JSON.parse(res.data);
  const { actionIds, params } = JSON.parse(d.content).cardPrivateData;
  say('press', { card: d.outTrackId, corp: d.corpId, user: d.userId, form: d.userIdType, type: d.type, buttons: actionIds, action: params.action });
  client.socketCallBackResponse(res.headers.messageId, {
    cardUpdateOptions: { updateCardDataByKey: true },
    cardData: { cardParamMap: { status: params.action } },
  });
});
let later = true;
client.registerAllEventListener((m) => {
  say('event', { type: m.headers.eventType, corp: m.headers.eventCorpId, users: JSON.parse(m.data).userId });
  if (m.headers.eventType === 'user_modify_org' && later) { // once, to have it again
    later = false;
    return { status: EventAck.LATER, message: '' };
  }
  return { status: EventAck.SUCCESS };
});
await client.connect();
lines.on('close', () => {
  client.disconnect();
  process.exit(0);
});
