import { describe, expect, it } from '@jest/globals';
import { exchange } from '#broker/broker.ts';
import { toWireError } from '#broker/refusal.ts';
import { aBroker, aGrant, aLiveRun, ask, claimsOf, sign } from '../a-job.ts';
import type { Threat } from './a-threat.ts';
import { answerTo, subjectForms } from './a-threat.ts';

const other = { repository: 'octo-org/other', repository_id: '75' };
const otherCaller = 'octo-org/other/.github/workflows/sallyport.yml@refs/heads/main';

const threats: readonly Threat[] = [
  {
    name: 'T-B1 a job of another repository of the owner, with our grant',
    claims: { ...other, workflow_ref: otherCaller },
    hears: 'D2 403 denied',
  },
  {
    name: 'T-B2 a repository made anew under the old name',
    claims: { repository_id: '75' },
    hears: 'D2 403 denied',
  },
  {
    name: 'T-B3 an owner’s name that somebody else took',
    claims: { repository_owner_id: '66' },
    hears: 'D2 403 denied',
  },
  {
    name: 'T-B7 a squatted name that looks like an immutable subject, with its own ids',
    claims: {
      sub: 'repo:octo-org-65/octo-repo-74:environment:sallyport-agent',
      repository: 'octo-org-65/octo-repo-74',
      repository_id: '75',
      repository_owner_id: '66',
    },
    hears: 'D2 403 denied',
  },
  {
    name: 'T-B7 a subject with another owner’s id than the claim',
    claims: { sub: 'repo:octo-org@66/octo-repo@74:environment:x' },
    hears: 'C4 403 denied',
  },
  {
    name: 'T-B7 a subject with another repository’s id than the claim',
    claims: { sub: 'repo:octo-org@65/octo-repo@75:environment:x' },
    hears: 'C4 403 denied',
  },
  {
    name: 'T-B8 a repository that has another owner since the dispatch, by its token',
    claims: { repository_owner_id: '80' },
    hears: 'D2 403 denied',
  },
  {
    name: 'T-B8 a run that GitHub says is in another repository',
    given: { readLive: async () => aLiveRun({ repositoryId: 75 }) },
    hears: 'E1 403 denied',
  },
  {
    name: 'T-B9 the job of one owner with the grant of another',
    claims: { repository_id: '81', repository_owner_id: '80' },
    hears: 'D2 403 denied',
  },
];

describe('which repository', () => {
  describe.each(subjectForms)('with a subject of %s', (form) => {
    it.each(threats)('$name: $hears', async (threat) => {
      expect(await answerTo(threat, form)).toBe(threat.hears);
      expect(await answerTo({}, form)).toBe('ok');
    });

    it('T-B4 a repository renamed during the run gets what it was granted', async () => {
      const claims = {
        repository: 'octo-org/new-name',
        workflow_ref: 'octo-org/new-name/.github/workflows/sallyport.yml@refs/heads/main',
      };

      expect(await answerTo({ claims }, form)).toBe('ok');
    });

    it('T-B9 the same job gets the grant that is its own', async () => {
      const claims = { repository_id: '81', repository_owner_id: '80' };
      const given = {
        findGrant: async () => aGrant({ repositoryId: 81, ownerId: 80 }),
        readLive: async () => aLiveRun({ repositoryId: 81 }),
      };

      expect(await answerTo({ claims, given }, form)).toBe('ok');
    });
  });

  it('T-B5 is judged by the ids, whatever an administrator makes of the subject', async () => {
    const like = 'repo:octo-org@66/octo-repo@75:environment:sallyport-agent';
    const subjects = [`workflow:sallyport:${like}`, 'repository_id:74', 'anything'];
    for (const sub of subjects) {
      expect(await answerTo({ claims: { sub } }, 'names')).toBe('ok');
    }
    const ours = 'repo:octo-org@65/octo-repo@74:environment:sallyport-agent';
    const stranger = { sub: ours, repository_id: '75' };

    expect(await answerTo({ claims: { ...stranger, sub: 'x' } }, 'names')).toBe('D2 403 denied');
    expect(await answerTo({ claims: stranger }, 'names')).toBe('C4 403 denied');
  });

  it('T-D14 an unknown grant and another’s grant are answered with the same bytes', async () => {
    const wire = async (found: ReturnType<typeof aGrant> | undefined) => {
      const { deps } = aBroker({ findGrant: async () => found });
      const answer = await exchange(ask(await sign(claimsOf('agent'))), deps);
      return answer.ok ? undefined : toWireError(answer.refusal, 'r');
    };

    const unknown = await wire(undefined);

    expect(unknown).toEqual({
      status: 403,
      headers: {},
      body: { error: 'denied', request_id: 'r' },
    });
    expect(await wire(aGrant({ repositoryId: 1 }))).toEqual(unknown);
    expect(await wire(aGrant({ ownerId: 1 }))).toEqual(unknown);
    expect(await wire(aGrant())).toBeUndefined();
  });
});
