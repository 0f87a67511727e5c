import { randomUUID } from 'node:crypto';
import type { LocalGitHub } from '#local/server.ts';
import { assert } from '#model/fault.ts';
import { openPerson } from '../demo/people.ts';
import { people } from '../demo/shop.ts';
import type { SignedDelivery } from './delivery-load.ts';

/** Eight bytes in the issue's text that each copy has for itself. */
const mark = 'NONCE000';
const repository = 'harbour/shop';

/** What a maintainer writes, long enough for a delivery of the size that GitHub sends. */
const text = [
  `${mark} The cart shows the wrong sum once a voucher was taken back.`,
  ...Array.from(
    { length: 60 },
    (_, line) =>
      `${line + 1}. Put article ${line + 1} into the cart, take it out, look at the sum.`,
  ),
].join('\n');

/** Which deliveries are sent, in turn; `work` is what the queue has to do for it. */
const wanted = [
  { event: 'issues', action: 'edited', work: false },
  { event: 'pull_request', action: 'labeled', work: false },
  { event: 'issues', action: 'reopened', work: true },
] as const;

/** A source of deliveries as GitHub would send them: each body is new, and none is invented. */
export interface RealDeliveries {
  /** Bytes of the bodies, smallest and largest. */
  readonly bytes: readonly [number, number];
  make(count: number): readonly SignedDelivery[];
}

/** Let the local GitHub send one of each kind, and make copies of those bodies. */
export async function recordDeliveries(github: LocalGitHub): Promise<RealDeliveries> {
  const before = github.deliveries().length;
  await actAsPeople(github);
  await github.idle();
  const sent = github.deliveries().slice(before);
  const templates = wanted.map(({ event, action }) => {
    const found = sent.find((one) => one.event === event && one.action === action);
    assert(found, `the local GitHub sends ${event}.${action}`);
    return { event, body: Buffer.from(found.requestBody) };
  });
  const sizes = templates.map(({ body }) => body.length);
  let copies = 0;
  return {
    bytes: [Math.min(...sizes), Math.max(...sizes)],
    make: (count) =>
      Array.from({ length: count }, () => {
        copies += 1;
        const { event, body } = templates[copies % templates.length] as (typeof templates)[number];
        return { event, guid: randomUUID(), body: renew(body, copies) };
      }),
  };
}

function renew(body: Buffer, copy: number): Buffer {
  const renewed = Buffer.from(body);
  const at = renewed.indexOf(mark);
  assert(at >= 0, 'the text of the delivery carries the mark');
  renewed.write(String(copy).padStart(mark.length, '0'), at);
  return renewed;
}

async function actAsPeople(github: LocalGitHub): Promise<void> {
  const { login } = people.maintainer;
  const mara = openPerson(github.urls.rest, login, github.tokens[login] ?? '');
  const { number } = await mara.send<{ number: number }>('POST', `/repos/${repository}/issues`, {
    title: 'The sum is wrong',
    body: text,
  });
  const issue = `/repos/${repository}/issues/${number}`;
  await mara.send('PATCH', issue, { body: `${text}\nSeen today.` });
  await mara.send('PATCH', issue, { state: 'closed' });
  await mara.send('PATCH', issue, { state: 'open' });
  const { object } = await mara.get<{ object: { sha: string } }>(
    `/repos/${repository}/git/ref/heads/main`,
  );
  await mara.send('POST', `/repos/${repository}/git/refs`, {
    ref: 'refs/heads/sum',
    sha: object.sha,
  });
  await mara.send('PUT', `/repos/${repository}/contents/NOTES.md`, {
    message: 'docs: note the sum',
    content: Buffer.from('The sum.\n').toString('base64'),
    branch: 'sum',
  });
  const pull = await mara.send<{ number: number }>('POST', `/repos/${repository}/pulls`, {
    title: 'Note the sum',
    body: text,
    head: 'sum',
    base: 'main',
  });
  await mara.send('POST', `/repos/${repository}/issues/${pull.number}/labels`, {
    labels: ['bug'],
  });
}
