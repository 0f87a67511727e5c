// The verify stage's shell: builds the trees, runs the cells, takes the pictures, collects the
// evidence. It judges nothing; `judge` does, here for a preview and in the App for good.
import { join } from 'node:path';
import type { EgressCall } from '#model/egress-call.ts';
import { renderEgressLog } from '#model/egress-log.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { SandboxRefusal } from '#model/sandbox.ts';
import {
  type CellName,
  cellNames,
  type PatchFiles,
  type VerifyRecord,
} from '#model/verify-record.ts';
import { buildTrees, type Trees } from './build-trees.ts';
import { captureSide, missingAll } from './capture/capture-side.ts';
import { recordScreens } from './capture/record-screens.ts';
import { runCell } from './cell/run-cell.ts';
import { describePatch, readBlobs } from './describe-patch.ts';
import { createEvidenceBox, type EvidenceBox } from './evidence-box.ts';
import { layout } from './evidence-layout.ts';
import { type LoadedChangeSet, loadChangeSet } from './load-change-set.ts';
import { screensAsked } from './screens-asked.ts';
import type { SandboxSettings, VerificationDeps } from './verification-deps.ts';

/** What is to be verified, and where. */
export interface VerificationOrder {
  /** Which run it is, for the log of calls. */
  readonly run: string;
  /** The base's checkout with its `.git` folder; it is read, never changed. */
  readonly base: string;
  readonly baseSha: string;
  /** The folder with `change-set.json` and `blob/`. */
  readonly changeSet: string;
  /** Parsed from the base, never from the change. */
  readonly policy: Policy;
  /** SHA-256 of the policy file's bytes at the base commit. */
  readonly policySha256: string;
  readonly settings: SandboxSettings;
  readonly platform: string;
  readonly nodeVersion: string;
  /** A private scratch folder. */
  readonly work: string;
  /** Where the evidence tree is written; must not exist, or be empty. */
  readonly evidence: string;
}

/** Why there is no evidence: a change set that is refused, or no wall to run it behind. */
export interface VerificationRefusal {
  readonly reason: 'change_set_refused' | SandboxRefusal['reason'];
  readonly sentence: string;
}

/** Calls kept of one verification; a program in a loop can make any number. */
const egressMax = 20_000;

/**
 * Verify one change: validate it, build base, head and mixed trees in an own object store, run the
 * policy's commands on each in a sandbox, take the screens of base and head, and write the
 * evidence tree. Returns the tree's files by path.
 *
 * Fails   with one sentence when the change set is refused or no sandbox can be built.
 */
export async function verify(
  order: VerificationOrder,
  deps: VerificationDeps,
): Promise<Result<ReadonlyMap<string, Uint8Array>, VerificationRefusal>> {
  const startedMs = deps.now();
  const loaded = await loadChangeSet(order.changeSet, order.baseSha, deps.disk);
  if (!loaded.ok) return refuse({ reason: 'change_set_refused', sentence: loaded.refusal });
  const box = createEvidenceBox();
  const built = await build(order, loaded.value, deps);
  const egress = collectEgress(order.run, box);
  const describe = await recordPatch(order, built, box);
  if (describe === 0) {
    const sentence =
      'The change set leaves the base as it is: every path already has that content.';
    return refuse({ reason: 'change_set_refused', sentence });
  }
  const cells = await runCells(order, { built, box, onEgress: egress.add }, deps);
  if (!cells.ok) return cells;
  const screens = await takeScreens(order, { built, box, onEgress: egress.add }, deps);
  if (!screens.ok) return screens;
  box.offer(layout.egress, egress.text());
  box.putJson(
    layout.verify,
    describeRun(order, { built, loaded: loaded.value, box, startedMs }, deps),
  );
  for (const [path, content] of box.files)
    await deps.disk.write(join(order.evidence, path), content);
  return ok(box.files);
}

function build(
  order: VerificationOrder,
  change: LoadedChangeSet,
  deps: VerificationDeps,
): Promise<Trees> {
  deps.tell(`Building the trees of a change to ${change.changeSet.entries.length} paths`);
  const { base, baseSha, work } = order;
  return buildTrees({ base, baseSha, change, tests: order.policy.verify.tests, work }, deps.git);
}

/** The patch for people, and for the App each side's contents under the names git gives them. */
async function recordPatch(
  order: VerificationOrder,
  { store, trees }: Trees,
  box: EvidenceBox,
): Promise<number> {
  const sides = { base: trees.baseBase, head: trees.headHead };
  const { files, patch, isCut } = await describePatch(store, sides, order.policy.verify.tests);
  const record: PatchFiles = { schema: 'sallyport/patch/v1', files };
  box.putJson(layout.patchFiles, record);
  box.offer(layout.patch, patch);
  if (isCut) box.note('head.patch was cut: it is longer than people read');
  const blobs = await readBlobs(store, files);
  for (const side of ['base', 'head'] as const) {
    for (const [sha, content] of blobs[side]) box.offer(layout.blob(side, sha), content);
  }
  if (blobs.leftOut > 0) box.note(`${blobs.leftOut} contents were too large to be carried`);
  return files.length;
}

interface Running {
  readonly built: Trees;
  readonly box: EvidenceBox;
  readonly onEgress: (call: EgressCall) => void;
}

/** Two cells at once: a runner has two cores or more, and each cell has its own walls. */
async function runCells(
  { policy, settings, work }: VerificationOrder,
  { built, box, onEgress }: Running,
  deps: VerificationDeps,
): Promise<Result<null, SandboxRefusal>> {
  const one = async (cell: CellName) => {
    deps.tell(`Running ${describeCell[cell]}`);
    const tree = built.trees[cell];
    return await runCell(
      { cell, tree, store: built.store, policy, settings, work, box, onEgress },
      deps,
    );
  };
  for (const pair of [cellNames.slice(0, 2), cellNames.slice(2)]) {
    for (const ran of await settleAll(pair.map(one))) {
      if (!ran.ok) return ran;
      box.putJson(layout.cell(ran.value.cell), ran.value);
    }
  }
  return ok(null);
}

/** Wait for all, then throw the first fault: what still runs must not outlive the job's folder. */
async function settleAll<T extends readonly Promise<unknown>[]>(running: T) {
  await Promise.allSettled(running);
  return Promise.all(running);
}

const describeCell: Readonly<Record<CellName, string>> = {
  baseBase: 'the base under its own tests',
  headBase: 'the change’s code under the base’s tests',
  baseHead: 'the base’s code under the change’s tests',
  headHead: 'the change under its own tests',
};

const noBrowser =
  'the machine has no Chromium (looked for chromium-headless-shell, chromium, google-chrome, google-chrome-stable, chromium-browser)';

async function takeScreens(
  { policy, settings, work }: VerificationOrder,
  { built, box, onEgress }: Running,
  deps: VerificationDeps,
): Promise<Result<null, SandboxRefusal>> {
  const screens = screensAsked(policy);
  if (screens.length === 0) return ok(null);
  const { browser } = deps;
  if (browser === null) {
    const none = missingAll(screens, noBrowser);
    recordScreens(screens, { before: none, after: none }, box);
    return ok(null);
  }
  const take = (side: 'before' | 'after', tree: string) => {
    deps.tell(`Taking the pictures ${side} the change`);
    return captureSide(
      { side, tree, store: built.store, policy, settings, screens, work, box, onEgress },
      browser,
      deps,
    );
  };
  const [before, after] = await settleAll([
    take('before', built.trees.baseBase),
    take('after', built.trees.headHead),
  ] as const);
  if (!before.ok) return before;
  if (!after.ok) return after;
  recordScreens(screens, { before: before.value, after: after.value }, box);
  return ok(null);
}

function collectEgress(run: string, box: EvidenceBox) {
  const calls: EgressCall[] = [];
  let count = 0;
  return {
    add: (call: EgressCall) => {
      count += 1;
      if (count <= egressMax) calls.push(call);
    },
    text: () => {
      if (count > egressMax) box.note(`${count - egressMax} calls out are counted and not listed`);
      return renderEgressLog(run, calls, count - calls.length);
    },
  };
}

function describeRun(
  { baseSha, policySha256, nodeVersion, platform }: VerificationOrder,
  {
    built,
    loaded,
    box,
    startedMs,
  }: { built: Trees; loaded: LoadedChangeSet; box: EvidenceBox; startedMs: number },
  { browser, now }: VerificationDeps,
): VerifyRecord {
  return {
    schema: 'sallyport/verify/v1',
    baseSha,
    baseTree: built.trees.baseBase,
    headTree: built.trees.headHead,
    changeSetSha256: loaded.sha256,
    policySha256,
    environment: {
      node: nodeVersion,
      chromium: browser?.version ?? null,
      fonts: browser?.fonts ?? null,
      platform,
    },
    startedAt: new Date(startedMs).toISOString(),
    durationMs: now() - startedMs,
    notes: [...box.notes],
  };
}
