// Verification on this runner: the stage with the machine's real effects.
import { join } from 'node:path';
import { sha256 } from '#model/digest.ts';
import { usesNpm } from '#model/egress-entry.ts';
import { policyPath } from '#model/names.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { Verdict } from '#model/verdict.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { git } from '#runner/git.ts';
import { readNpmRegistry } from '#runner/npm-registry.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { workflowRunName } from '#runner/workflow-run.ts';
import { egressEnvironment, egressPhasesOf } from '#sandbox/egress-policy.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import { judgeEvidence } from '#verification/judge-evidence.ts';
import { verify } from '#verification/verification.ts';
import type { Browser, SandboxSettings } from '#verification/verification-deps.ts';
import { disk } from './disk.ts';
import { findBrowser } from './find-browser.ts';

/** Folders of one verification, all on this runner. */
export interface RunOrder {
  readonly base: string;
  readonly changeSet: string;
  readonly evidence: string;
  /** Private and empty. */
  readonly work: string;
  readonly script: Browser['script'];
  readonly tell: (sentence: string) => void;
}

/** The files of the evidence, and the verdict they give today; the App gives its own. */
export interface Verified {
  readonly verdict: Verdict;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Verify with the base's policy. Refused with one sentence when there can be no evidence. */
export async function runVerification(order: RunOrder): Promise<Result<Verified, string>> {
  const baseSha = await readHead(order.base);
  if (baseSha === null) return refuse(`The folder ${order.base} holds no git checkout.`);
  const read = await readPolicy(order.base, baseSha);
  if (!read.ok) return read;
  const { policy, policySha256 } = read.value;
  const settings = await settingsOf(policy);
  if (!settings.ok) return settings;
  const browser = policy.verify.screens.length > 0 ? await findBrowser(order.script) : null;
  const { tell, ...folders } = order;
  const verified = await verify(
    {
      ...folders,
      run: workflowRunName(),
      baseSha,
      policy,
      policySha256,
      settings: settings.value,
      platform: `${process.platform} ${process.arch}`,
      nodeVersion: process.version,
    },
    { openSandbox: sandboxesOn(createSandboxHost()), git, disk, now: Date.now, browser, tell },
  );
  if (!verified.ok) return refuse(verified.refusal.sentence);
  const judged = judgeEvidence(verified.value, policy);
  if (!judged.ok) return refuse(judged.refusal.sentence);
  return ok({ verdict: judged.value.verdict, files: verified.value });
}

/** The commit that was checked out, from the checkout's own store. */
async function readHead(base: string): Promise<string | null> {
  const { exitCode, stdout } = await git(['rev-parse', '--verify', 'HEAD^{commit}'], {
    gitDir: join(base, '.git'),
  });
  const sha = new TextDecoder().decode(stdout).trim();
  return exitCode === 0 && /^[0-9a-f]{40}$/.test(sha) ? sha : null;
}

/** The policy at the base commit, read from git: a file in the checkout might have been touched. */
async function readPolicy(
  base: string,
  baseSha: string,
): Promise<Result<{ readonly policy: Policy; readonly policySha256: string }, string>> {
  const { exitCode, stdout } = await git(['cat-file', 'blob', `${baseSha}:${policyPath}`], {
    gitDir: join(base, '.git'),
  });
  if (exitCode !== 0) return refuse(`The base has no ${policyPath}.`);
  const parsed = parsePolicy(new TextDecoder().decode(stdout));
  if (parsed.ok) return ok({ policy: parsed.value, policySha256: sha256(stdout) });
  const [first] = parsed.refusal.errors;
  return refuse(`${policyPath} is not valid: line ${first?.line}: ${first?.message}`);
}

async function settingsOf(policy: Policy): Promise<Result<SandboxSettings, string>> {
  const registry = usesNpm(policy.sandbox.egress) ? await readNpmRegistry() : null;
  const egress = egressPhasesOf(policy, registry);
  if (!egress.ok) return egress;
  return ok({
    egress: egress.value,
    mounts: [],
    environment: egressEnvironment(registry),
    node: process.execPath,
    memoryMib: policy.sandbox.memory_mib,
    pids: policy.sandbox.pids,
  });
}
