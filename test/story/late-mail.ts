import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Factory } from '#cli/demo/factory.ts';
import type { Delivery } from '#local/webhook/delivery-log.ts';
import type { Story } from './a-story.ts';

/** Let something happen while the App's mail is held back; what would have come, in its order. */
export async function lateMail(
  { factory }: Story,
  happen: () => Promise<unknown>,
): Promise<readonly Delivery[]> {
  const { github, app } = factory;
  // What was under way before has its own mail (the App edits its comments): it comes as it always does.
  await quiet(factory);
  const holding = createServer((request, response) => {
    request.resume();
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => holding.listen(0, '127.0.0.1', resolve));
  const { port } = holding.address() as AddressInfo;
  github.setWebhook(`http://127.0.0.1:${port}/`);
  await happen();
  await github.idle();
  github.setWebhook(`${app.url}/api/github/webhooks`);
  holding.closeAllConnections();
  await new Promise((resolve) => holding.close(resolve));
  const mine = github.deliveries().filter(({ url }) => url === `http://127.0.0.1:${port}/`);
  return mine.filter(({ event }) => told.includes(event)).filter(fromPeople);
}

const told = ['issues', 'issue_comment', 'pull_request_review'];

function fromPeople({ requestBody }: Delivery): boolean {
  const { sender } = JSON.parse(requestBody) as { sender?: { type: string } };
  return sender?.type === 'User';
}

/** Post deliveries to the App as they were sent before: same body, same signature, same GUID. */
export async function postAgain({ factory }: Story, mail: readonly Delivery[]): Promise<void> {
  for (const { requestHeaders, requestBody } of mail) {
    const reply = await fetch(`${factory.app.url}/api/github/webhooks`, {
      method: 'POST',
      headers: requestHeaders,
      body: requestBody,
    });
    if (reply.status !== 202)
      throw new Error(`expected 202 for a redelivery, got ${reply.status}: ${await reply.text()}`);
  }
}

/** The same disorder each time: a failure can be looked at again. */
export function shuffled<T>(list: readonly T[]): readonly T[] {
  let seed = 20_261_122;
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  return list
    .map((value) => ({ value, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** Every delivery so far has come and been worked on, whatever agents still do. */
export async function heard({ github, app }: Factory): Promise<void> {
  for (let twice = 0; twice < 2; twice += 1) {
    await github.told();
    await app.idle();
  }
}

/** Nothing is in flight on either side. */
export async function quiet({ github, app }: Factory): Promise<void> {
  await github.idle();
  await app.idle();
  await github.idle();
  await app.idle();
}
