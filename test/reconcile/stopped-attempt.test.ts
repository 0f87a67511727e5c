import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Person } from '#cli/demo/people.ts';
import { onFeedback } from '#compose/on-feedback.ts';
import { openSmallHistory } from './a-small-history.ts';

type History = Awaited<ReturnType<typeof openSmallHistory>>;

let history: History;
const headSha = 'd'.repeat(40);
/** The issue that stands for the pull request: comments are the same there. */
const pull = 6;

beforeAll(async () => {
  history = await openSmallHistory();
  await history.happen('mara', (person, issues) =>
    person.send('POST', `${issues}/1/labels`, { labels: ['sallyport'] }),
  );
  for (const one of history.sent()) await history.take(one);
}, 60_000);
afterAll(() => history.close());

/** The run of issue 1 becomes an attempt at the pull request, in some state, under some triggers. */
async function turn(state: string, triggers: readonly object[]) {
  const { database } = history.act.edges;
  const cause = {
    ...{ kind: 'review', pull, headSha, baseSha: headSha, replaces: 'r0', reviewId: 1 },
    ...{ bodySha256: 'x', reviewer: { id: 5, login: 'rene' } },
    first: { kind: 'label', label: 'sallyport' },
  };
  await database.query(
    `update run set state = $1, pull = $2, head_sha = $3, cause = $4, because = 'mara said <stop>',
       policy = jsonb_set(policy::jsonb, '{triggers}', $5::jsonb) where issue_number = 1`,
    [state, pull, headSha, JSON.stringify(cause), JSON.stringify(triggers)],
  );
}

/** A review that asks for changes, as its delivery tells of it. */
async function review() {
  const { database } = history.act.edges;
  const [run] = await database.query<{
    installation_id: number;
    repository_id: number;
    owner_id: number;
  }>('select installation_id, repository_id, owner_id from run where issue_number = 1');
  const repository = {
    ...{ id: run?.repository_id ?? 0, ownerId: run?.owner_id ?? 0 },
    ...{ owner: 'acme', name: 'sums' },
  };
  const sender = { id: 5, login: 'rene', type: 'User' } as const;
  const about = { installationId: run?.installation_id ?? 0, repository, sender };
  const signal = {
    kind: 'changes_requested',
    ...about,
    pull,
    reviewId: 12,
    headSha,
    bodySha256: 'x',
  } as const;
  return onFeedback('e1', signal, history.act);
}

async function comments(): Promise<string> {
  let bodies = '';
  await history.happen('mara', async (person: Person, issues) => {
    const all = await person.get<{ body: string }[]>(`${issues}/${pull}/comments`);
    bodies = all.map(({ body }) => body).join('\n');
  });
  return bodies;
}

describe('a review of a pull request whose last attempt was stopped', () => {
  it('says nothing where the policy starts nothing by reviews (the control)', async () => {
    await turn('cancelled', [{ label: 'sallyport', role: 'write' }]);
    expect(await review()).toContain('was stopped: a person starts the next attempt');
    expect(await comments()).toBe('');
  });

  it('is answered there, once, with what starts another', async () => {
    await turn('cancelled', [{ review: 'changes_requested', role: 'write' }]);
    await review();
    await review();
    const said = await comments();
    expect(said.match(/this review starts nothing/g)).toHaveLength(1);
    expect(said).toContain('Say `/sallyport retry` on #1');
    expect(said).not.toContain('<stop>');
  });
});
