import { createHmac, randomBytes } from 'node:crypto';
import { askListener } from '#http/ask-listener.ts';
import { Fault } from '#model/fault.ts';

/** One unanswered probe must not hold the start up for longer. */
const probeTimeoutMs = 10_000;

/**
 * Prove, before the App says that it is ready, that its own listener checks signatures on the bytes
 * as they came: a delivery without a signature and one signed with another secret are refused, and
 * one signed with the App's is read. The last is answered 400, not 202: its body is no JSON, which
 * is looked at only once the signature holds, so that a start leaves no delivery behind.
 *
 * Fails  with CONFIG_INVALID, naming each probe with the answers expected and seen (identity T-G6).
 */
export async function proveListener(url: string, webhookSecret: string): Promise<void> {
  const body = `sallyport start-up probe ${randomBytes(16).toString('hex')}`;
  const sign = (secret: string) =>
    `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const other = randomBytes(32).toString('hex');
  const probes = [
    { name: 'an unsigned delivery', signature: '', expected: '401 signature_invalid' },
    { name: 'a badly signed delivery', signature: sign(other), expected: '401 signature_invalid' },
    {
      name: 'a delivery signed with the public word “development”',
      signature: sign('development'),
      expected: '401 signature_invalid',
    },
    { name: 'a well-signed probe', signature: sign(webhookSecret), expected: '400 json_invalid' },
  ];
  const seen = await Promise.all(probes.map(({ signature }) => probe(url, body, signature)));
  const wrong = probes.flatMap(({ name, expected }, index) =>
    seen[index] === expected ? [] : [`${name}: expected ${expected}, got ${seen[index]}`],
  );
  if (wrong.length === 0) return;
  throw new Fault(
    'CONFIG_INVALID',
    `the App’s own listener does not judge signatures as it must, so it does not start (${wrong.join('; ')}): ` +
      'see that nothing reads or rewrites request bodies before the webhook route',
  );
}

/** The status and the error's name, or why there was no answer. */
async function probe(url: string, body: string, signature: string): Promise<string> {
  try {
    const reply = await askListener(`${url}/api/github/webhooks`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'ping',
        'x-github-delivery': 'sallyport-start',
        ...(signature === '' ? {} : { 'x-hub-signature-256': signature }),
      },
      body,
      timeoutMs: probeTimeoutMs,
    });
    return `${reply.status} ${readError(reply.text)}`;
  } catch (error) {
    return `no answer (${String(error).slice(0, 100)})`;
  }
}

function readError(text: string): string {
  try {
    return String(JSON.parse(text).error ?? 'accepted');
  } catch {
    return 'accepted';
  }
}
