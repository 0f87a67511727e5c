import { describe, expect, it } from '@jest/globals';
import type { ArtifactFacts } from '#evidence/artifact/check-artifact.ts';
import { artifactTrouble, zipTrouble } from '#evidence/artifact/check-artifact.ts';
import { changeSetArchive, readChangeSet } from '#evidence/artifact/read-change-set.ts';
import { readReport } from '#evidence/artifact/read-report.ts';
import { sha256 } from '#model/digest.ts';
import { baseSha, changeOf, filesOf, put } from './a-change.ts';

const zip = Buffer.from('the bytes of a zip');
const wanted = {
  named: { id: 42, sha256: sha256(zip) },
  name: 'sallyport-evidence',
  workflowRunId: 99,
  zipBytesMax: 1000,
};
const facts: ArtifactFacts = {
  id: 42,
  name: 'sallyport-evidence',
  sizeBytes: 1000,
  expired: false,
  digest: `sha256:${sha256(zip)}`,
  workflowRunId: 99,
};

describe('artifactTrouble', () => {
  it('lets the named artifact of the granted run pass, with GitHub’s digest or without one', () => {
    expect(artifactTrouble(facts, wanted)).toBeNull();
    expect(artifactTrouble({ ...facts, digest: null }, wanted)).toBeNull();
  });

  it.each([
    ['that does not exist', null, 'does not exist'],
    ['of another workflow run', { workflowRunId: 98 }, 'workflow run 98, expected 99'],
    ['of no workflow run', { workflowRunId: null }, 'workflow run null'],
    ['with another name', { name: 'sallyport-change-set' }, 'is not called sallyport-evidence'],
    ['with the name in other letters', { name: 'Sallyport-Evidence' }, 'is not called'],
    ['that has expired', { expired: true }, 'has expired'],
    ['that is a byte too large', { sizeBytes: 1001 }, 'at most 1000 are read'],
    ['with another digest', { digest: `sha256:${'0'.repeat(64)}` }, 'another digest'],
    ['with a digest of another kind', { digest: `sha512:${sha256(zip)}` }, 'another digest'],
  ])('evidence:recomputed: refuses an artifact %s', (_what, wrong, sentence) => {
    expect(artifactTrouble(wrong && { ...facts, ...wrong }, wanted)).toContain(sentence);
  });

  it('refuses every artifact of a run that has no workflow run', () => {
    const none = { ...wanted, workflowRunId: null };
    expect(artifactTrouble({ ...facts, workflowRunId: null }, none)).not.toBeNull();
  });
});

describe('zipTrouble', () => {
  it('evidence:recomputed: hashes the downloaded bytes itself', () => {
    expect(zipTrouble(zip, wanted)).toBeNull();
    expect(zipTrouble(Buffer.from('the bytes of a zap'), wanted)).toContain('another SHA-256');
  });
});

describe('readReport', () => {
  const artifact = { id: 42, digest: `sha256:${'a'.repeat(64)}` };
  const report = {
    agent: { outcome: 'success', result: 'changed', artifact },
    verify: { outcome: 'failure', artifact: null },
  };

  it('reads ids and digests, with the prefix or without, and drops what it does not know', () => {
    const bare = { ...artifact, digest: 'a'.repeat(64) };
    for (const one of [artifact, bare]) {
      const read = readReport({
        ...report,
        agent: { ...report.agent, artifact: one, verdict: 'proven' },
      });
      expect(read).toEqual({
        ok: true,
        value: {
          agent: { outcome: 'success', artifact: { id: 42, sha256: 'a'.repeat(64) } },
          verify: { outcome: 'failure', artifact: null },
        },
      });
    }
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'success'],
    ['a job left out', { agent: report.agent }],
    ['an artifact left out', { ...report, verify: { outcome: 'success' } }],
    ['a negative id', { ...report, agent: { ...report.agent, artifact: { ...artifact, id: -1 } } }],
    [
      'an id as text',
      { ...report, agent: { ...report.agent, artifact: { ...artifact, id: '1' } } },
    ],
    [
      'a digest of another kind',
      {
        ...report,
        agent: { ...report.agent, artifact: { id: 1, digest: `sha512:${'a'.repeat(64)}` } },
      },
    ],
    [
      'a digest that is cut',
      { ...report, agent: { ...report.agent, artifact: { id: 1, digest: 'a'.repeat(63) } } },
    ],
    ['an outcome without end', { ...report, agent: { ...report.agent, outcome: 'x'.repeat(41) } }],
  ])('refuses %s', (_what, document) => {
    expect(readReport(document).ok).toBe(false);
  });
});

describe('readChangeSet', () => {
  const change = changeOf([put('src/a.js', 'one'), put('src/b.js', 'two', '100755'), 'old.js']);
  const [[entry]] = [put('src/a.js', 'one')];

  it('reads a change against its base, with the hash of the file as it is', () => {
    const files = filesOf(change);
    const read = readChangeSet(files);
    expect(read.ok && read.value.changeSet).toEqual(change.changeSet);
    expect(read.ok && read.value.changeSet.baseSha).toBe(baseSha);
    expect(read.ok && [...read.value.blobs]).toEqual([...change.blobs]);
    expect(read.ok && read.value.sha256).toBe(sha256(files.get('change-set.json') ?? ''));
  });

  it.each([
    ['another content', Buffer.from('eno')],
    ['a content that is longer', Buffer.from('one!')],
    ['no content', undefined],
  ])('evidence:recomputed: refuses a blob with %s', (_what, bytes) => {
    const files = filesOf(change);
    files.delete(`blob/${entry.sha256}`);
    if (bytes) files.set(`blob/${entry.sha256}`, bytes);
    const read = readChangeSet(files);
    expect(read.ok ? '' : read.refusal).toContain('"src/a.js"');
  });

  it('evidence:recomputed: refuses a size that is not the blob’s', () => {
    const { changeSet, blobs } = change;
    const entries = [{ ...entry, bytes: 4 }];
    expect(readChangeSet(filesOf({ changeSet: { ...changeSet, entries }, blobs })).ok).toBe(false);
  });

  it('carries no blob that no entry names', () => {
    const files = filesOf(change).set(`blob/${sha256('extra')}`, Buffer.from('extra'));
    const read = readChangeSet(files);
    expect(read.ok && [...read.value.blobs.keys()]).toEqual([...change.blobs.keys()]);
  });

  it('refuses a blob and a whole that are larger than a change may be', () => {
    const large = put('large.bin', new Uint8Array(10_000_001));
    expect(readChangeSet(filesOf(changeOf([large]))).ok).toBe(false);
    const nine = new Uint8Array(9_000_000);
    const many = Array.from({ length: 6 }, (_one, index) => put(`${index}.bin`, nine));
    expect(readChangeSet(filesOf(changeOf(many))).ok).toBe(false);
    expect(readChangeSet(filesOf(changeOf(many.slice(1)))).ok).toBe(true);
  });

  it.each([
    ['no file', undefined],
    ['no JSON', '{'],
    ['another schema', JSON.stringify({ ...change.changeSet, schema: 'other/v1' })],
    ['a member that nobody knows', JSON.stringify({ ...change.changeSet, verdict: 'proven' })],
    ['a base that is no commit', JSON.stringify({ ...change.changeSet, baseSha: 'main' })],
    ['a gitlink', JSON.stringify({ ...change.changeSet, entries: [{ ...entry, mode: '160000' }] })],
    [
      'a blob filed under a path',
      JSON.stringify({ ...change.changeSet, entries: [{ ...entry, sha256: '../../verify.json' }] }),
    ],
  ])('refuses a change set of %s', (_what, text) => {
    const files = filesOf(change);
    files.delete('change-set.json');
    if (text !== undefined) files.set('change-set.json', Buffer.from(text));
    const read = readChangeSet(files);
    expect(read.ok ? '' : read.refusal).toContain('no change set that follows its schema');
  });

  it('refuses text that is not UTF-8', () => {
    const bytes = Buffer.from(
      JSON.stringify(change.changeSet).replace('command', 'comm\u00ffnd'),
      'latin1',
    );
    expect(readChangeSet(filesOf(change).set('change-set.json', bytes)).ok).toBe(false);
  });

  it('has an archive with room for its own files alone', () => {
    const names = ['change-set.json', `blob/${'a'.repeat(64)}`, 'agent.log'];
    expect(names.filter((name) => changeSetArchive.path.test(name))).toEqual(names);
    const foreign = [
      'verify.json',
      'blob/../change-set.json',
      'Agent.log',
      'agent.log\n',
      'blob/a',
    ];
    expect(foreign.filter((name) => changeSetArchive.path.test(name))).toEqual([]);
  });
});
