import type { Stage } from '#cli/demo/journey.ts';
import { findRun, fullName } from '#cli/demo/journey.ts';
import { people } from '#cli/demo/shop.ts';
import { until } from '#cli/demo/until.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import type { Entry } from '#model/entry.ts';
import type { Run, RunState } from '#model/run.ts';
import { listEntriesOfKind } from '#postgres/ledger-store.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import { triager } from './a-story.ts';
import { readComments } from './what-people-read.ts';

/** Everybody may say something; what it does depends on who they are. */
export const outsider = people.requester.login;
export const maintainer = people.maintainer.login;
/** A second maintainer: for what nobody may do for their own work. */
export const second = people.reviewer.login;

/** A repository that starts work on a label and on a comment, with two issues, the second blocked. */
export function seedTalk(name: string, agent: string, caller: string): SeedRepository {
  const run = 'node --test --test-reporter=junit --test-reporter-destination=junit.xml';
  const policy = JSON.stringify({
    version: 1,
    agent: { use: 'command', run: agent, minutes: 2 },
    triggers: [
      { label: 'sallyport', role: 'write' },
      { comment: '/sallyport run', role: 'write' },
    ],
    verify: { commands: [{ name: 'test', run, report: 'junit.xml' }], screens: [] },
  });
  const seed = seedSmall({ name, agent, policy }, caller);
  const [first] = seed.issues ?? [];
  if (!first) throw new Error('a small repository has an issue');
  return {
    ...seed,
    issues: [first, { ...first, title: 'Products are sums', blockedBy: [1] }],
    // Who wrote the issues is nobody here: the repository is public.
    collaborators: {
      [maintainer]: 'maintain',
      [people.reviewer.login]: 'maintain',
      [triager.login]: 'triage',
    },
  };
}

export const works = `${agents.fix} && ${agents.addTest}`;

interface Said {
  readonly id: number;
}

/** Write a comment, as a browser or gh would. */
export function say(stage: Stage, login: string, text: string, issue = 1): Promise<Said> {
  const path = `/repos/${fullName(stage)}/issues/${issue}/comments`;
  return stage.factory.person(login).send<Said>('POST', path, { body: text });
}

/** What the ledger has about one comment, once it was answered. */
export function untilAnswered(stage: Stage, { id }: Said): Promise<Entry['facts']> {
  return until(`an answer to comment ${id}`, stage.limitMs, async () => {
    const { database } = stage.factory.app.edges;
    const open = 'select 1 as one from command where comment_id = $1 and answered_at is not null';
    if ((await database.query(open, [id])).length === 0) return undefined;
    const answered = { kind: 'command.answered', repositoryId: null } as const;
    const entries = await listEntriesOfKind(database, answered, 0, 1000);
    return entries.find(({ facts }) => facts.commentId === id)?.facts;
  });
}

/** Say it, and wait until it was answered. */
export async function command(stage: Stage, login: string, text: string, issue = 1) {
  return untilAnswered(stage, await say(stage, login, text, issue));
}

/** The one comment of Sallyport on an issue, as people read it. */
export async function readAnswer(stage: Stage, issue = 1): Promise<string> {
  const own = (await readComments(stage, issue)).filter((body) =>
    body.includes('sallyport:receipt'),
  );
  if (own.length > 1) throw new Error(`expected one comment, got ${own.length}`);
  return own.join('').replaceAll('\\', '').replaceAll('\u200b', '');
}

/** Wait until the one comment says this. */
export function untilRead(stage: Stage, pattern: RegExp, issue = 1): Promise<string> {
  return until(`the comment on #${issue} to say ${pattern}`, stage.limitMs, async () => {
    const text = await readAnswer(stage, issue);
    return pattern.test(text) ? text : undefined;
  });
}

export function untilState(stage: Stage, issue: number, ...states: RunState[]): Promise<Run> {
  return until(`the run of #${issue} to be ${states.join(' or ')}`, stage.limitMs, async () => {
    const run = await findRun(stage, issue);
    return run && states.includes(run.state) ? run : undefined;
  });
}
