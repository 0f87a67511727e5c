import { describe, expect, it } from '@jest/globals';
import type { JudgeEvidence } from '#evidence/accept.ts';
import { acceptChange, openChange } from '#evidence/accept.ts';
import { gitBlobSha } from '#model/digest.ts';
import { ok, refuse } from '#model/result.ts';
import { policyOf } from '../verification/example.ts';
import { changeOf, filesOf, put, run, verdict, verifyRecord } from './a-change.ts';
import { makeZip } from './make-zip.ts';

const claim = {
  path: 'src/a.js',
  status: 'added',
  baseMode: null,
  headMode: '100644',
  baseBlob: null,
  headBlob: gitBlobSha(Buffer.from('one')),
} as const;

/** Accept a change, with one thing besides what is honest. */
function accept({
  entries = [put('src/a.js', 'one')],
  record = {},
  judged = {},
  verifyFiles = [{ name: 'verify.json', text: '{"verdict":"proven"}' }],
}: {
  readonly entries?: Parameters<typeof changeOf>[0];
  readonly record?: Partial<typeof verifyRecord>;
  readonly judged?: Partial<typeof verdict>;
  readonly verifyFiles?: Parameters<typeof makeZip>[0];
} = {}) {
  const files = [...filesOf(changeOf(entries))].map(([name, text]) => ({ name, text }));
  const change = openChange(makeZip([...files, { name: 'agent.log', text: 'I did it' }]));
  if (!change.ok) throw new Error(change.refusal);
  const verify = { ...verifyRecord, changeSetSha256: change.value.sha256, ...record };
  const judge: JudgeEvidence = () =>
    ok({ verdict: { ...verdict, ...judged }, verify, files: [claim] });
  return acceptChange(
    { ...run, policy: policyOf() },
    change.value,
    makeZip(verifyFiles),
    new Map(),
    judge,
  );
}

function refusalOf(outcome: ReturnType<typeof acceptChange>): string {
  return outcome.ok ? 'accepted' : outcome.refusal;
}

describe('acceptChange', () => {
  it('keeps the verifier’s files as they are and the agent’s own below a folder', () => {
    const outcome = accept();
    expect(outcome.ok && [...outcome.value.files.keys()]).toEqual([
      'verify.json',
      'agent/change-set.json',
      'agent/agent.log',
    ]);
  });

  it('evidence:recomputed: takes the verdict from the judge, whatever the runner wrote', () => {
    const outcome = accept({ judged: { result: 'unproven', properties: [] } });
    expect(outcome.ok && outcome.value.verdict.result).toBe('unproven');
  });

  it.each([
    ['base', { baseSha: '9'.repeat(40) }],
    ['change set', { changeSetSha256: '9'.repeat(64) }],
    ['policy', { policySha256: '9'.repeat(64) }],
  ])('evidence:recomputed: refuses a verify job that worked on another %s', (what, record) => {
    expect(refusalOf(accept({ record }))).toContain(`worked on another ${what}`);
  });

  it('policy:from-base: refuses a change against another base than the policy was read at', () => {
    const { changeSet, blobs } = changeOf([put('src/a.js', 'one')]);
    const files = filesOf({ changeSet: { ...changeSet, baseSha: '9'.repeat(40) }, blobs });
    const change = openChange(makeZip([...files].map(([name, text]) => ({ name, text }))));
    if (!change.ok) throw new Error(change.refusal);
    const judge: JudgeEvidence = () => refuse({ sentence: 'never asked' });
    const policy = policyOf();
    expect(
      refusalOf(acceptChange({ ...run, policy }, change.value, makeZip([]), new Map(), judge)),
    ).toContain('the change is against 9999999, expected bbbbbbb');
  });

  it('T-H8: commits nothing that touches a protected path, proven or not', () => {
    const missing = [
      { property: 'NO_PROTECTED_PATH', because: 'CODEOWNERS is protected' },
    ] as const;
    expect(refusalOf(accept({ judged: { missing } }))).toContain('CODEOWNERS is protected');
  });

  it('commits no change whose patch is another one', () => {
    expect(refusalOf(accept({ entries: [put('src/a.js', 'two')] }))).toContain('another change');
  });

  it('commits no path into .git, and reads no archive that is unsound', () => {
    expect(refusalOf(accept({ entries: [put('.git/config', 'x')] }))).toContain('.git');
    expect(refusalOf(accept({ verifyFiles: [{ name: '../verify.json' }] }))).toContain(
      'may not hold',
    );
  });
});
