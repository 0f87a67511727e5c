import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Faults, planFault } from '#local/webhook/fault-schedule.ts';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
beforeAll(async () => {
  test = await openTestGitHub();
  receiver = await openReceiver();
  test.github.setWebhook(receiver.url);
});
beforeEach(() => {
  receiver.received.length = 0;
  test.github.setFaults(null);
});
afterAll(async () => {
  await test.close();
  await receiver.close();
});

/** Add labels one after the other; the names in the order in which they arrived. */
async function label(...names: readonly string[]): Promise<readonly string[]> {
  for (const name of names)
    await test.call(test.github.tokens.grace ?? '', 'POST', `${SHOP}/issues/1/labels`, {
      labels: [name],
    });
  await test.github.idle();
  return receiver.received.map(({ text }) => JSON.parse(text).label.name);
}

describe('a schedule of faults', () => {
  const faults = fc.record({
    seed: fc.integer(),
    drop: fc.double({ min: 0, max: 1, noNaN: true }),
    duplicate: fc.double({ min: 0, max: 1, noNaN: true }),
    delay: fc.integer({ min: 0, max: 10_000 }),
    reorder: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('is the same for the same seed, whenever it is asked', () => {
    fc.assert(
      fc.property(faults, fc.nat(10_000), (chosen, index) => {
        const first = planFault(chosen, index);
        planFault(chosen, index + 1);
        expect(planFault({ ...chosen }, index)).toEqual(first);
        expect(first.delayMs).toBeLessThanOrEqual(chosen.delay);
      }),
    );
  });

  it('keeps to its chances, and differs by seed', () => {
    const drops = (chosen: Faults) =>
      Array.from({ length: 2_000 }, (_, index) => planFault(chosen, index).isDropped);
    const one = drops({ seed: 1, drop: 0.25 });
    const other = drops({ seed: 2, drop: 0.25 });

    expect(one.filter(Boolean).length).toBeGreaterThan(420);
    expect(one.filter(Boolean).length).toBeLessThan(580);
    expect(one).not.toEqual(other);
    expect(drops({ seed: 1 }).some(Boolean)).toBe(false);
    expect(drops({ seed: 1, drop: 1 }).every(Boolean)).toBe(true);
  });
});

describe('a webhook on a bad network', () => {
  it('that is lost stands in the log like one that reached nobody, and can be sent again', async () => {
    test.github.setFaults({ seed: 7, drop: 1 });
    const lost = await label('lost');
    test.github.setFaults(null);
    const jwt = await test.appJwt();
    const [entry] = (await test.call(jwt, 'GET', '/app/hook/deliveries?status=failure')).body;
    await test.call(jwt, 'POST', `/app/hook/deliveries/${entry.id}/attempts`);

    expect(lost).toEqual([]);
    expect(entry).toMatchObject({
      event: 'issues',
      status: 'failed to connect to host',
      status_code: 0,
    });
    expect(await label()).toEqual(['lost']);
    expect(receiver.received[0]?.headers['x-github-delivery']).toBe(entry.guid);
  });

  it('that comes twice has one GUID', async () => {
    test.github.setFaults({ seed: 7, duplicate: 1 });
    const names = await label('twice');
    const guids = receiver.received.map(({ headers }) => headers['x-github-delivery']);

    expect(names).toEqual(['twice', 'twice']);
    expect(guids[0]).toBe(guids[1]);
  });

  it('is overtaken by the next one, and arrives although none follows', async () => {
    test.github.setFaults({ seed: 7, reorder: 1 });
    // Two calls at once, so that the second is there while the first is held.
    await test.call(test.github.tokens.grace ?? '', 'POST', `${SHOP}/issues/2/labels`, {
      labels: ['first', 'second'],
    });
    const names = await label();
    receiver.received.length = 0;

    expect(names).toEqual(['second', 'first']);
    expect(await label('alone')).toEqual(['alone']);
  });

  it('is late, but in order', async () => {
    test.github.setFaults({ seed: 7, delay: 20 });

    expect(await label('one', 'two', 'three')).toEqual(['one', 'two', 'three']);
  });
});

describe('the list of deliveries', () => {
  it('is read page by page while more deliveries come', async () => {
    await label('p1', 'p2', 'p3');
    const jwt = await test.appJwt();
    const first = await test.call(jwt, 'GET', '/app/hook/deliveries?per_page=2');
    await label('p4');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await test.call(jwt, 'GET', next);
    const wrong = await test.call(jwt, 'GET', '/app/hook/deliveries?cursor=x');

    const ids = [...first.body, ...second.body].map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(wrong.status).toBe(422);
  });
});
