import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { approve, merge, setLabel } from '#cli/demo/people.ts';
import { until } from '#cli/demo/until.ts';
import type { ServedApp } from './a-served-app.ts';
import { openServedApp, repairSum } from './a-served-app.ts';

let served: ServedApp;

beforeAll(async () => {
  // The pause leaves time to pull the plug while the agent works.
  served = await openServedApp(`sleep 3 && ${repairSum}`);
  await served.start();
}, 60_000);
afterAll(() => served.close(), 60_000);

interface PullSeen {
  readonly number: number;
  readonly head: { readonly sha: string };
}

const limitMs = 90_000;
const conclusionOf = async (sha: string, name: string) => {
  const { check_runs } = await served.maintainer.get<{
    check_runs: { name: string; conclusion: string | null }[];
  }>(`/repos/acme/sums/commits/${sha}/check-runs`);
  return check_runs.find((check) => check.name === name)?.conclusion ?? null;
};

describe('the App, killed in the middle', () => {
  it('ledger:first: goes on where it was: one run, one pull request, nothing lost, nothing twice', async () => {
    await setLabel(served.maintainer, 'acme/sums', 1, 'sallyport');
    await until('the agent to work', limitMs, async () => {
      const page = await (await fetch(`${served.url}/runs`)).text();
      return page.includes('>working<') ? true : undefined;
    });
    await served.kill();
    await served.start();

    const [pull] = await until('a pull request', limitMs, async () => {
      const pulls = await served.maintainer.get<PullSeen[]>('/repos/acme/sums/pulls');
      return pulls.length > 0 ? pulls : undefined;
    });
    const { number, head } = pull as PullSeen;
    await until('the gate to wait for people', limitMs, async () =>
      (await conclusionOf(head.sha, 'sallyport / review')) === 'action_required' ? true : undefined,
    );
    await served.kill();
    await served.start();
    await approve(served.reviewer, 'acme/sums', number, head.sha);
    await until('the gate to be green', limitMs, async () =>
      (await conclusionOf(head.sha, 'sallyport / review')) === 'success' ? true : undefined,
    );
    await merge(served.maintainer, 'acme/sums', number, head.sha);
    await until('the run to be settled', limitMs, async () => {
      const page = await (await fetch(`${served.url}/runs`)).text();
      return page.includes('>settled<') ? true : undefined;
    });

    const ledger = await (await fetch(`${served.url}/ledger`)).text();
    expect(ledger).toContain('every link holds');
    expect(ledger.match(/dispatch\.started/g)).toHaveLength(1);
    expect(ledger.match(/evidence\.published/g)).toHaveLength(1);
    expect(
      await served.maintainer.get<PullSeen[]>('/repos/acme/sums/pulls?state=all'),
    ).toHaveLength(1);
  }, 300_000);
});
