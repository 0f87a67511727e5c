// Pure: one recorded payload against GitHub's description of its event.

/** Events that GitHub sends, but does not describe under their own name. */
const undescribed = new Set(['repository-dispatch']);

/** The name of an event in the description: event and action, joined with dashes. */
export function webhookKey({ event, action }) {
  return [event, action].filter(Boolean).join('-').replaceAll('_', '-');
}

/** List what is wrong with one payload. */
export function checkWebhook(contract, { event, action, payload }) {
  const key = webhookKey({ event, action });
  if (undescribed.has(event.replaceAll('_', '-'))) return [];
  const schema = contract.webhooks[key];
  if (!schema) return [{ kind: 'webhook', pointer: '/', problem: 'is no event of GitHub' }];
  return contract
    .judge(schema, JSON.parse(payload))
    .map((problem) => ({ kind: 'webhook', ...problem }));
}
