import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Seed } from '#local/seed/seed.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { assert } from '#model/fault.ts';
import type { Measurement } from './measurement.ts';
import { percentile, ratio, round } from './statistics.ts';

/** Calls of each kind, one after the other: a journey waits for each of its calls. */
const CALLS = 300;
const WARM_UP = 30;
const SIZES = { issues: 1000, pulls: 200, deliveries: 5000 } as const;

/**
 * How fast the local GitHub answers the calls that a journey is made of, beside a bare echo in the
 * same process; and how long it takes to become a large one.
 */
export async function measureLocal(): Promise<Measurement> {
  const calls = await withGitHub(smallSeed, measureCalls);
  const { echo = [], ...own } = calls;
  const baseline = { 'echo p50Ms': percentile(echo, 50), 'echo p99Ms': percentile(echo, 99) };
  const figures = Object.entries(own).flatMap(([name, times]) => [
    [`${name} p50Ms`, percentile(times, 50)],
    [`${name} p99Ms`, percentile(times, 99)],
  ]);
  const ratios = Object.entries(own).map(([name, times]) => [
    `${name} p50`,
    ratio(percentile(times, 50), baseline['echo p50Ms']),
  ]);
  return {
    figures: { ...Object.fromEntries(figures), ...(await measureSeeding()) },
    baseline,
    ratios: Object.fromEntries(ratios),
  };
}

const person = 'ada';
const shop = '/repos/acme/shop';

const smallSeed: Seed = {
  users: [{ login: person }],
  organizations: [{ login: 'acme', members: { [person]: 'admin' } }],
  repositories: [
    {
      owner: 'acme',
      name: 'shop',
      source: { kind: 'files', files: { 'README.md': { content: '# Shop\n' } } },
      issues: [{ title: 'The sum is wrong', body: 'See the cart.', author: person }],
    },
  ],
};

async function withGitHub<T>(seed: Seed, use: (github: LocalGitHub) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const github = await startLocalGitHub({ dataDir, seed });
    try {
      return await use(github);
    } finally {
      await github.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureCalls(github: LocalGitHub): Promise<Record<string, readonly number[]>> {
  const { urls, world } = github;
  const repository = world.repositoryByName('acme', 'shop');
  assert(repository, 'the seed has a shop');
  const token = github.tokens[person] ?? '';
  const job = world.mintJobToken(repository.id, { checks: 'write' }, 0);
  const call = (method: string, path: string, body?: object, as = token) =>
    send(`${urls.rest}${shop}${path}`, method, as, body);
  const head = await commitOn(call);
  const echo = await startEcho();
  try {
    return {
      echo: await time(() => send(echo.url, 'POST', token, { title: 'echo' })),
      'issue read': await time(() => call('GET', '/issues/1')),
      'check write': await time(() =>
        call('POST', '/check-runs', { name: 'bench', head_sha: head.new }, job),
      ),
      'reference update': await time((count) =>
        call('PATCH', '/git/refs/heads/bench', {
          sha: count % 2 === 0 ? head.old : head.new,
          force: true,
        }),
      ),
      'comment write': await time(() => call('POST', '/issues/1/comments', { body: 'Hello' })),
      'GraphQL issue': await time(() =>
        send(urls.graphql, 'POST', token, {
          query:
            'query($n: Int!) { repository(owner: "acme", name: "shop") { issue(number: $n) { title body labels(first: 10) { nodes { name } } } } }',
          variables: { n: 1 },
        }),
      ),
    };
  } finally {
    echo.close();
  }
}

type Send = (method: string, path: string, body?: object) => Promise<unknown>;

/** Two commits, and a branch that may move between them. */
async function commitOn(call: Send): Promise<{ readonly old: string; readonly new: string }> {
  const main = (await call('GET', '/git/ref/heads/main')) as { object: { sha: string } };
  const { sha: old } = main.object;
  const base = (await call('GET', `/git/commits/${old}`)) as { tree: { sha: string } };
  const made = (await call('POST', '/git/commits', {
    message: 'Bench',
    tree: base.tree.sha,
    parents: [old],
  })) as { sha: string };
  await call('POST', '/git/refs', { ref: 'refs/heads/bench', sha: made.sha });
  return { old, new: made.sha };
}

async function send(url: string, method: string, token: string, body?: object): Promise<unknown> {
  const reply = await fetch(url, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert(reply.ok, `${method} ${url} is answered, got ${reply.status}`);
  return reply.json();
}

/** Milliseconds of each call. */
async function time(call: (count: number) => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let count = -WARM_UP; count < CALLS; count += 1) {
    const startedAt = performance.now();
    await call(count);
    if (count >= 0) times.push(performance.now() - startedAt);
  }
  return times;
}

async function startEcho() {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    request.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A thousand issues and two hundred pull requests from a seed, then deliveries that somebody takes. */
async function measureSeeding(): Promise<Record<string, number>> {
  const startedAt = performance.now();
  return withGitHub(largeSeed(), async (github) => {
    const seededAt = performance.now();
    const hook = await startEcho();
    github.setWebhook(hook.url);
    const { world } = github;
    const repository = world.repositoryByName('acme', 'shop');
    const sender = world.userByLogin(person);
    assert(repository && sender, 'the seed has a shop and a person');
    for (let count = 0; count < SIZES.deliveries; count += 1)
      world.emit('issues', repository, sender, { action: 'pinned', number: count });
    await github.idle();
    hook.close();
    assert(github.deliveries().length === SIZES.deliveries, 'every delivery was made');
    const endedAt = performance.now();
    return {
      seedMs: round(seededAt - startedAt),
      deliveriesMs: round(endedAt - seededAt),
      seedAndDeliveriesMs: round(endedAt - startedAt),
      rssMib: Math.round(process.memoryUsage().rss / 2 ** 20),
    };
  });
}

function largeSeed(): Seed {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const [shop] = smallSeed.repositories;
  assert(shop, 'the small seed has a shop');
  return {
    ...smallSeed,
    app: { slug: 'bench', permissions: { issues: 'read' }, events: ['issues'], installOn: 'acme' },
    repositories: [
      {
        ...shop,
        issues: numbers(SIZES.issues).map((number) => ({
          title: `Issue ${number}`,
          body: 'A text of some length, as people write it.',
          author: person,
        })),
        branches: numbers(SIZES.pulls).map((number) => ({
          name: `work-${number}`,
          author: person,
          files: { [`work-${number}.txt`]: { content: `${number}\n` } },
        })),
        pulls: numbers(SIZES.pulls).map((number) => ({
          title: `Work ${number}`,
          body: '',
          author: person,
          head: `work-${number}`,
        })),
      },
    ],
  };
}
