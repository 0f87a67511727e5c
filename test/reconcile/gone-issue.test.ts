import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSmallHistory, type Sent } from './a-small-history.ts';

type History = Awaited<ReturnType<typeof openSmallHistory>>;

let history: History;
let labeled: readonly Sent[];

beforeAll(async () => {
  history = await openSmallHistory();
  for (const issue of [1, 3, 4]) {
    await history.happen('mara', (person, issues) =>
      person.send('POST', `${issues}/${issue}/labels`, { labels: ['sallyport'] }),
    );
  }
  labeled = history.sent().filter(({ body }) => JSON.parse(body).action === 'labeled');
  for (const one of labeled) await history.take(one);
}, 60_000);
afterAll(() => history.close());

/** What GitHub says of the issue of one of these deliveries, under another action. */
async function tell(issue: number, action: string): Promise<void> {
  const sent = labeled.find(({ body }) => JSON.parse(body).issue.number === issue);
  const body = JSON.stringify({ ...JSON.parse(sent?.body ?? '{}'), action, label: undefined });
  const guid = `${action}-${issue}`;
  await history.take({ guid, event: 'issues', signature: history.sign(body), body });
}

const stateOf = async (issue: number) =>
  (await history.allRuns()).find(([number]) => number === issue)?.[1];

describe('an issue that is there no more', () => {
  it.each([
    [1, 'deleted'],
    [3, 'transferred'],
  ])('stop:closed: takes its run with it (#%d is %s)', async (issue, action) => {
    expect(await stateOf(issue)).toBe('admitted');
    history.vanish(issue);
    await tell(issue, action);

    expect(await stateOf(issue)).toBe('cancelled');
  });

  it('delivery:any-order: is not believed to be gone while it is there and open (the control)', async () => {
    await tell(4, 'deleted');

    expect(await stateOf(4)).toBe('admitted');
  });
});
