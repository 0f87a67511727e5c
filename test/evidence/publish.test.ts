import { describe, expect, it } from '@jest/globals';
import { openChange } from '#evidence/accept.ts';
import type { EvidenceDeps, PublishedRun, Step } from '#evidence/evidence.ts';
import { publish } from '#evidence/evidence.ts';
import { gitBlobSha, sha256 } from '#model/digest.ts';
import { ok } from '#model/result.ts';
import { policyOf } from '../verification/example.ts';
import { changeOf, filesOf, headSha, put, run, verdict, verifyRecord } from './a-change.ts';
import { makeZip } from './make-zip.ts';

const files = [...filesOf(changeOf([put('src/a.js', 'one')]))];
const agentZip = makeZip(files.map(([name, text]) => ({ name, text })));
const verifyZip = makeZip([{ name: 'verify.json', text: '{}' }]);
const change = openChange(agentZip);
if (!change.ok) throw new Error(change.refusal);
const verify = { ...verifyRecord, changeSetSha256: change.value.sha256 };

const published: PublishedRun = {
  ...run,
  policy: policyOf(),
  cause: { kind: 'label' } as PublishedRun['cause'],
};
const claim = {
  path: 'src/a.js',
  status: 'added',
  baseMode: null,
  headMode: '100644',
  baseBlob: null,
  headBlob: gitBlobSha(Buffer.from('one')),
} as const;
const report = {
  agent: { outcome: 'success', result: 'changed', artifact: { id: 7, digest: sha256(agentZip) } },
  verify: { outcome: 'success', artifact: { id: 8, digest: sha256(verifyZip) } },
};

/** Publish a run of which everything is as it should be, but for what is given. */
async function publishWith(given: Partial<EvidenceDeps>) {
  const writes: string[] = [];
  const said: string[] = [];
  const steps: Step[] = [];
  const wrote =
    <T>(what: string, value: T) =>
    async () => {
      writes.push(what);
      return value;
    };
  await publish(run.id, {
    now: () => new Date('2026-11-22T10:00:00.000Z'),
    findRun: async () => published,
    findReport: async () => report,
    findHandOver: async () => ({ id: 7, sha256: sha256(agentZip) }),
    readRole: async () => 'write',
    download: async (_run, { id }) => ok(id === 7 ? agentZip : verifyZip),
    readBase: async () => ({ tree: '1'.repeat(40), files: new Map() }),
    judgeEvidence: () => ok({ verdict, verify, files: [claim] }),
    createTree: wrote('tree', verify.headTree),
    createCommit: wrote('commit', headSha),
    createBranch: wrote('branch', 'created' as const),
    moveBranch: wrote('move', 'moved' as const),
    openPull: wrote('pull request', 31),
    keepEvidence: async (_run, manifest) => ({ manifest, envelope: {} as never }),
    post: wrote('proof', undefined),
    move: async (_id, step) => Boolean(steps.push(step)),
    note: async () => undefined,
    say: async (_run, body) => void said.push(body),
    ...given,
  });
  return { writes, said: said.join('\n'), last: steps.at(-1) };
}

describe('publish', () => {
  it('writes a commit, a branch, a pull request and the proof', async () => {
    const { writes, said, last } = await publishWith({});
    expect(writes).toEqual(['tree', 'commit', 'branch', 'pull request', 'proof']);
    expect(said).toBe('');
    expect(last?.event).toBe('review');
  });

  it.each([
    ['none', null, 'expected the agent’s job to hand over its change set, and it did not'],
    ['another artifact', { id: 9, sha256: sha256(agentZip) }, 'handed over, artifact 9 of SHA-256'],
    [
      'another content',
      { id: 7, sha256: 'e'.repeat(64) },
      'artifact 7 of SHA-256 eeeeeeeeeeee..., got artifact 7',
    ],
  ])(
    'E3: uses no change set but the one that the agent’s job handed over: %s',
    async (_what, handedOver, sentence) => {
      const downloads: number[] = [];
      const { writes, said, last } = await publishWith({
        findHandOver: async () => handedOver,
        download: async (_run, { id }) => {
          downloads.push(id);
          return ok(agentZip);
        },
      });
      expect(writes).toEqual([]);
      expect(downloads).toEqual([]);
      expect(said).toContain(sentence);
      expect(last?.event).toBe('fail');
    },
  );

  it.each(['none', 'read', 'triage'] as const)(
    'E3, T-D15: writes nothing for a requester whose role is %s by then',
    async (role) => {
      const { writes, said, last } = await publishWith({ readRole: async () => role });
      expect(writes).toEqual([]);
      expect(said).toContain(
        `expected mona, who asked, to have write still, got ${role}: nothing was pushed`,
      );
      expect(last?.event).toBe('fail');
    },
  );
});
