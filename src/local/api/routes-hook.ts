import type { App } from '#local/record/app.ts';
import type { Delivery } from '../webhook/delivery-log.ts';
import type { Webhooks } from '../webhook/webhooks.ts';
import { numberParam, optionalText } from './field.ts';
import type { Reply, Schema } from './operation.ts';
import { type Call, HttpError, type Route, routes } from './route.ts';
import { appOf } from './routes-app.ts';

/** An App's webhook and the record of what was sent to it. */
export function buildHookRoutes(webhooks: Webhooks): readonly Route[] {
  return routes({
    'apps/get-webhook-config-for-app': {
      method: 'GET',
      path: '/app/hook/config',
      access: 'app-jwt',
      handle: (call) => ({ status: 200, body: renderConfig(appOf(call)) }),
    },
    'apps/update-webhook-config-for-app': {
      method: 'PATCH',
      path: '/app/hook/config',
      access: 'app-jwt',
      handle: updateConfig,
    },
    'apps/list-webhook-deliveries': {
      method: 'GET',
      path: '/app/hook/deliveries',
      access: 'app-jwt',
      handle: (call) => listDeliveries(call, webhooks.log.list(appOf(call).id)),
    },
    'apps/get-webhook-delivery': {
      method: 'GET',
      path: '/app/hook/deliveries/{delivery_id}',
      access: 'app-jwt',
      handle: (call) => ({ status: 200, body: renderWhole(find(call, webhooks)) }),
    },
    'apps/redeliver-webhook-delivery': {
      method: 'POST',
      path: '/app/hook/deliveries/{delivery_id}/attempts',
      access: 'app-jwt',
      handle: (call) => {
        webhooks.redeliver(appOf(call), find(call, webhooks));
        return { status: 202, body: {} };
      },
    },
  });
}

const PER_PAGE_MAX = 100;

/** Deliveries keep coming, so pages begin at one of them instead of at a number. */
function listDeliveries(
  call: Call,
  all: readonly Delivery[],
): Reply<'apps/list-webhook-deliveries'> {
  const asked = Number(call.query.get('per_page') ?? 30);
  const count = Number.isSafeInteger(asked) && asked > 0 ? Math.min(asked, PER_PAGE_MAX) : 30;
  const cursor = call.query.get('cursor');
  const from = Number(/^v1_(\d{1,15})$/.exec(cursor ?? '')?.[1]);
  if (cursor !== null && Number.isNaN(from)) throw new HttpError(422, 'Invalid cursor');
  const wanted = all.filter(
    (each) => (cursor === null || each.id <= from) && hasStatus(each, call.query.get('status')),
  );
  const next = wanted[count];
  return {
    status: 200,
    body: wanted.slice(0, count).map(renderItem),
    ...(next ? { headers: { link: `<${pageUrl(call, next)}>; rel="next"` } } : {}),
  };
}

function hasStatus(delivery: Delivery, status: string | null): boolean {
  const isGood = delivery.statusCode >= 200 && delivery.statusCode < 400;
  return status === null || (status === 'success' ? isGood : !isGood);
}

function pageUrl(call: Call, first: Delivery): string {
  const query = new URLSearchParams(call.query);
  query.set('cursor', `v1_${first.id}`);
  return `${call.world.urls.rest}${call.path}?${query}`;
}

function find(call: Call, webhooks: Webhooks): Delivery {
  const delivery = webhooks.log.find(appOf(call).id, numberParam(call.params, 'delivery_id'));
  if (!delivery) throw new HttpError(404, 'Not Found');
  return delivery;
}

function renderConfig(app: App): Schema<'webhook-config'> {
  return {
    ...(app.webhook?.url ? { url: app.webhook.url } : {}),
    content_type: 'json',
    insecure_ssl: '0',
    // GitHub never shows the secret again.
    ...(app.webhook?.secret ? { secret: '********' } : {}),
  };
}

function updateConfig(call: Call): Reply<'apps/update-webhook-config-for-app'> {
  const app = appOf(call);
  const url = optionalText(call.body, 'url', 2000) ?? app.webhook?.url ?? '';
  if (url !== '' && !/^https?:\/\//.test(url))
    throw new HttpError(422, 'url is not a valid HTTP address');
  const secret = optionalText(call.body, 'secret', 255) ?? app.webhook?.secret ?? '';
  app.webhook = { url, secret };
  return { status: 200, body: renderConfig(app) };
}

function renderItem(delivery: Delivery): Schema<'hook-delivery-item'> {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: Math.round(delivery.durationMs) / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function renderWhole(delivery: Delivery): Schema<'hook-delivery'> {
  return {
    ...renderItem(delivery),
    url: delivery.url,
    request: { headers: delivery.requestHeaders, payload: JSON.parse(delivery.requestBody) },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  };
}
