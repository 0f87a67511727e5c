import { governed, organization, people } from '#cli/demo/shop.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import { callerWorkflowPath, policyPath } from '#model/names.ts';
import { triager } from './a-story.ts';

/** A repository with one bug, one issue about it, and an agent that is a line of shell. */
export interface SmallRepository {
  readonly name: string;
  readonly agent: string;
  readonly minutes?: number;
  /** Runs at work at once. */
  readonly parallel?: number;
  /** Instead of the policy that is written for it. */
  readonly policy?: string;
}

/** A test that a fix turns from red to green. */
const bugTest = `import { test } from 'node:test';
import assert from 'node:assert';
import { sum } from '../sum.mjs';
test('two and two are four', () => assert.equal(sum(2, 2), 4));
`;

/** Shell for agents, in words. */
export const agents = {
  fix: "printf 'export const sum = (a, b) => a + b;\\n' > sum.mjs",
  addTest:
    "sed 's/two and two are four/one and one are two/; s/sum(2, 2), 4/sum(1, 1), 2/' test/two.test.mjs > test/one.test.mjs",
} as const;

/** Write the repository down: quick commands, no screens, two checks that must be green. */
export function seedSmall(small: SmallRepository, caller: string): SeedRepository {
  const content = (text: string) => ({ content: text });
  return {
    owner: organization,
    name: small.name,
    source: {
      kind: 'files',
      files: {
        'sum.mjs': content('export const sum = (a, b) => a - b;\n'),
        'test/two.test.mjs': content(bugTest),
        'test/zero.test.mjs': content(
          bugTest
            .replace('two and two are four', 'nothing added')
            .replace('(2, 2), 4', '(2, 0), 2'),
        ),
        [policyPath]: content(small.policy ?? writePolicy(small)),
        [callerWorkflowPath]: content(caller),
      },
    },
    labels: [{ name: 'sallyport' }],
    issues: [
      { title: 'Sums are differences', body: '2 + 2 is 0.', author: people.requester.login },
    ],
    ...governed,
    collaborators: { ...governed.collaborators, [triager.login]: 'triage' },
  };
}

function writePolicy({ agent, minutes = 2, parallel = 4 }: SmallRepository): string {
  const run = 'node --test --test-reporter=junit --test-reporter-destination=junit.xml';
  return JSON.stringify({
    version: 1,
    agent: { use: 'command', run: agent, minutes },
    verify: { commands: [{ name: 'test', run, report: 'junit.xml' }], screens: [] },
    limits: { parallel },
  });
}
