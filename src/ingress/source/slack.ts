import { z } from 'zod';
import { ok } from '#model/result.ts';
import type { SourceAdapter } from './adapter.ts';
import { claimHex, outsideId, report, shapeRefusal } from './adapter.ts';

const envelope = z.discriminatedUnion('type', [
  z.object({ type: z.literal('url_verification'), challenge: z.string().min(1).max(500) }),
  z.object({
    type: z.literal('event_callback'),
    team_id: outsideId,
    event: z.looseObject({ type: z.string().max(100) }),
  }),
]);

const stamp = z.string().regex(/^\d{1,11}\.\d{1,6}$/, 'expected a Slack timestamp');

const mention = z.object({
  channel: outsideId,
  ts: stamp,
  /** The message that the thread hangs on. */
  thread_ts: stamp.nullish(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  text: z.string(),
});

const signatureForm = /^v0=([0-9a-f]{64})$/;
const timeForm = /^\d{1,12}$/;

/**
 * Slack Events: somebody mentioned the Slack app. Each message is a part of its Slack thread.
 *
 * Source  docs.slack.dev, “Verifying requests from Slack”: `X-Slack-Signature` is `v0=` and the
 * HMAC-SHA256 in hex of `v0:`, `X-Slack-Request-Timestamp`, `:` and the raw body; five minutes.
 * “Events API”: the `url_verification` challenge, and `event_id`, which stays when an event is
 * sent again.
 */
export const slack: SourceAdapter = {
  claim: (call) => {
    const time = call.header('x-slack-request-timestamp');
    const [, hex] = signatureForm.exec(call.header('x-slack-signature')) ?? [];
    return hex && timeForm.test(time) ? claimHex(hex, `v0:${time}:`) : undefined;
  },
  windowMs: 5 * 60_000,
  sentAt: (call) => Number(call.header('x-slack-request-timestamp')) * 1000,
  deliveryId: (_, { event_id: id }) => (typeof id === 'string' ? id : null),
  read: (_, payload) => {
    const parsed = envelope.safeParse(payload);
    if (!parsed.success) return shapeRefusal('a Slack event', parsed.error);
    if (parsed.data.type === 'url_verification') {
      return ok({ kind: 'challenge', challenge: parsed.data.challenge });
    }
    const { event, team_id: team } = parsed.data;
    if (event.type !== 'app_mention') {
      return ok({ kind: 'ignored', because: `nothing here listens to Slack’s ${event.type}` });
    }
    const said = mention.safeParse(event);
    if (!said.success) return shapeRefusal('a Slack app_mention', said.error);
    return ok(readMention(team, said.data));
  },
};

function readMention(team: string, { channel, ts, thread_ts, ...said }: z.infer<typeof mention>) {
  if (said.bot_id) return { kind: 'ignored', because: 'a bot wrote the Slack message' } as const;
  const text = readable(said.text);
  if (text === '') return { kind: 'ignored', because: 'the Slack message says nothing' } as const;
  return report({
    thread: `${team}/${channel}/${thread_ts ?? ts}`,
    reference: `message ${thread_ts ?? ts} in ${channel}`,
    url: null,
    tags: [team, channel],
    part: {
      id: ts,
      at: new Date(Number(ts) * 1000).toISOString(),
      author: said.user ?? null,
      title: text.split('\n', 1)[0] ?? '',
      text,
    },
  });
}

/** Slack writes `&`, `<` and `>` as entities, and references to people in angle brackets. */
function readable(text: string): string {
  return text
    .replace(/<@[A-Z0-9]{1,30}(?:\|[^>\n]{0,100})?>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
