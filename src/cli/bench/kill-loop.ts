import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { runTitle } from '#dispatch/match-run.ts';
import { verifyChain } from '#ledger/verify-chain.ts';
import type { LocalGitHub } from '#local/server.ts';
import { assert } from '#model/fault.ts';
import { callerWorkflowPath, label, policyPath } from '#model/names.ts';
import type { Database } from '#postgres/database.ts';
import { openPostgres } from '#postgres/database.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import { openPerson, setLabel } from '../demo/people.ts';
import { organization, people } from '../demo/shop.ts';
import type { ServedApp } from './served-app.ts';
import { openServedApp } from './served-app.ts';

/** What is left when the App was killed so often: each number says what it should be. */
export interface KillCount {
  readonly kills: number;
  /** One for each kill. */
  readonly issues: number;
  /** Deliveries the App was not there for, which were delivered again. */
  readonly redelivered: number;
  /** One for each issue. */
  readonly runs: number;
  /** Issues without a run: none. */
  readonly lost: number;
  /** Issues with more than one run: none. */
  readonly twice: number;
  /** On GitHub: one for each run. */
  readonly workflowRuns: number;
  /** Runs whose workflow run is not their own alone: none. */
  readonly mismatched: number;
  readonly ledgerEntries: number;
  readonly ledgerHolds: boolean;
}

const repository = 'killed';
/** The work on a label, from its delivery to the answered dispatch, ends in this on an idle machine. */
const killWithinMs = 500;
/** Everything is settled in seconds; this is for a machine that is very busy. */
const settleLimitMs = 240_000;

/**
 * Label an issue, kill the App with SIGKILL a moment later, start it again; and so on. The moments
 * are spread evenly between the delivery and the dispatch. In the end, what the App was not there
 * for is delivered again, as GitHub's settings page does it, and the record is compared with GitHub.
 */
export async function runKillLoop(kills: number, databaseUrl: string): Promise<KillCount> {
  const served = await openServedApp({ repository: seed(kills), databaseUrl });
  const database = await openPostgres(databaseUrl);
  try {
    await served.start('sallyport');
    const { login } = people.maintainer;
    const mara = openPerson(served.github.urls.rest, login, served.github.tokens[login] ?? '');
    for (let issue = 1; issue <= kills; issue += 1) {
      await setLabel(mara, `${organization}/${repository}`, issue, label);
      await sleep(((issue * 7919) % kills) * (killWithinMs / kills));
      await served.stop('SIGKILL');
      await served.start('sallyport');
    }
    const redelivered = await redeliverMissed(served.github);
    await untilSettled(database, kills);
    return { kills, issues: kills, redelivered, ...(await compare(served, database, kills)) };
  } finally {
    await database.close();
    await served.close();
  }
}

function seed(issues: number) {
  const policy = {
    version: 1,
    agent: { use: 'command', run: 'true', minutes: 2 },
    verify: { commands: [{ name: 'test', run: 'true', report: 'junit.xml' }] },
    // None waits for its turn: what is looked for is what is lost.
    limits: { parallel: 50, parallel_per_person: 50, runs_per_day: 1000 },
  };
  // Its job never runs: the workflow run is there, and that is what is counted.
  const caller = {
    name: 'sallyport',
    'run-name': runTitle('${{ inputs.grant }}'),
    on: { workflow_dispatch: { inputs: { grant: { type: 'string', required: true } } } },
    jobs: { agent: { 'runs-on': 'ubuntu-latest', if: 'false', steps: [{ run: 'true' }] } },
  };
  return {
    owner: organization,
    name: repository,
    source: {
      kind: 'files',
      files: {
        [policyPath]: { content: JSON.stringify(policy) },
        [callerWorkflowPath]: { content: JSON.stringify(caller) },
      },
    },
    collaborators: { [people.maintainer.login]: 'maintain' },
    labels: [{ name: label }],
    issues: Array.from({ length: issues }, (_, index) => ({
      title: `Task ${index + 1}`,
      body: 'Do it.',
      author: people.maintainer.login,
    })),
  } as const;
}

/** Deliver again, as their owner may, what never arrived; once, and then each until it is taken. */
async function redeliverMissed(github: LocalGitHub): Promise<number> {
  const missed = new Map<string, number>();
  for (const { guid, id, statusCode } of github.deliveries()) {
    if (statusCode === 202) missed.delete(guid);
    else missed.set(guid, id);
  }
  const token = await signAppToken(github);
  for (const id of missed.values()) {
    const reply = await fetch(`${github.urls.rest}/app/hook/deliveries/${id}/attempts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
    });
    assert(reply.status === 202, `a redelivery is taken, not answered ${reply.status}`);
  }
  return missed.size;
}

function signAppToken({ app }: LocalGitHub): Promise<string> {
  assert(app, 'the seed registers the App');
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(String(app.id))
    .setIssuedAt(now - 30)
    .setExpirationTime(now + 300)
    .sign(createPrivateKey(app.privateKeyPem));
}

/** Every issue has had its dispatch and no job is left, or time is up and the counts say what is missing. */
async function untilSettled(database: Database, issues: number): Promise<void> {
  const limit = Date.now() + settleLimitMs;
  for (;;) {
    const [left] = await database.query<{ started: number; jobs: number }>(
      `select (select count(*) from run where workflow_run_id is not null) as started,
         (select count(*) from arrival) +
         (select count(*) from queue.job where state in ('created', 'retry', 'active')) as jobs`,
    );
    if ((left && left.started >= issues && left.jobs === 0) || Date.now() > limit) return;
    await sleep(200);
  }
}

async function compare({ github }: ServedApp, database: Database, issues: number) {
  const runs = await database.query<{ issue_number: number; workflow_run_id: number | null }>(
    'select issue_number, workflow_run_id from run',
  );
  const perIssue = new Map<number, number>();
  for (const { issue_number } of runs) {
    perIssue.set(issue_number, (perIssue.get(issue_number) ?? 0) + 1);
  }
  const workflowRuns = await countWorkflowRuns(github);
  const entries = await listEntries(database, 0, 1_000_000);
  return {
    runs: runs.length,
    lost: issues - perIssue.size,
    twice: [...perIssue.values()].filter((count) => count > 1).length,
    workflowRuns: workflowRuns.size,
    mismatched: runs.filter(({ workflow_run_id: id }) => id === null || !workflowRuns.delete(id))
      .length,
    ledgerEntries: entries.length,
    ledgerHolds: verifyChain(entries).ok,
  };
}

async function countWorkflowRuns(github: LocalGitHub): Promise<Set<number>> {
  const { login } = people.maintainer;
  const mara = openPerson(github.urls.rest, login, github.tokens[login] ?? '');
  const ids = new Set<number>();
  for (let page = 1; ; page += 1) {
    const { workflow_runs: found } = await mara.get<{ workflow_runs: { id: number }[] }>(
      `/repos/${organization}/${repository}/actions/runs?per_page=100&page=${page}`,
    );
    for (const { id } of found) ids.add(id);
    if (found.length < 100) return ids;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
