import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type EgressPhase, egressOf } from '#model/egress-entry.ts';
import type { Policy } from '#model/policy.ts';
import type { EgressPolicy, Mount } from '#model/sandbox.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { describeMistake } from '#policy/policy-mistake.ts';
import { readNpmRegistry } from '#runner/npm-registry.ts';
import { readVariable } from '#runner/sandbox-host.ts';
import { egressEnvironment, egressPolicyOf } from '#sandbox/egress-policy.ts';
import { Exit } from '../exit-code.ts';
import { readText } from '../policy/read-text.ts';

/** The command line of `sallyport sandbox run`. */
export interface RunOptions {
  readonly policy?: string;
  readonly workspace?: string;
  readonly phase: string;
  readonly env: readonly string[];
  readonly readOnly: readonly string[];
  readonly trustCa?: string;
  readonly log?: string;
  readonly seconds?: string;
  /** Every public host passes, is read and is written down. */
  readonly observe?: boolean;
  readonly json?: boolean;
}

/** What is run, and behind what. */
export interface RunOrder {
  readonly phase: EgressPhase;
  readonly workspace: {
    readonly folder: string;
    readonly uid: number;
    readonly gid: number;
  } | null;
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly egress: EgressPolicy;
  /** Further roots for the servers outside, in PEM. */
  readonly trusted: string | null;
  readonly memoryMib: number;
  readonly pids: number;
  readonly seconds: number;
}

/** Without a policy nothing is reachable, and the limits are those of a policy that says nothing. */
const unbound = { egress: [], memory_mib: 6144, pids: 2048 };
const secondsMax = 24 * 3600;
const secondsWithout = 3600;
const variable = /^([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)$/s;

/** Read everything the order names, before anything is built. One sentence says what is wrong. */
export async function readOrder(options: RunOptions): Promise<RunOrder> {
  const policy = options.policy === undefined ? null : await readPolicy(options.policy);
  const sandbox = policy?.sandbox ?? unbound;
  const phase = readPhase(options.phase);
  const listed = egressOf(sandbox.egress, phase);
  const npmRegistry = listed.includes('npm') ? await readNpmRegistry() : null;
  const egress = egressPolicyOf(listed, npmRegistry, readVariable);
  if (!egress.ok) throw new Exit('usage', egress.refusal);
  return {
    phase,
    workspace: options.workspace === undefined ? null : await readWorkspace(options.workspace),
    mounts: await Promise.all(options.readOnly.map(toMount)),
    environment: {
      ...egressEnvironment(npmRegistry),
      ...Object.fromEntries(options.env.map(toPair)),
    },
    egress: options.observe ? { ...egress.value, observes: true } : egress.value,
    trusted: options.trustCa === undefined ? null : await readRoots(options.trustCa),
    memoryMib: sandbox.memory_mib,
    pids: sandbox.pids,
    seconds: readSeconds(options.seconds, policy),
  };
}

async function readPolicy(file: string): Promise<Policy> {
  const parsed = parsePolicy(await readText(file, 'a policy file in YAML'));
  if (parsed.ok) return parsed.value;
  const [first] = parsed.refusal.errors;
  throw new Exit('mistakes', `${file}: ${first ? describeMistake(first) : 'it is no policy'}`);
}

async function readRoots(file: string): Promise<string> {
  const text = await readText(file, 'certificates in PEM');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new Exit('usage', `expected --trust-ca to be certificates in PEM, got ${file}`);
}

function readPhase(phase: string): EgressPhase {
  if (phase === 'setup' || phase === 'work') return phase;
  throw new Exit('usage', `expected --phase setup or work, got ${phase}`);
}

async function readWorkspace(folder: string) {
  const path = await folderOf(folder, '--workspace');
  const { uid, gid } = await stat(path);
  return { folder: path, uid, gid };
}

async function toMount(folder: string): Promise<Mount> {
  const path = await folderOf(folder, '--read-only');
  return { source: path, target: path };
}

async function folderOf(text: string, option: string): Promise<string> {
  const path = resolve(text);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() && path !== '/') return path;
  throw new Exit('usage', `expected ${option} to be a folder, but not the root, got ${text}`);
}

function toPair(text: string): readonly [string, string] {
  const [, name = '', value = ''] = variable.exec(text) ?? [];
  if (name === '')
    throw new Exit('usage', `expected --env NAME=VALUE, got ${text.split('=', 1)[0]}`);
  return [name, value];
}

function readSeconds(text: string | undefined, policy: Policy | null): number {
  if (text === undefined) return policy ? policy.agent.minutes * 60 : secondsWithout;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= secondsMax) return seconds;
  throw new Exit('usage', `expected --seconds from 1 to ${secondsMax}, got ${text}`);
}
