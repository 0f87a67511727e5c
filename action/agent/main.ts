// The agent job's one step of ours: exchange, run the agent in the sandbox, hand over what it left.
// Wires the runner's edge to the sandbox stage; decides nothing itself.
import { mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { artifacts, policyPath } from '#model/names.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { policyBytesMax } from '#policy/read-policy-file.ts';
import {
  failStep,
  maskSecret,
  printNeutralized,
  readInput,
  saveState,
  tell,
  writeOutput,
} from '#runner/action-io.ts';
import { uploadFolder } from '#runner/artifact.ts';
import { exchange, revoke } from '#runner/broker.ts';
import { disk } from '#runner/disk.ts';
import { findProgram } from '#runner/find-program.ts';
import { git } from '#runner/git.ts';
import { readNpmRegistry } from '#runner/npm-registry.ts';
import { parseBrokerUrl } from '#runner/post-json.ts';
import { createProofKey, type ProofKey } from '#runner/proof-key.ts';
import { createSandboxHost, readVariable, temporaryFolder } from '#runner/sandbox-host.ts';
import { checkBaseCommit } from '#runner/workflow-run.ts';
import { neutralizeLine } from '#sandbox/neutralize-output.ts';
import { type AgentOrder, type AgentWork, runAgent } from '#sandbox/run-agent.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import { planOrder } from './plan-order.ts';
import { type AgentSession, parseSession } from './session.ts';
import { writeArtifact } from './write-artifact.ts';

interface Inputs {
  readonly broker: string;
  readonly grant: string;
  readonly base: string;
  readonly modelKey: string | null;
}

try {
  const sentence = await main();
  if (sentence !== null) failStep(neutralizeLine(sentence));
} catch (error) {
  failStep(neutralizeLine(error instanceof Error ? error.message : 'the agent step broke'));
}

/** A sentence when the step is to fail. */
async function main(): Promise<string | null> {
  const inputs = readInputs();
  if (!inputs.ok) return inputs.refusal;
  const { base, broker, grant, modelKey } = inputs.value;
  const policy = await readPolicy(base);
  if (!policy.ok) return policy.refusal;
  const key = createProofKey();
  const answer = await exchange(broker, grant, 'agent', key);
  if (!answer.ok) return answer.refusal;
  const session = parseSession(answer.value.body);
  if (!session.ok) return session.refusal;
  maskSecret(session.value.token);
  saveState('broker', broker);
  saveState('session', session.value.token);
  try {
    return await work({ base, key, modelKey, policy: policy.value, session: session.value });
  } finally {
    await revoke(broker, session.value.token);
  }
}

function readInputs(): Result<Inputs, string> {
  const modelKey = readInput('model-key');
  if (modelKey !== null) maskSecret(modelKey);
  const grant = readInput('grant');
  const broker = parseBrokerUrl(readInput('broker') ?? '');
  if (!broker.ok) return broker;
  if (grant === null || !/^[0-9a-f-]{36}$/.test(grant))
    return refuse('"grant" must be the id that the App dispatched this workflow with');
  const base = resolve(readInput('base') ?? '');
  return ok({ broker: broker.value, grant, base, modelKey });
}

async function readPolicy(base: string): Promise<Result<Policy, string>> {
  const text = await disk.readText(join(base, policyPath), policyBytesMax);
  if (text === null) return refuse(`the base has no ${policyPath}: add one`);
  const policy = parsePolicy(text);
  if (policy.ok) return policy;
  const mistakes = policy.refusal.errors.map(
    ({ line, key, message }) => `line ${line}${key === '' ? '' : `, ${key}`}: ${message}`,
  );
  return refuse(`${policyPath} is not a policy: ${mistakes.slice(0, 5).join('; ')}`);
}

async function work(facts: {
  readonly base: string;
  readonly key: ProofKey;
  readonly modelKey: string | null;
  readonly policy: Policy;
  readonly session: AgentSession;
}): Promise<string | null> {
  const scratch = await mkdtemp(join(temporaryFolder(), 'sallyport-agent-'));
  // Not removed: an upload that fails may still read it. The runner empties its folder itself.
  const folder = await mkdtemp(join(temporaryFolder(), 'sallyport-change-'));
  try {
    const order = await plan(facts, scratch);
    if (!order.ok) return order.refusal;
    tell(`Running the agent "${order.value.use}" for at most ${order.value.minutes} minutes`);
    const done = await runAgent(order.value, {
      openSandbox: sandboxesOn(createSandboxHost()),
      git,
      disk,
      print: printNeutralized,
    });
    return await handOver(done, folder);
  } finally {
    await disk.remove(scratch);
  }
}

async function plan(
  { base, key, modelKey, policy, session }: Parameters<typeof work>[0],
  scratch: string,
): Promise<Result<AgentOrder, string>> {
  const head = await git(['rev-parse', '--verify', 'HEAD^{commit}'], {
    gitDir: join(base, '.git'),
  });
  const baseSha = new TextDecoder().decode(head.stdout).trim();
  if (head.exitCode !== 0 || !/^[0-9a-f]{40}$/.test(baseSha))
    return refuse(`"base" must be a checkout of the base commit, got ${base}`);
  const commit = checkBaseCommit(baseSha);
  if (!commit.ok) return commit;
  const npmRegistry = policy.sandbox.egress.includes('npm') ? await readNpmRegistry() : null;
  const prove = (method: string, url: string) =>
    key.prove({ method, url, token: session.token, body: null });
  const facts = { policy, session, prove, baseDir: base, baseSha, scratch, npmRegistry, modelKey };
  return planOrder({ ...facts, variable: readVariable, findProgram });
}

/** Upload first, then outputs, then the verdict on the step: nothing that was seen is lost. */
async function handOver(done: AgentWork, folder: string): Promise<string | null> {
  await writeArtifact(done, folder);
  const artifact = await uploadFolder(artifacts.changeSet, folder);
  writeOutput('result', done.changeSet.result);
  writeOutput('artifact-id', String(artifact.id));
  writeOutput('artifact-digest', artifact.digest);
  const refused = done.egress.filter(({ decision }) => decision === 'refused').length;
  tell(
    `The agent's result is "${done.changeSet.result}": ${done.changeSet.entries.length} paths, ` +
      `${done.egress.length - refused} calls allowed, ${refused} refused`,
  );
  return done.changeSet.because;
}
