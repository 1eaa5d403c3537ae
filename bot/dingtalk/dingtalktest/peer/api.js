// The platform's own generated API client, for the tests of the fake: it writes requests from its own
// tables and checks the types of what it reads. Reads its orders as one line of JSON from standard input,
// writes one JSON object of findings to standard output.
'use strict';

const { Config } = require('@alicloud/openapi-client');
const { RuntimeOptions } = require('@alicloud/tea-util');
const robots = require('@alicloud/dingtalk/robot_1_0');
const cards = require('@alicloud/dingtalk/card_1_0');
const oauth = require('@alicloud/dingtalk/oauth2_1_0');

async function main() {
  const chunks = [];
  for await (const c of process.stdin) chunks.push(c);
  const { host, id, secret, corp, group } = JSON.parse(Buffer.concat(chunks));
  const config = () => new Config({ protocol: 'http', regionId: 'central', endpoint: host });
  const runtime = new RuntimeOptions({});
  const robot = new robots.default(config());
  const card = new cards.default(config());
  const auth = new oauth.default(config());

  const out = {};
  // note keeps what a call gave, or why it was refused.
  const note = async (name, promise, pick = (b) => b) => {
    try {
      out[name] = pick((await promise).body);
    } catch (e) {
      out[name] = { code: e.code, status: e.data?.statusCode ?? e.statusCode };
    }
  };
  const token = (await auth.getAccessToken(new oauth.GetAccessTokenRequest({ appKey: id, appSecret: secret }))).body.accessToken;
  await note('expires', auth.getAccessToken(new oauth.GetAccessTokenRequest({ appKey: id, appSecret: secret })), (b) => [b.accessToken === token, b.expireIn]);
  await note('wrongSecret', auth.getAccessToken(new oauth.GetAccessTokenRequest({ appKey: id, appSecret: 'wrong' })));
  await note('corpToken', auth.getToken(corp, new oauth.GetTokenRequest({ clientId: id, clientSecret: secret, grantType: 'client_credentials' })),
    (b) => [b.accessToken === token, b.expiresIn]);

  const on = (kind, space, value) => new space[`${kind}Headers`]({ xAcsDingtalkAccessToken: value ?? token });
  const send = (fields, value) => robot.batchSendOTOWithOptions(
    new robots.BatchSendOTORequest({ robotCode: id, msgKey: 'sampleText', msgParam: '{"content":"请签到"}', ...fields }), on('BatchSendOTO', robots, value), runtime);
  let key;
  await note('send', send({ userIds: ['zhang', 'li', 'far'] }), (b) => {
    key = b.processQueryKey;
    return [typeof key, b.invalidStaffIdList, b.flowControlledStaffIdList];
  });
  await note('tooMany', send({ userIds: Array.from({ length: 21 }, (_, i) => `u${i}`) }));
  await note('wrongToken', send({ userIds: ['zhang'] }, 'nothing'));
  await note('read', robot.batchOTOQueryWithOptions(new robots.BatchOTOQueryRequest({ robotCode: id, processQueryKey: key }), on('BatchOTOQuery', robots), runtime));
  await note('recall', robot.batchRecallOTOWithOptions(new robots.BatchRecallOTORequest({ robotCode: id, processQueryKeys: [key, 'unknown'] }), on('BatchRecallOTO', robots), runtime),
    (b) => [b.successResult.length === 1 && b.successResult[0] === key, b.failedResult]);

  await note('groupSend', robot.orgGroupSendWithOptions(new robots.OrgGroupSendRequest({ robotCode: id, openConversationId: group, msgKey: 'sampleMarkdown', msgParam: '{"title":"培训","text":"**14:00** 开始"}' }), on('OrgGroupSend', robots), runtime),
    (b) => {
      key = b.processQueryKey;
      return typeof key;
    });
  await note('groupRead', robot.orgGroupQueryWithOptions(new robots.OrgGroupQueryRequest({ robotCode: id, openConversationId: group, processQueryKey: key }), on('OrgGroupQuery', robots), runtime));
  await note('groupRecall', robot.orgGroupRecallWithOptions(new robots.OrgGroupRecallRequest({ robotCode: id, openConversationId: group, processQueryKeys: [key] }), on('OrgGroupRecall', robots), runtime),
    (b) => [b.successResult.length, b.failedResult]);
  await note('noGroup', robot.orgGroupSendWithOptions(new robots.OrgGroupSendRequest({ robotCode: id, openConversationId: 'cidnone==', msgKey: 'sampleText', msgParam: '{"content":"x"}' }), on('OrgGroupSend', robots), runtime));
  await note('download', robot.robotMessageFileDownloadWithOptions(new robots.RobotMessageFileDownloadRequest({ robotCode: id, downloadCode: 'code1' }), on('RobotMessageFileDownload', robots), runtime),
    (b) => typeof b.downloadUrl);

  const data = (values) => new cards.CreateAndDeliverRequestCardData({ cardParamMap: values });
  const approval = { lastMessage: '待审批', title: '培训计划', type: '转岗', amount: '8', reason: '新人', createTime: '今天', status: '' };
  const space = new cards.CreateAndDeliverRequestImRobotOpenSpaceModel({ supportForward: false, lastMessageI18n: { ZH_CN: '待审批' } });
  const deliver = new cards.CreateAndDeliverRequestImRobotOpenDeliverModel({ spaceType: 'IM_ROBOT', robotCode: id });
  const create = (fields) => card.createAndDeliverWithOptions(new cards.CreateAndDeliverRequest({
    cardTemplateId: 'db56f2c2-f609-4878-9a34-46f6a0194a73.schema', outTrackId: 'plan-1', callbackType: 'STREAM', userIdType: 1, cardData: data(approval),
    openSpaceId: 'dtv1.card//IM_ROBOT.zhang;IM_ROBOT.far', imRobotOpenSpaceModel: space, imRobotOpenDeliverModel: deliver, ...fields,
  }), on('CreateAndDeliver', cards), runtime);
  await note('card', create({}), (b) => [b.success, b.result.outTrackId, b.result.deliverResults.map((r) => [r.spaceType, r.spaceId, r.success, typeof r.carrierId, typeof r.errorMsg])]);
  await note('cardAgain', create({}));
  await note('cardUnknown', create({ outTrackId: 'plan-2', cardTemplateId: 'none.schema' }));
  await note('cardNowhere', create({ outTrackId: 'plan-3', openSpaceId: 'zhang' }));
  const update = (outTrackId) => card.updateCardWithOptions(new cards.UpdateCardRequest({
    outTrackId, userIdType: 1, cardData: new cards.UpdateCardRequestCardData({ cardParamMap: { status: 'agree' } }),
    cardUpdateOptions: new cards.UpdateCardRequestCardUpdateOptions({ updateCardDataByKey: true, updatePrivateDataByKey: true }),
  }), on('UpdateCard', cards), runtime);
  await note('update', update('plan-1'));
  await note('updateUnknown', update('plan-0'));

  await note('create', card.createCardWithOptions(new cards.CreateCardRequest({
    cardTemplateId: 'db56f2c2-f609-4878-9a34-46f6a0194a73.schema', outTrackId: 'plan-4', callbackType: 'STREAM', userIdType: 1,
    cardData: new cards.CreateCardRequestCardData({ cardParamMap: approval }),
    imGroupOpenSpaceModel: new cards.CreateCardRequestImGroupOpenSpaceModel({ supportForward: false, lastMessageI18n: { ZH_CN: '待审批' } }),
  }), on('CreateCard', cards), runtime));
  await note('deliver', card.deliverCardWithOptions(new cards.DeliverCardRequest({
    outTrackId: 'plan-4', userIdType: 1, openSpaceId: `dtv1.card//IM_GROUP.${group}`,
    imGroupOpenDeliverModel: new cards.DeliverCardRequestImGroupOpenDeliverModel({ robotCode: id }),
  }), on('DeliverCard', cards), runtime), (b) => [b.success, b.result.map((r) => [r.spaceType, r.success])]);

  const route = (url, force) => card.registerCallbackWithOptions(
    new cards.RegisterCallbackRequest({ callbackRouteKey: 'k1', callbackUrl: url, apiSecret: 'example-secret', forceUpdate: force }), on('RegisterCallback', cards), runtime);
  await note('route', route('https://bot.example.com/card', true));
  await note('routeTaken', route('https://other.example.com/card', false));
  process.stdout.write(JSON.stringify(out));
}

main().catch((e) => {
  process.stderr.write(`${e.stack}\n`);
  process.exit(1);
});
