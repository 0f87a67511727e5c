import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { askFor, readChecks, reviewAndMerge, untilWithPeople } from '#cli/demo/journey.ts';
import type { LeftBehind } from '#cli/demo/leave-behind.ts';
import { leaveBehind } from '#cli/demo/leave-behind.ts';
import { seedShop, shopName } from '#cli/demo/shop.ts';
import { verifyEvidence } from '#evidence/statement/verify-evidence.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import { readEgressLog } from '#model/egress-log.ts';
import type { Run } from '#model/run.ts';
import { listEntries, listEntriesOfRun } from '#postgres/ledger-store.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { heard } from './late-mail.ts';
import { normalize, readComments, readFolder, readJobLogs, readPull } from './what-people-read.ts';

let story: Story;
let stage: Stage;
let first: Run;
let second: Run;
let left: LeftBehind;
let receiptOfSecond = '';
let requestsOfFirst = 0;

/** What a credential of this factory looks like; the real ones are looked for, too. */
const tokenForm = /ghs_\w{8}|ghp_\w{8}|eyJ[\w-]{8}|agm_\w{8}/;

describe('a label becomes a reviewed, merged change, and the next issue is released', () => {
  beforeAll(async () => {
    story = await openStory(async (caller) => [await seedShop(caller)]);
    stage = story.stage(shopName);
    const before = story.factory.app.edges.github.requests().length;

    await askFor(stage, 1);
    const proven = await untilWithPeople(stage, 1);
    requestsOfFirst = story.factory.app.edges.github.requests().length - before;

    await askFor(stage, 2);
    // The App is idle until the delivery has reached it.
    await heard(story.factory);
    [receiptOfSecond = ''] = await readComments(stage, 2);

    first = await reviewAndMerge(stage, proven);
    second = await reviewAndMerge(stage, await untilWithPeople(stage, 2));
    await heard(story.factory);
    const quiet = { say: () => {}, answer: () => {} };
    left = await leaveBehind(stage, join(story.dataDir, 'out'), quiet);
  }, 300_000);
  afterAll(() => story.close(), 60_000);

  it('ends with both issues merged by the maintainer, from one person’s labels', async () => {
    expect([first.state, second.state]).toEqual(['settled', 'settled']);
    const pulls = [await readPull(stage, first.pull ?? 0), await readPull(stage, second.pull ?? 0)];
    expect(pulls.map(({ merged_by }) => merged_by?.login)).toEqual(['mara', 'mara']);
    expect(second).toMatchObject({ chainId: first.chainId, depth: 2 });
  });

  it('posts the proof on the pull request', async () => {
    const [comment = ''] = await readComments(stage, first.pull ?? 0);
    expect(normalize(comment)).toMatchInlineSnapshot(`
"✅ **Proven** · head \`<short>\` on base \`<short>\` · [evidence ev_<uuid>](http://<app>/runs/<uuid>)

**Red before, green now**
- \`takes the discount off a cart above 100 € whose lines are all below it\`

12 passed, 0 failed, 0 skipped · the base's own tests on this code: 10 passed, 0 failed

| Screen | Before | After |
|---|---|---|
| \`shop\` \`desktop\`<br><n> pixels differ (<n> at threshold 0.1) | <img src="http://<github>/harbour/shop/blob/<commit>/ui/shop/desktop/before.png?raw=true" alt="before" width="380"> | <img src="http://<github>/harbour/shop/blob/<commit>/ui/shop/desktop/after.png?raw=true" alt="after" width="380"> |
| \`shop\` \`phone\`<br><n> pixels differ (<n> at threshold 0.1) | <img src="http://<github>/harbour/shop/blob/<commit>/ui/shop/phone/before.png?raw=true" alt="before" width="380"> | <img src="http://<github>/harbour/shop/blob/<commit>/ui/shop/phone/after.png?raw=true" alt="after" width="380"> |

No protected path is touched.

**Not verified**
- whether the change does what the issue asks beyond what these tests look at

**Network** 4 calls allowed, 1 refused
- \`exfiltration.example\` ×1 (\`host-not-listed\`); the policy line that would allow it: \`- host: exfiltration.example\` under \`sandbox.egress\`

**Context tools called** \`issue.read\` ×1

**Do it again**
~~~sh
git fetch origin sallyport/1-discount-of-10-is-not-applied-above-100 && git switch --detach <commit>
npm test
~~~

<details><summary>What the agent says of its work (not evidence)</summary>

~~~text
agent: tools I may call: issue_read, policy_read
agent: asked to do: Discount of 10 % is not applied above 100 €
agent: https: / /exfiltration.example/ was refused: the gate answered 403 {"error":"egress_refused","rule":"host-not-listed","hint":"a maintainer can allow it with \\"- host: exfiltration.example\\" under sandbox.egress in .github/sallyport.yml"}
agent: changed src/cart.mjs
agent: the discount is taken off the whole cart; the test test/discount.test.mjs fails without it

~~~

</details>

<!-- sallyport:evidence -->"
`);
  });

  it('writes a pull request that says what it is', async () => {
    const { title, body, draft } = await readPull(stage, first.pull ?? 0);
    expect({ title, draft }).toMatchInlineSnapshot(`
{
  "draft": false,
  "title": "Discount of 10 % is not applied above 100 €",
}
`);
    expect(normalize(body)).toMatchInlineSnapshot(`
"Closes #1

An agent made this change; mara asked for it by setting the label. The proof is in the comment below.

Run \`<uuid>\`"
`);
  });

  it('concludes two checks on the commit, and GitHub asks for both', async () => {
    expect(await readChecks(stage, first.headSha ?? '')).toEqual({
      'sallyport / evidence': 'success',
      'sallyport / review': 'success',
    });
  });

  it('tells the held issue what it waits for, and that it started', async () => {
    expect(normalize(receiptOfSecond)).toMatchInlineSnapshot(`
"**Sallyport: Waiting.** It starts by itself when this is done:

- … waits for #​1, which must be closed first
- … waits for #​1: 1 at a time
  - ✓ 2 of 3 steps from the first issue
  - ✓ 2 of 5 runs in the chain

<details><summary>Everything that was checked</summary>

- ✓ the App is installed and reaches the repository
- ✓ no organization policy applies
- ✓ .github/sallyport.yml at <short> is valid
- ✓ the label sallyport starts work
- ✓ the issue carries the label sallyport, as it was asked
- ✓ mara is a person
- ✓ mara has the role admin, write is needed
- ✓ no reviewer asks for it
- ✓ issue #​2 is open
- ✓ title and body are as they were at <time>
- ✓ no other run is open for this issue
- ✓ a first attempt
- ✓ nothing is paused
- ✓ within the limits of policy and operator

Base <short>, policy <short>.
</details>

<!-- sallyport:receipt -->"
`);
    const now = await readComments(stage, 2);
    expect(now).toHaveLength(1);
    expect(now[0]).toMatch(/^\*\*Sallyport: Started\.\*\*/m);
  });

  it('ledger:first: records each step of the first run in the order of the journey', async () => {
    const { database } = story.factory.app.edges;
    const entries = await listEntriesOfRun(database, first.id);
    // Credentials die beside the journey, not in it: when exactly is the jobs' own business.
    const isRevocation = ({ kind }: { kind: string }) => kind === 'broker.revoked';
    expect(entries.filter(isRevocation)).toHaveLength(2);
    // The gate answers GitHub's word that the pull request is there, which may come before the comment.
    const isGate = ({ kind }: { kind: string }) => kind === 'review.gated';
    const steps = entries.filter((entry) => !isRevocation(entry) && !isGate(entry));
    expect(steps.map(({ kind }) => kind)).toMatchInlineSnapshot(`
[
  "dispatch.opened",
  "dispatch.requested",
  "dispatch.started",
  "broker.exchanged",
  "context.called",
  "broker.handed_over",
  "broker.exchanged",
  "broker.reported",
  "evidence.changed",
  "evidence.verifying",
  "evidence.judged",
  "evidence.committing",
  "evidence.signed",
  "evidence.published",
  "evidence.posted",
  "schedule.merged",
  "schedule.settled",
]
`);
    const around = entries.map(({ kind }) => kind);
    expect(entries.filter(isGate)).toHaveLength(2);
    expect(around.indexOf('review.gated')).toBeGreaterThan(around.indexOf('evidence.published'));
    expect(around.lastIndexOf('review.gated')).toBeLessThan(around.indexOf('schedule.merged'));
    expect(verifyChain(await listEntries(database, 0, 100_000))).toMatchObject({ ok: true });
  });

  it('leaves evidence that verifies from a folder, and with one byte changed does not', async () => {
    const key = story.factory.app.edges.signingKey.publicKey;
    expect(left.evidence).toHaveLength(2);
    for (const folder of left.evidence) {
      const files = await readFolder(folder);
      expect(verifyEvidence(files, key)).toMatchObject({ ok: true });
      const log = files.get('agent/agent.log') ?? new Uint8Array();
      files.set('agent/agent.log', log.with(0, (log[0] ?? 0) ^ 1));
      expect(verifyEvidence(files, key)).toMatchObject({ ok: false });
    }
  });

  it('egress:closed: writes down the host that the agent was refused', async () => {
    const log = await readFile(join(left.folder, 'evidence-1/agent/egress.jsonl'), 'utf8');
    const { calls, trouble } = readEgressLog(log);
    expect(trouble).toBeNull();
    const refused = calls.filter(({ decision }) => decision === 'refused');
    expect(refused.map(({ host }) => host)).toEqual(['exfiltration.example']);
  });

  it('door:one-at-a-time: no job ever held a token that writes, and no job wrote', () => {
    expect(story.jobTokens).toHaveLength(6);
    const levels = story.jobTokens.flatMap(({ permissions }) => Object.values(permissions));
    expect(levels.filter((level) => level !== 'read')).toEqual([]);

    const byJobs = story.factory.github
      .requests()
      .filter(({ principal }) => principal.startsWith('job:'));
    expect(byJobs.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('door:one-at-a-time: no credential is in the ledger, the evidence, a comment or a job’s log', async () => {
    const texts = await readEverything();
    expect(texts.get('ledger.jsonl')).toContain('"broker.exchanged"');
    const secrets = [...story.appTokens, ...story.jobTokens].map(({ token }) => token);
    expect(secrets.length).toBeGreaterThan(6);
    const leaks = [...texts].filter(
      ([, text]) => tokenForm.test(text) || secrets.some((secret) => text.includes(secret)),
    );
    expect(leaks.map(([where, text]) => [where, tokenForm.exec(text)?.index])).toEqual([]);
  });

  it('grant:never-widens: every token of the App is for this repository, and writes one kind of thing at most', () => {
    const { world } = story.factory.github;
    const shop = world.repositoryByName('harbour', shopName);
    const repositories = new Set(story.appTokens.flatMap(({ repositoryIds }) => repositoryIds));
    expect([...repositories]).toEqual([shop?.id]);
    const purposes = new Set(
      story.appTokens.map(({ permissions }) =>
        Object.entries(permissions)
          .filter(([, level]) => level !== 'read')
          .map(([name, level]) => `${name}:${level}`)
          .sort()
          .join(' '),
      ),
    );
    expect([...purposes].sort()).toEqual([
      '',
      'actions:write',
      'checks:write',
      'contents:write',
      'issues:write',
      'pull_requests:write',
    ]);
  });

  it('review:no-self: the App neither approves nor merges', () => {
    const byApp = story.factory.github
      .requests()
      .filter(({ principal }) => /^(?:app|installation):/.test(principal));
    expect(byApp.length).toBeGreaterThan(20);
    const verdicts = byApp.filter(
      ({ method, path }) => method !== 'GET' && /\/(?:merges?|reviews?)(?:\/|$)/.test(path),
    );
    expect(verdicts).toEqual([]);
    expect(byApp.filter(({ status }) => status === 403)).toEqual([]);
  });

  it('asks GitHub at most forty times from the label to the proof', () => {
    expect(requestsOfFirst).toBeGreaterThan(10);
    expect(requestsOfFirst).toBeLessThanOrEqual(40);
  });
});

/** Every text that leaves the App or a runner, by where it is. */
async function readEverything(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const [path, bytes] of await readFolder(left.folder)) {
    if (!path.startsWith('repository.git/') && !path.endsWith('bundle.intoto.jsonl'))
      texts.set(path, Buffer.from(bytes).toString('latin1'));
  }
  for (const number of [1, 2, first.pull ?? 0, second.pull ?? 0]) {
    texts.set(`comments of #${number}`, (await readComments(stage, number)).join('\n'));
  }
  for (const run of [first, second]) {
    const logs = await readJobLogs(stage, run.workflowRunId ?? 0);
    expect(logs).toHaveLength(3);
    for (const { name, log } of logs) {
      expect(log.length).toBeGreaterThan(100);
      texts.set(`log of ${name} for #${run.issue.number}`, log);
    }
  }
  return texts;
}
