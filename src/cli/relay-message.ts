/** A delivery as GitHub sent it to the channel: the headers that the App reads, and the body. */
export interface RelayedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What GitHub signs with and says of a delivery. Nothing else that a channel adds is passed on. */
const passed = /^(?:x-github-[a-z-]{1,60}|x-hub-signature-256)$/;
const headerValue = /^[\x20-\x7e]{1,500}$/;

/**
 * Read one message of a channel; null when it is none. A channel keeps a body as JSON, not as bytes:
 * it is written again the way GitHub writes it, and the signature tells whether it is the same.
 */
export function readMessage(data: string): RelayedDelivery | null {
  const message = parseRecord(data);
  if (message === null || typeof message.body !== 'object' || message.body === null) return null;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message)) {
    const isPassed = passed.test(name) && typeof value === 'string' && headerValue.test(value);
    if (isPassed) headers[name] = value;
  }
  return {
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(message.body),
  };
}

function parseRecord(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
