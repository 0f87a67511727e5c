import { randomUUID } from 'node:crypto';
import type { User } from '#local/record/account.ts';
import type { App, Installation } from '#local/record/app.ts';
import type { Repository } from '#local/record/repository.ts';
import type { JsonObject } from '#model/json.ts';
import { toNodeId } from '../api/node-id.ts';
import { renderRepository } from '../api/render-repository.ts';
import { renderUser } from '../api/render-user.ts';
import { isRecording, recordWebhook } from '../recording.ts';
import type { World } from '../world.ts';
import { buildHeaders } from './build-headers.ts';
import { buildPing } from './build-ping.ts';
import { openLine } from './delivery-line.ts';
import { type Delivery, openDeliveryLog } from './delivery-log.ts';
import { type Fault, type Faults, planFault, WELL } from './fault-schedule.ts';
import { isMeantFor } from './meant-for.ts';
import { LOST, postDelivery } from './post-delivery.ts';
import { renderOrganization } from './render-organization.ts';

/** Events that every App gets, whatever it subscribed to. */
const UNASKED = ['ping', 'installation', 'installation_repositories', 'github_app_authorization'];

/** The outgoing side of the local GitHub. */
export interface Webhooks {
  /** Queue one event for every App that listens; returns at once. */
  deliver(event: string, repository: Repository, sender: User, payload: JsonObject): void;
  /** Queue an event that belongs to no repository, for the App of one installation. */
  deliverTo(installation: Installation, event: string, payload: JsonObject): void;
  /** Queue an event for an App alone, of no installation. */
  tell(app: App, event: string, payload: JsonObject): void;
  ping(app: App): void;
  /** Send a past delivery again: same GUID, new number, marked as a redelivery. */
  redeliver(app: App, delivery: Delivery): void;
  readonly log: ReturnType<typeof openDeliveryLog>;
  /** From the next delivery on, the network fails like this; null makes it well again. */
  setFaults(faults: Faults | null): void;
  /** Deliveries that wait or are on their way. */
  inFlight(): number;
}

interface Message {
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
  readonly guid: string;
  readonly redelivery: boolean;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
}

/**
 * Open the sender. One App's deliveries go out one after the other, in the order of the events:
 * GitHub promises less, so the stories of tests stay readable; receivers must not rely on it.
 */
export function openWebhooks(readWorld: () => World, log = openDeliveryLog()): Webhooks {
  let faults: Faults | null = null;
  let numbered = 0;
  const line = openLine<Message & { readonly app: App }>({
    plan: () => (faults ? planFault(faults, numbered++) : WELL),
    send: async ({ app, ...message }, fault) => {
      const delivery = await send(readWorld(), app, message, fault);
      if (delivery) log.append(delivery);
    },
  });

  function enqueue(app: App, message: Message): void {
    // Without an address the event is lost, as on GitHub.
    if (app.webhook?.url) line.add(app.id, { ...message, app });
  }

  function tell(app: App, event: string, payload: JsonObject): void {
    const ids = { installationId: null, repositoryId: null };
    enqueue(app, { ...ids, ...newMessage(event, payload) });
  }

  return {
    log,
    inFlight: line.inFlight,
    setFaults: (next) => {
      faults = next;
      numbered = 0;
    },
    deliver: (event, repository, sender, payload) => {
      const world = readWorld();
      const found = listeners(world, repository, event).filter(({ app }) =>
        isMeantFor(app, event, payload),
      );
      // A recording wants every event, also those that nobody subscribed to.
      if (isRecording && found.length === 0)
        newMessage(event, completePayload(world, repository, sender, payload, null));
      for (const { app, installation } of found) {
        const whole = completePayload(world, repository, sender, payload, installation);
        const ids = { installationId: installation.id, repositoryId: repository.id };
        enqueue(app, { ...ids, ...newMessage(event, whole) });
      }
    },
    deliverTo: (installation, event, payload) => {
      const app = readWorld().apps.get(installation.appId);
      if (!app || !listensTo(app, event)) return;
      const ids = { installationId: installation.id, repositoryId: null };
      enqueue(app, { ...ids, ...newMessage(event, payload) });
    },
    tell,
    ping: (app) => tell(app, 'ping', buildPing(readWorld(), app)),
    redeliver: (app, { event, action, guid, requestBody, installationId, repositoryId }) =>
      enqueue(app, {
        event,
        action,
        guid,
        body: requestBody,
        redelivery: true,
        installationId,
        repositoryId,
      }),
  };
}

function newMessage(event: string, payload: JsonObject) {
  const action = typeof payload.action === 'string' ? payload.action : null;
  // Rendered now: the receiver must see the state at the time of the event.
  const body = JSON.stringify(payload);
  recordWebhook(event, action, body);
  return {
    event,
    action,
    body,
    guid: randomUUID(),
    redelivery: false,
  };
}

function listensTo(app: App, event: string): boolean {
  return UNASKED.includes(event) || app.events.includes(event);
}

function listeners(world: World, repository: Repository, event: string) {
  return [...world.installations.values()].flatMap((installation) => {
    const app = world.apps.get(installation.appId);
    if (!app || installation.suspendedAt !== null) return [];
    if (installation.accountId !== repository.ownerId) return [];
    if (installation.repositoryIds && !installation.repositoryIds.includes(repository.id))
      return [];
    return listensTo(app, event) ? [{ app, installation }] : [];
  });
}

function completePayload(
  world: World,
  repository: Repository,
  sender: User,
  payload: JsonObject,
  installation: Installation | null,
): JsonObject {
  const owner = world.users.get(repository.ownerId);
  return {
    ...payload,
    repository: renderRepository(world, repository),
    ...(owner?.type === 'Organization' ? { organization: renderOrganization(world, owner) } : {}),
    sender: renderUser(world, sender),
    ...(installation
      ? {
          installation: { id: installation.id, node_id: toNodeId('Installation', installation.id) },
        }
      : {}),
  };
}

async function send(
  world: World,
  app: App,
  message: Message,
  { isDropped }: Fault,
): Promise<Delivery | undefined> {
  if (!app.webhook) return undefined;
  const { url, secret } = app.webhook;
  const { event, guid, body } = message;
  const headers = buildHeaders({ event, guid, appId: app.id, secret, body });
  const started = performance.now();
  const deliveredAt = world.now().toISOString();
  const result = isDropped ? LOST : await postDelivery(url, headers, body);
  return {
    id: world.nextId(),
    guid,
    appId: app.id,
    event,
    action: message.action,
    deliveredAt,
    redelivery: message.redelivery,
    durationMs: performance.now() - started,
    statusCode: result.statusCode,
    status: result.status,
    installationId: message.installationId,
    repositoryId: message.repositoryId,
    url,
    requestHeaders: headers,
    requestBody: body,
    responseHeaders: result.headers,
    responseBody: result.body,
  };
}
