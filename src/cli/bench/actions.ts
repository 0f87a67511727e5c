import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '#model/fault.ts';
import { runProcess } from '#runner/process.ts';
import type { Measurement } from './measurement.ts';
import { percentile, ratio } from './statistics.ts';

const actionFolder = fileURLToPath(new URL('../../../action/', import.meta.url));
/** Enough for a 95th percentile that is not the maximum. */
const roundCount = 21;

interface Entrypoint {
  /** `verify/main`. */
  readonly name: string;
  readonly path: string;
}

/**
 * The cold start of each bundled action: a process of its own in an environment of PATH alone, from
 * spawn to exit. It loads its modules, finds an input missing and says so; nothing else happens.
 * Rounds go over all of them in turn, so that load from outside meets them alike.
 */
export async function measureActions(): Promise<Measurement> {
  const entrypoints = await listEntrypoints();
  const bare: number[] = [];
  const samples = new Map<string, number[]>(entrypoints.map(({ name }) => [name, []]));
  for (let round = 0; round < roundCount; round += 1) {
    bare.push(await timeNode(['-e', '0']));
    for (const { name, path } of entrypoints) samples.get(name)?.push(await timeNode([path]));
  }
  const baseline = { bareNodeMedianMs: percentile(bare, 50), bareNodeP95Ms: percentile(bare, 95) };
  const figures: Record<string, number> = { rounds: roundCount };
  const ratios: Record<string, number> = {};
  for (const [name, times] of samples) {
    figures[`${name} medianMs`] = percentile(times, 50);
    figures[`${name} p95Ms`] = percentile(times, 95);
    ratios[`${name} medianToBareNode`] = ratio(percentile(times, 50), baseline.bareNodeMedianMs);
  }
  return { figures: { ...figures, ...(await measureBytes(entrypoints)) }, baseline, ratios };
}

async function listEntrypoints(): Promise<readonly Entrypoint[]> {
  return (await listBundles())
    .filter((path) => /^[a-z]+\/dist\/(main|post)\.mjs$/.test(path))
    .map((path) => ({
      name: path.replace('/dist/', '/').replace('.mjs', ''),
      path: join(actionFolder, path),
    }));
}

/** Every file of every bundle, below the actions' folder. */
async function listBundles(): Promise<readonly string[]> {
  const paths = await readdir(actionFolder, { recursive: true });
  return paths.filter((path) => /^[a-z]+\/dist\/.+\.mjs$/.test(path)).sort();
}

/** Bytes of each entry point, which every start reads, and of each action's whole bundle. */
async function measureBytes(entrypoints: readonly Entrypoint[]): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const { name, path } of entrypoints) bytes[`${name} bytes`] = (await stat(path)).size;
  for (const path of await listBundles()) {
    const name = `${path.split('/', 1)[0]} bundleBytes`;
    bytes[name] = (bytes[name] ?? 0) + (await stat(join(actionFolder, path))).size;
  }
  return bytes;
}

async function timeNode(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const { exitCode } = await runProcess([process.execPath, ...args]);
  const durationMs = performance.now() - startedAt;
  assert(exitCode === 0 || exitCode === 1, 'an action ends by itself when its inputs are missing');
  return durationMs;
}
