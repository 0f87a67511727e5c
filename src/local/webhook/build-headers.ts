import { createHmac } from 'node:crypto';

/** What the headers of one delivery say. */
export interface HeaderFacts {
  readonly event: string;
  readonly guid: string;
  readonly appId: number;
  readonly secret: string;
  readonly body: string;
}

/** The headers that GitHub sends with a webhook, both signatures included. */
export function buildHeaders(facts: HeaderFacts): Readonly<Record<string, string>> {
  const sign = (algorithm: 'sha1' | 'sha256') =>
    `${algorithm}=${createHmac(algorithm, facts.secret).update(facts.body).digest('hex')}`;
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/10ca1',
    'x-github-event': facts.event,
    'x-github-delivery': facts.guid,
    'x-github-hook-id': String(facts.appId),
    'x-github-hook-installation-target-id': String(facts.appId),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': sign('sha1'),
    'x-hub-signature-256': sign('sha256'),
  };
}
