// Change sets and evidence for tests, honest unless told otherwise.
import type { ManifestParts } from '#evidence/statement/build-manifest.ts';
import type { ChangeEntry, ChangeSet } from '#model/change-set.ts';
import { sha256 } from '#model/digest.ts';
import type { Run } from '#model/run.ts';
import type { Verdict } from '#model/verdict.ts';
import type { VerifyRecord } from '#model/verify-record.ts';

export const baseSha = 'b'.repeat(40);
export const headSha = 'c'.repeat(40);
const policySha256 = 'f'.repeat(64);

type PutEntry = Extract<ChangeEntry, { op: 'put' }>;

/** One file of a change. */
export function put(
  path: string,
  text: string | Uint8Array,
  mode: PutEntry['mode'] = '100644',
): readonly [PutEntry, Uint8Array] {
  const bytes = Buffer.from(text);
  return [{ op: 'put', path, mode, sha256: sha256(bytes), bytes: bytes.length }, bytes];
}

/** A change of these entries, with their blobs. */
export function changeOf(entries: readonly (ReturnType<typeof put> | string)[]) {
  const blobs = new Map<string, Uint8Array>();
  const listed = entries.map((one): ChangeEntry => {
    if (typeof one === 'string') return { op: 'delete', path: one };
    blobs.set(one[0].sha256, one[1]);
    return one[0];
  });
  const changeSet: ChangeSet = {
    schema: 'sallyport/change-set/v1',
    result: 'changed',
    because: null,
    baseSha,
    agent: { use: 'command', exitCode: 0, durationMs: 1, usage: null },
    entries: listed,
  };
  return { changeSet, blobs };
}

/** The agent job's files for a change. */
export function filesOf({ changeSet, blobs }: ReturnType<typeof changeOf>) {
  const files = new Map<string, Uint8Array>(
    [...blobs].map(([digest, bytes]) => [`blob/${digest}`, bytes] as const),
  );
  return files.set('change-set.json', Buffer.from(JSON.stringify(changeSet)));
}

export const run: Run = {
  id: '01900000-0000-7000-8000-000000000001',
  repository: { id: 7, ownerId: 6, owner: 'octo', name: 'shop' },
  installationId: 5,
  issue: { id: 70, number: 12, title: 'Discount is wrong' },
  state: 'verifying',
  because: null,
  requester: { id: 3, login: 'mona' },
  chainId: 'chain',
  depth: 1,
  policySha256,
  organizationPolicySha256: null,
  snapshotSha256: 'e'.repeat(64),
  baseRef: 'main',
  baseSha,
  workflowRunId: 99,
  branch: null,
  headSha: null,
  pull: null,
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
};

const cell = { passed: 3, failed: 0, skipped: 0, green: true };

export const verdict: Verdict = {
  result: 'proven',
  properties: ['HEAD_TESTS_PASSED', 'RED_PROVEN', 'NO_PROTECTED_PATH'],
  missing: [],
  findings: [],
  cells: {
    baseBase: cell,
    headBase: cell,
    baseHead: { ...cell, failed: 1, green: false },
    headHead: cell,
  },
  redGreen: [{ command: 'test', name: 'ten percent of eighty' }],
};

export const verifyRecord: VerifyRecord = {
  schema: 'sallyport/verify/v1',
  baseSha,
  baseTree: '1'.repeat(40),
  headTree: '2'.repeat(40),
  changeSetSha256: 'a'.repeat(64),
  policySha256,
  environment: { node: 'v24', chromium: null, fonts: null, platform: 'test' },
  startedAt: '2026-11-22T10:00:00.000Z',
  durationMs: 1,
  notes: [],
};

/** What a manifest is made of, over these files. */
export function manifestParts(
  files: ReadonlyMap<string, Uint8Array>,
  more: Partial<ManifestParts> = {},
): ManifestParts {
  return {
    run,
    workflowRunId: 99,
    headSha,
    verify: verifyRecord,
    verdict,
    files,
    artifacts: [{ id: 1, name: 'sallyport-evidence', sha256: 'd'.repeat(64) }],
    createdAt: '2026-11-22T10:00:00.000Z',
    ...more,
  };
}
