import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { Source, SourceKind } from '#model/source.ts';

/** One signed call, as its sender makes it. */
export interface SentCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a sender says, and how it signs; each in the way its own documentation states. */
export interface Sender {
  /** The payload that reports this issue, sent at this time. */
  say(issue: SentIssue, at: Date): object;
  sign(payload: object | string, secret: string, at: Date): SentCall;
}

export interface SentIssue {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** When this version of it was written. */
  readonly at?: Date;
  /** Another delivery of the same words is another call. */
  readonly delivery?: string;
}

const hex = (secret: string, text: string) =>
  createHmac('sha256', secret).update(text).digest('hex');
const asText = (payload: object | string) =>
  typeof payload === 'string' ? payload : JSON.stringify(payload);
let deliveries = 0;
const nextDelivery = () => {
  deliveries += 1;
  return `delivery-${deliveries}`;
};

const linear: Sender = {
  say: ({ id, title, text, at: written }, at) => ({
    action: 'create',
    type: 'Issue',
    createdAt: at.toISOString(),
    organizationId: 'o-1',
    webhookId: 'w-1',
    webhookTimestamp: at.getTime(),
    url: `https://linear.app/acme/issue/${id}`,
    actor: { id: 'u-1', name: 'Ada', type: 'user' },
    data: {
      id,
      identifier: 'ENG-12',
      title,
      description: text,
      updatedAt: (written ?? at).toISOString(),
      labels: [{ id: 'l-1', name: 'bug' }],
      team: { id: 't-1', key: 'ENG' },
    },
  }),
  sign: (payload, secret) => {
    const body = asText(payload);
    return {
      body,
      headers: { 'linear-signature': hex(secret, body), 'linear-delivery': nextDelivery() },
    };
  },
};

const sentry: Sender = {
  say: ({ id, title, text, at: written }, at) => ({
    action: 'created',
    installation: { uuid: 'i-1' },
    actor: { type: 'application', id: 'sentry', name: 'Sentry' },
    data: {
      issue: {
        id,
        shortId: 'SHOP-9',
        title,
        culprit: text,
        level: 'error',
        platform: 'javascript',
        count: '1',
        firstSeen: at.toISOString(),
        lastSeen: (written ?? at).toISOString(),
        permalink: null,
        project: { id: '1', name: 'shop', slug: 'shop' },
      },
    },
  }),
  sign: (payload, secret, at) => {
    const body = asText(payload);
    return {
      body,
      headers: {
        'sentry-hook-signature': hex(secret, body),
        'sentry-hook-resource': 'issue',
        'sentry-hook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'request-id': nextDelivery(),
      },
    };
  },
};

const slack: Sender = {
  say: ({ id, title, text, delivery, at: written }, at) => {
    const seconds = (written ?? at).getTime() / 1000;
    return {
      type: 'event_callback',
      token: 'no longer used',
      team_id: 'T1',
      api_app_id: 'A1',
      event_id: delivery ?? nextDelivery(),
      event_time: Math.floor(at.getTime() / 1000),
      event: {
        type: 'app_mention',
        user: 'U1',
        channel: 'C1',
        ts: `${seconds.toFixed(3)}001`,
        thread_ts: id,
        text: `<@UAPP> ${title}\n${text}`,
      },
    };
  },
  sign: (payload, secret, at) => {
    const body = asText(payload);
    const time = String(Math.floor(at.getTime() / 1000));
    return {
      body,
      headers: {
        'x-slack-request-timestamp': time,
        'x-slack-signature': `v0=${hex(secret, `v0:${time}:${body}`)}`,
      },
    };
  },
};

const standard: Sender = {
  say: ({ id, title, text, at: written }, at) => ({
    type: 'ticket.created',
    timestamp: (written ?? at).toISOString(),
    data: { id, title, description: text, author: 'ada', tags: ['bug'] },
  }),
  sign: (payload, secret, at) => {
    const body = asText(payload);
    const id = nextDelivery();
    return {
      body,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      },
    };
  },
};

export const senders: Readonly<Record<SourceKind, Sender>> = {
  linear,
  sentry,
  slack,
  'standard-webhooks': standard,
};

const secrets: Readonly<Record<SourceKind, string>> = {
  linear: 'lin_wh_0123456789abcdefghijklmnop',
  sentry: 'a'.repeat(64),
  slack: '8f742231b10e8888abcd99yyyzzz85a5',
  'standard-webhooks': `whsec_${Buffer.from('thirty-two bytes of a test only!').toString('base64')}`,
};

/** The source of a kind, as an owner would configure it. */
export function aSource(kind: SourceKind, changes: Partial<Source> = {}): Source {
  return {
    name: kind,
    kind,
    secret: secrets[kind],
    secretPrevious: null,
    owner: 'acme',
    repository: 'shop',
    labels: [],
    only: [],
    issuesPerHour: 20,
    updatesPerHour: 200,
    ...changes,
  };
}
