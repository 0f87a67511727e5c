import { z } from 'zod';
import type { JsonObject } from '#model/json.ts';
import { ok } from '#model/result.ts';
import type { SourceAdapter } from './adapter.ts';
import { claimHex, outsideId, report, shapeRefusal } from './adapter.ts';

const when = z.iso.datetime({ offset: true });
const word = z.string().nullish();

const issueChange = z.object({
  data: z.object({
    issue: z.object({
      id: outsideId,
      shortId: z.string().min(1),
      title: z.string(),
      culprit: word,
      level: word,
      platform: word,
      count: z.union([z.string(), z.number()]).nullish(),
      firstSeen: word,
      lastSeen: when,
      permalink: word,
      web_url: word,
      project: z.object({ slug: z.string() }),
    }),
  }),
});

const frame = z.object({
  filename: word,
  function: word,
  lineno: z.number().nullish(),
});

const alert = z.object({
  data: z.object({
    triggered_rule: word,
    event: z.object({
      issue_id: outsideId,
      title: z.string(),
      message: word,
      culprit: word,
      level: word,
      platform: word,
      datetime: when,
      web_url: word,
      exception: z
        .object({
          values: z
            .array(
              z.object({
                type: word,
                value: word,
                stacktrace: z.object({ frames: z.array(frame).nullish() }).nullish(),
              }),
            )
            .nullish(),
        })
        .nullish(),
    }),
  }),
});
type Event = z.infer<typeof alert>['data']['event'];

/** Innermost frames that are shown; Sentry lists the oldest first. */
const framesMax = 15;
/** Nested causes that are shown. */
const causesMax = 5;
const action = z.object({ action: z.string().max(60) });

/**
 * Sentry: an issue appeared or came back, or an alert rule fired. Anybody who knows a project's DSN
 * writes such events: nothing in them is believed.
 *
 * Source  docs.sentry.io, integration platform, webhooks: `Sentry-Hook-Signature` is the
 * HMAC-SHA256 of the body in hex, `Sentry-Hook-Resource` says what it is about, `Request-ID` names
 * the request. The signature covers no time, so a replay is known by its body alone.
 */
export const sentry: SourceAdapter = {
  claim: (call) => claimHex(call.header('sentry-hook-signature')),
  windowMs: 0,
  sentAt: () => null,
  deliveryId: (call) => call.header('request-id') || null,
  read: (call, payload) => {
    const parsed = action.safeParse(payload);
    if (!parsed.success) return shapeRefusal('a Sentry webhook', parsed.error);
    const resource = call.header('sentry-hook-resource').slice(0, 60);
    const event = `${resource} ${parsed.data.action}`;
    if (event === 'issue created' || event === 'issue unresolved') return readIssue(payload);
    if (event === 'event_alert triggered') return readAlert(payload);
    return ok({ kind: 'ignored', because: `nothing here listens to Sentry’s ${event}` });
  },
};

function readIssue(payload: JsonObject) {
  const parsed = issueChange.safeParse(payload);
  if (!parsed.success) return shapeRefusal('a Sentry issue', parsed.error);
  const { issue } = parsed.data.data;
  const { count, firstSeen, lastSeen, project } = issue;
  return ok(
    report({
      thread: issue.id,
      reference: issue.shortId,
      url: issue.web_url ?? issue.permalink ?? null,
      tags: [project.slug, ...(issue.level ? [issue.level] : [])],
      part: {
        id: 'issue',
        at: lastSeen,
        author: null,
        title: issue.title,
        text: lines({
          title: issue.title,
          culprit: issue.culprit,
          level: issue.level,
          platform: issue.platform,
          project: project.slug,
          events: count === null ? undefined : count,
          'first seen': firstSeen,
          'last seen': lastSeen,
        }),
      },
    }),
  );
}

function readAlert(payload: JsonObject) {
  const parsed = alert.safeParse(payload);
  if (!parsed.success) return shapeRefusal('a Sentry issue alert', parsed.error);
  const { event, triggered_rule: rule } = parsed.data.data;
  const facts = lines({
    title: event.title,
    message: event.message,
    culprit: event.culprit,
    level: event.level,
    platform: event.platform,
    rule,
    at: event.datetime,
  });
  return ok(
    report({
      thread: event.issue_id,
      reference: `issue ${event.issue_id}`,
      url: event.web_url ?? null,
      tags: event.level ? [event.level] : [],
      part: {
        id: 'alert',
        at: event.datetime,
        author: null,
        title: event.title,
        text: [facts, ...(event.exception?.values ?? []).slice(-causesMax).map(describe)].join(
          '\n\n',
        ),
      },
    }),
  );
}

type Thrown = NonNullable<NonNullable<Event['exception']>['values']>[number];

function describe({ type, value, stacktrace }: Thrown): string {
  const frames = (stacktrace?.frames ?? []).slice(-framesMax).reverse();
  return [
    `${type ?? 'exception'}: ${value ?? ''}`,
    ...frames.map(
      (one) => `  at ${one.function ?? '?'} (${one.filename ?? '?'}:${one.lineno ?? '?'})`,
    ),
  ].join('\n');
}

function lines(facts: Readonly<Record<string, string | number | null | undefined>>): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
