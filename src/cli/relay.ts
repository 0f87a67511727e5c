import { setTimeout as sleep } from 'node:timers/promises';
import { askListener } from '#http/ask-listener.ts';
import { Exit } from './exit-code.ts';
import { readMessage } from './relay-message.ts';

/** A relay of webhook deliveries that runs. */
export interface Relay {
  stop(): Promise<void>;
}

/** What the relay tells. */
export interface RelayEvents {
  readonly say: (line: string) => void;
  /** The channel is heard again: what was sent meanwhile was lost. */
  readonly onReturn: () => void;
}

/** A channel that does not answer within this is none. */
const connectMs = 10_000;
/** The App answers a delivery in milliseconds. */
const answerMs = 10_000;
/** After a refusal of the channel, the next try; each refusal more doubles it. */
const retryMs = { first: 500, most: 30_000 };

/** The channel's address, or a usage error: checked before anything is started. */
export function parseChannel(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new Exit(
    'usage',
    `--smee: expected a channel's address such as https://smee.io/NAME, got "${text.slice(0, 100)}"`,
  );
}

/**
 * Bring deliveries from a smee.io channel to the App on this machine, for development: GitHub cannot
 * reach it. The App checks their signatures as ever, so the channel need not be trusted. The client
 * keeps the connection; what it brings is forwarded here, since a message that is no JSON would end
 * the process there. A channel that refuses for a while, as one that is restarted, is asked again.
 *
 * Fails  with a usage error when the channel does not answer the first time.
 */
export async function openRelay(
  channel: string,
  appUrl: string,
  { say, onReturn }: RelayEvents,
): Promise<Relay> {
  const stopping = new AbortController();
  let opened = 0;
  const onMessage = (data: string) => void forward(data, `${appUrl}/api/github/webhooks`, say);
  const onOpen = () => {
    opened += 1;
    say(opened === 1 ? `--smee: ${channel} is heard` : `--smee: ${channel} is heard again`);
    if (opened > 1) onReturn();
  };
  let connection = await connect(channel, { onMessage, onOpen }).catch((cause: unknown) => {
    throw new Exit('usage', `--smee: the channel ${channel} does not answer`, { cause });
  });
  const keep = async () => {
    for (let waitMs = retryMs.first; ; waitMs = Math.min(2 * waitMs, retryMs.most)) {
      await connection.lost;
      if (stopping.signal.aborted) return;
      say(`--smee: ${channel} does not answer; what it is sent meanwhile comes by the reconciler`);
      await sleep(waitMs, undefined, { signal: stopping.signal });
      const next = await connect(channel, { onMessage, onOpen }).catch(() => null);
      if (next) {
        connection = next;
        waitMs = retryMs.first / 2;
      }
      if (stopping.signal.aborted) await connection.close();
    }
  };
  const kept = keep().catch(() => undefined); // it fails by being stopped alone
  return {
    stop: async () => {
      stopping.abort();
      await connection.close();
      await kept;
    },
  };
}

interface Connection {
  /** Resolves when it will not come back by itself. */
  readonly lost: Promise<void>;
  close(): Promise<void>;
}

async function connect(
  channel: string,
  on: { readonly onMessage: (data: string) => void; readonly onOpen: () => void },
): Promise<Connection> {
  const { SmeeClient } = await import('smee-client');
  const silent = { info() {}, error() {} };
  const client = new SmeeClient({
    source: channel,
    target: channel, // forwarding is ours
    forward: false,
    logger: silent,
    maxConnectionTimeout: connectMs,
  });
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  client.onmessage = ({ data }) => on.onMessage(String(data));
  client.onopen = on.onOpen;
  try {
    const events = await client.start();
    // A stream that breaks is opened again by itself; one that is refused is closed for good.
    events.addEventListener('error', () => events.readyState === events.CLOSED && resolve());
  } catch (error) {
    await client.stop();
    throw error;
  }
  return {
    lost,
    close: async () => {
      await client.stop();
      resolve();
    },
  };
}

async function forward(data: string, url: string, say: (line: string) => void): Promise<void> {
  const message = readMessage(data);
  if (message === null) return say('--smee: the channel sent something that is no delivery');
  try {
    const { status } = await askListener(url, {
      method: 'POST',
      ...message,
      timeoutMs: answerMs,
    });
    say(`--smee: ${message.headers['x-github-event'] ?? 'a delivery'}: ${status}`);
  } catch (error) {
    say(`--smee: the App did not take a delivery: ${String(error)}`);
  }
}
