import { Exit } from './exit-code.ts';

/** A relay of webhook deliveries that runs. */
export interface Relay {
  stop(): Promise<void>;
}

/** A channel that does not answer within this is none. */
const connectMs = 10_000;

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
 * reach it. The App checks their signatures as ever, so the channel need not be trusted.
 */
export async function openRelay(
  channel: string,
  appUrl: string,
  say: (line: string) => void,
): Promise<Relay> {
  const { SmeeClient } = await import('smee-client');
  const client = new SmeeClient({
    source: channel,
    target: `${appUrl}/api/github/webhooks`,
    logger: { info: (line: unknown) => say(String(line)), error: sayError(say) },
    maxConnectionTimeout: connectMs,
  });
  try {
    await client.start();
  } catch (cause) {
    await client.stop();
    throw new Exit('usage', `--smee: the channel ${channel} does not answer`, { cause });
  }
  return client;
}

/** The client reports events of its stream as well as errors; what they say is in `message`. */
function sayError(say: (line: string) => void): (...parts: unknown[]) => void {
  return (...parts) => say(parts.map(messageOf).join(': '));
}

function messageOf(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part);
  return 'message' in part ? String(part.message) : 'the connection broke';
}
