import { describe, expect, it } from '@jest/globals';
import { aGrant, release, trust } from '../a-job.ts';
import type { Threat } from './a-threat.ts';
import { answerTo, subjectForms } from './a-threat.ts';

const commit = 'e'.repeat(40);
const caller = (path: string, ref = 'refs/heads/main') =>
  `octo-org/octo-repo/.github/workflows/${path}@${ref}`;
const called = (repository: string, at = release) =>
  `${repository}/.github/workflows/agent.yml@${at}`;
const denied = (check: string) => `${check} 403 denied`;

const threats: readonly Threat[] = [
  {
    name: 'T-C1 another workflow file of the repository',
    claims: { workflow_ref: caller('x.yml') },
    hears: denied('D5'),
  },
  {
    name: 'T-C3 the caller as a feature branch has it',
    claims: { ref: 'refs/heads/x', workflow_ref: caller('sallyport.yml', 'refs/heads/x') },
    hears: denied('D5'),
  },
  {
    name: 'T-C3 the caller of a feature branch, under the default branch’s ref',
    claims: { workflow_ref: caller('sallyport.yml', 'refs/heads/x') },
    hears: denied('D5'),
  },
  {
    name: 'T-C4 a tag of the branch’s name',
    claims: { ref: 'refs/tags/main' },
    hears: denied('D5'),
  },
  {
    name: 'T-C4 a branch whose name begins so',
    claims: { ref: 'refs/heads/main-x' },
    hears: denied('D5'),
  },
  {
    name: 'T-C4 the merge of a pull request',
    claims: { ref: 'refs/pull/7/merge' },
    hears: denied('D5'),
  },
  { name: 'T-C4 a ref that is no branch', claims: { ref_type: 'tag' }, hears: denied('D5') },
  { name: 'T-C5 another commit', claims: { sha: commit }, hears: denied('D5') },
  {
    name: 'T-C5 the caller of another commit',
    claims: { workflow_sha: commit },
    hears: denied('D5'),
  },
  {
    name: 'T-C6 an inline copy of our job',
    claims: { job_workflow_ref: caller('sallyport.yml') },
    hears: denied('D6'),
  },
  {
    name: 'T-C7 our workflow at a branch',
    claims: { job_workflow_ref: called('sallyport/sallyport', 'refs/heads/main') },
    hears: denied('D6'),
  },
  {
    name: 'T-C7 our workflow at a tag that was moved to a commit nobody released',
    claims: {
      job_workflow_ref: called('sallyport/sallyport', 'refs/tags/v1'),
      job_workflow_sha: commit,
    },
    hears: denied('D6'),
  },
  {
    name: 'T-C7 our workflow at a commit nobody released, such as a fork’s',
    claims: { job_workflow_ref: called('sallyport/sallyport', commit), job_workflow_sha: commit },
    hears: denied('D6'),
  },
  {
    name: 'T-C7 a release in the name, another commit in the job',
    claims: { job_workflow_sha: commit },
    hears: denied('D6'),
  },
  {
    name: 'T-C9 a repository whose name begins like ours',
    claims: { job_workflow_ref: called('sallyport/sallyport-evil') },
    hears: denied('D6'),
  },
  {
    name: 'T-C9 our name in other letters',
    claims: { job_workflow_ref: called('Sallyport/sallyport') },
    hears: denied('D6'),
  },
  {
    name: 'T-C9 an owner whose name ends like ours',
    claims: { job_workflow_ref: called('x-sallyport/sallyport') },
    hears: denied('D6'),
  },
  {
    name: 'T-C10 a release that was withdrawn during the run',
    given: { trust: { ...trust, releases: ['f'.repeat(40)] } },
    hears: denied('D6'),
  },
  {
    name: 'T-C11 a self-hosted runner',
    claims: { runner_environment: 'self-hosted' },
    hears: denied('D7'),
  },
  {
    name: 'T-C12 a name that a pattern with “.” would match',
    claims: { job_workflow_ref: called('sallyportXsallyport') },
    hears: denied('D6'),
  },
];

describe('which code', () => {
  describe.each(subjectForms)('with a subject of %s', (form) => {
    it.each(threats)('$name: $hears', async (threat) => {
      expect(await answerTo(threat, form)).toBe(threat.hears);
      expect(await answerTo({}, form)).toBe('ok');
    });

    it('T-C10 every release of the list is trusted, one at a time', async () => {
      const claims = {
        job_workflow_ref: called('sallyport/sallyport', commit),
        job_workflow_sha: commit,
      };
      const given = { trust: { ...trust, releases: [release, commit] } };

      expect(await answerTo({ claims, given }, form)).toBe('ok');
      expect(await answerTo({ given }, form)).toBe('ok');
    });

    it('T-C11 a self-hosted runner where the operator has those, and then no other', async () => {
      const given = { trust: { ...trust, runnerEnvironment: 'self-hosted' } } as const;

      expect(await answerTo({ given, claims: { runner_environment: 'self-hosted' } }, form)).toBe(
        'ok',
      );
      expect(await answerTo({ given }, form)).toBe(denied('D7'));
    });

    it('T-C5 a default branch of another name, when that is what was granted', async () => {
      const ref = 'refs/heads/trunk';
      const claims = { ref, workflow_ref: caller('sallyport.yml', ref) };

      expect(
        await answerTo({ claims, given: { findGrant: async () => aGrant({ ref }) } }, form),
      ).toBe('ok');
    });
  });
});
