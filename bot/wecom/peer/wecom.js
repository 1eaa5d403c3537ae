// WeCom, played by two implementations that share nothing with ours: @wecom/crypto encodes (it is
// lenient, so it is no judge), the crypto of @wecom/aibot-node-sdk judges. Reads its orders as JSON
// from standard input, writes one JSON object of findings to standard output.
'use strict';

const crypto = require('node:crypto');
const { encrypt, getSignature, decrypt } = require('@wecom/crypto');
const { WecomCrypto } = require('@wecom/aibot-node-sdk');

const cdata = (s) => `<![CDATA[${s.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
const between = (doc, tag) => {
  const m = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(doc);
  return m ? m[1].replaceAll('<![CDATA[', '').replaceAll(']]>', '') : '';
};

async function main() {
  const chunks = [];
  for await (const c of process.stdin) chunks.push(c);
  const { url, token, key, corp, agent, now, echo, text, task, line } = JSON.parse(Buffer.concat(chunks));
  const judge = new WecomCrypto(token, key, corp);

  const sealed = (plain, receiver) => {
    const nonce = crypto.randomBytes(5).toString('hex');
    const enc = encrypt(key, plain, receiver, crypto.randomBytes(16));
    const q = new URLSearchParams({ msg_signature: getSignature(token, now, nonce, enc), timestamp: String(now), nonce });
    return { q, enc };
  };
  const post = async ({ q, enc }, receiver = corp) => {
    const body = `<xml><ToUserName>${cdata(receiver)}</ToUserName><Encrypt>${cdata(enc)}</Encrypt><AgentID>${cdata(String(agent))}</AgentID></xml>`;
    const r = await fetch(`${url}?${q}`, { method: 'POST', headers: { 'Content-Type': 'text/xml' }, body });
    return { status: r.status, body: await r.text() };
  };
  // judged verifies and decrypts a passive reply with both.
  const judged = ({ status, body }) => {
    if (status !== 200 || body === '') return { status, empty: body === '' };
    const enc = between(body, 'Encrypt');
    const verified = judge.verifySignature(between(body, 'MsgSignature'), between(body, 'TimeStamp'), between(body, 'Nonce'), enc);
    const plain = judge.decrypt(enc);
    const other = decrypt(key, enc);
    return { status, verified, agree: other.message === plain && other.id === corp, kind: between(plain, 'MsgType'), to: between(plain, 'ToUserName'), content: between(plain, 'Content'), task: between(plain, 'TaskId'), replace: between(plain, 'ReplaceText') };
  };
  const message = (id, content) => `<xml><ToUserName>${cdata(corp)}</ToUserName><FromUserName>${cdata('ZhangSan')}</FromUserName><CreateTime>${now}</CreateTime><MsgType>${cdata('text')}</MsgType><Content>${cdata(content)}</Content><MsgId>${id}</MsgId><AgentID>${agent}</AgentID></xml>`;
  const press = `<xml><ToUserName>${cdata(corp)}</ToUserName><FromUserName>${cdata('ZhangSan')}</FromUserName><CreateTime>${now}</CreateTime><MsgType>${cdata('event')}</MsgType><Event>${cdata('template_card_event')}</Event><EventKey>${cdata(line)}</EventKey><TaskId>${cdata(task)}</TaskId><CardType>${cdata('button_interaction')}</CardType><ResponseCode>${cdata('rc')}</ResponseCode><AgentID>${agent}</AgentID></xml>`;

  const out = {};
  {
    const { q, enc } = sealed(echo, corp);
    q.set('echostr', enc);
    const r = await fetch(`${url}?${q}`);
    out.echo = { status: r.status, body: await r.text() };
  }
  // All lengths of a message over more than two padding blocks.
  out.lengths = 0;
  for (let n = 0; n < 70; n++) {
    const said = text + 'x'.repeat(n);
    const r = judged(await post(sealed(message(`4561255354251345${100 + n}`, said), corp)));
    if (r.status === 200 && r.verified && r.agree && r.kind === 'text' && r.to === 'ZhangSan' && r.content === said) out.lengths++;
  }
  out.press = judged(await post(sealed(press, corp)));
  out.foreign = await post(sealed(message('1', text), 'wwforeign'));
  const tampered = sealed(message('2', text), corp);
  tampered.q.set('msg_signature', '0'.repeat(40));
  out.tampered = await post(tampered);
  process.stdout.write(JSON.stringify(out));
}

main().catch((e) => {
  process.stderr.write(`${e.stack}\n`);
  process.exit(1);
});
