// A small project with one bug, changes to it, and the whole verification of a change.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChangeSet } from '#model/change-set.ts';
import { sha256 } from '#model/digest.ts';
import { type Policy, policySchema } from '#model/policy.ts';
import type { OpenSandbox } from '#model/sandbox.ts';
import { judgeEvidence } from '#verification/judge-evidence.ts';
import { verify } from '#verification/verification.ts';
import type { Browser } from '#verification/verification-deps.ts';
import { disk } from '../../action/verify/disk.ts';
import { commitFiles, realGit } from '../fake/git.ts';
import { openPlainSandbox } from '../fake/plain-sandbox.ts';

const run =
  'node --test --test-reporter=junit --test-reporter-destination=junit.xml "test/**/*.test.js"';

/** The base: a discount that is right for a price of 100 only, and two tests that do not see it. */
export const base: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
  'src/price.js': 'export function discount(price, percent) {\n  return price - percent;\n}\n',
  'test/price.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discount } from '../src/price.js';

test('no discount leaves the price', () => {
  assert.equal(discount(80, 0), 80);
});

test('ten percent of a hundred', () => {
  assert.equal(discount(100, 10), 90);
});
`,
};

/** The fix, and the test that shows it. */
export const fixedPrice =
  'export function discount(price, percent) {\n  return price - (price * percent) / 100;\n}\n';
export const fixTest = `${base['test/price.test.js']}
test('ten percent of eighty', () => {
  assert.equal(discount(80, 10), 72);
});
`;
export const honestFix = { 'src/price.js': fixedPrice, 'test/price.test.js': fixTest };

/** A policy over the example; `more` is merged into it as YAML would have it. */
export function policyOf(more: Readonly<Record<string, unknown>> = {}): Policy {
  return policySchema.parse({
    version: 1,
    agent: { use: 'command', run: 'true' },
    verify: { commands: [{ name: 'test', run, report: 'junit.xml' }] },
    ...more,
  });
}

/** Paths with their new text; null deletes. A value with `mode` is a link or a program. */
export type Change = Readonly<
  Record<string, string | null | { readonly mode: '100755' | '120000'; readonly text: string }>
>;

/** Write a change set's folder. */
export async function writeChangeSet(
  folder: string,
  baseSha: string,
  change: Change,
): Promise<void> {
  await mkdir(join(folder, 'blob'), { recursive: true });
  const entries: ChangeSet['entries'] = [];
  for (const [path, value] of Object.entries(change).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === null) {
      entries.push({ op: 'delete', path });
      continue;
    }
    const { mode, text } =
      typeof value === 'string' ? { mode: '100644' as const, text: value } : value;
    const bytes = Buffer.from(text);
    await writeFile(join(folder, 'blob', sha256(bytes)), bytes);
    entries.push({ op: 'put', path, mode, sha256: sha256(bytes), bytes: bytes.length });
  }
  const changeSet: ChangeSet = {
    schema: 'sallyport/change-set/v1',
    result: 'changed',
    because: null,
    baseSha,
    agent: { use: 'command', exitCode: 0, durationMs: 1, usage: null },
    entries,
  };
  await writeFile(join(folder, 'change-set.json'), JSON.stringify(changeSet));
}

/** What a verification needs besides the change. */
export interface Setting {
  readonly files?: Readonly<Record<string, string>>;
  readonly policy?: Policy;
  readonly openSandbox?: OpenSandbox;
  readonly browser?: Browser | null;
  /** Spoil the change set's folder before it is read. */
  readonly spoil?: (folder: string) => Promise<void>;
}

/** Verify a change in a folder of its own, which is gone afterwards. */
export async function verifyChange(change: Change, setting: Setting = {}) {
  const root = await mkdtemp(join(tmpdir(), 'verify-'));
  try {
    const baseSha = await commitFiles(join(root, 'base'), setting.files ?? base);
    await writeChangeSet(join(root, 'change'), baseSha, change);
    await setting.spoil?.(join(root, 'change'));
    const policy = setting.policy ?? policyOf();
    await disk.makeFolder(join(root, 'work'));
    return await verify(
      {
        run: '1-1',
        base: join(root, 'base'),
        baseSha,
        changeSet: join(root, 'change'),
        policy,
        policySha256: 'f'.repeat(64),
        settings: {
          egress: { setup: { hosts: [], routes: [] }, work: { hosts: [], routes: [] } },
          mounts: [],
          environment: {},
          node: process.execPath,
          memoryMib: 2048,
          pids: 512,
        },
        platform: 'test',
        nodeVersion: process.version,
        work: join(root, 'work'),
        evidence: join(root, 'evidence'),
      },
      {
        openSandbox: setting.openSandbox ?? openPlainSandbox,
        git: realGit,
        disk,
        now: Date.now,
        browser: setting.browser ?? null,
        tell: () => {},
      },
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Verify and judge; a refusal is thrown as its sentence. */
export async function judgeChange(change: Change, setting: Setting = {}) {
  const verified = await verifyChange(change, setting);
  if (!verified.ok) throw new Error(verified.refusal.sentence);
  const judged = judgeEvidence(verified.value, setting.policy ?? policyOf());
  if (!judged.ok) throw new Error(judged.refusal.sentence);
  return { ...judged.value, tree: verified.value };
}
