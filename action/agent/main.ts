// The agent job's one step of ours: exchange, run the agent in the sandbox, hand over what it left.
// Wires the runner's edge to the sandbox stage; decides nothing itself.
import { mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findRelease, isInstalled } from '#agent/release.ts';
import { usesNpm } from '#model/egress-entry.ts';
import { sayUsage } from '#model/model-usage.ts';
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
import { exchange, handOver, noteUsage, renew, revoke } from '#runner/broker.ts';
import { checkContext } from '#runner/check-context.ts';
import { disk } from '#runner/disk.ts';
import { git } from '#runner/git.ts';
import { type HeldSession, holdSession } from '#runner/hold-session.ts';
import { installRelease } from '#runner/install-release.ts';
import { readNpmRegistry } from '#runner/npm-registry.ts';
import { parseBrokerUrl, parseServiceUrl } from '#runner/post-json.ts';
import { createProofKey, type ProofKey } from '#runner/proof-key.ts';
import { createSandboxHost, readVariable, temporaryFolder } from '#runner/sandbox-host.ts';
import { tellUsage, type UsageTeller } from '#runner/tell-usage.ts';
import { checkBaseCommit } from '#runner/workflow-run.ts';
import { openSpending, type Spending } from '#sandbox/model/spending.ts';
import { neutralizeLine } from '#sandbox/neutralize-output.ts';
import { type AgentOrder, type AgentWork, runAgent } from '#sandbox/run-agent.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';
import { planOrder } from './plan-order.ts';
import { type AgentSession, parseSession } from './session.ts';
import { describeVariables, parseVariables } from './variables.ts';
import { writeArtifact } from './write-artifact.ts';

interface Inputs {
  readonly broker: string;
  readonly grant: string;
  readonly base: string;
  readonly modelKey: string | null;
  readonly modelUrl: string | null;
  /** What the gate injects, from the caller's secrets. */
  readonly variables: ReadonlyMap<string, string>;
}

const modelUrlForm = '"model-url" must be the https URL of the model provider’s API';

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
  const { base, broker, grant, modelKey, modelUrl, variables } = inputs.value;
  const policy = await readPolicy(base);
  if (!policy.ok) return policy.refusal;
  const key = createProofKey();
  const answer = await exchange(broker, grant, 'agent', key);
  if (!answer.ok) return answer.refusal;
  const session = parseSession(answer.value.body);
  if (!session.ok) return session.refusal;
  saveState('broker', broker);
  keepToken(session.value.token);
  const held = holdSession(session.value, {
    renew: (token) => renew(broker, token, key),
    renewed: keepToken,
    tell: (sentence) => tell(neutralizeLine(sentence)),
  });
  try {
    const facts = { base, broker, held, key, modelKey, modelUrl, policy: policy.value };
    const variable = readInjected(policy.value, variables);
    const teller = tellUsage((usage) => noteUsage(broker, held.token(), usage, key));
    const spending = openSpending(policy.value.agent, teller.note);
    return await work({ ...facts, session: session.value, spending, teller, variable });
  } finally {
    await revoke(broker, await held.end());
  }
}

/** In no log, and where the post step finds it. */
function keepToken(token: string): void {
  maskSecret(token);
  saveState('session', token);
}

function readInputs(): Result<Inputs, string> {
  const modelKey = readInput('model-key');
  if (modelKey !== null) maskSecret(modelKey);
  const grant = readInput('grant');
  const broker = parseBrokerUrl(readInput('broker') ?? '');
  if (!broker.ok) return broker;
  if (grant === null || !/^[0-9a-f-]{36}$/.test(grant))
    return refuse('"grant" must be the id that the App dispatched this workflow with');
  const variables = parseVariables(readInput('variables') ?? '');
  if (!variables.ok) return variables;
  for (const value of variables.value.values()) if (value !== '') maskSecret(value);
  const base = resolve(readInput('base') ?? '');
  const modelUrl = readInput('model-url');
  const model = modelUrl === null ? ok(null) : parseServiceUrl(modelUrlForm, modelUrl);
  if (!model.ok) return model;
  const facts = { broker: broker.value, grant, base, modelKey, modelUrl: model.value };
  return ok({ ...facts, variables: variables.value });
}

/** From the input, else from the step's own environment. Both stay with the gate, outside the sandbox. */
function readInjected(policy: Policy, given: ReadonlyMap<string, string>) {
  const variable = (name: string) => given.get(name) || readVariable(name);
  for (const sentence of describeVariables(policy, variable, [...given.keys()])) tell(sentence);
  return variable;
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
  readonly broker: string;
  readonly held: HeldSession;
  readonly key: ProofKey;
  readonly modelKey: string | null;
  readonly modelUrl: string | null;
  readonly variable: (name: string) => string | null;
  readonly policy: Policy;
  readonly session: AgentSession;
  readonly spending: Spending;
  readonly teller: UsageTeller;
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
    await facts.teller.end();
    return await leave(done, folder, facts);
  } finally {
    await disk.remove(scratch);
  }
}

async function plan(
  { base, held, key, policy, session, teller: _teller, ...secrets }: Parameters<typeof work>[0],
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
  const npmRegistry = usesNpm(policy.sandbox.egress) ? await readNpmRegistry() : null;
  const prove = (method: string, url: string) =>
    key.prove({ method, url, token: held.token(), body: null });
  const ready = await checkContext(session, key);
  if (!ready.ok) return ready;
  const installed = await install(policy.agent.use, scratch);
  if (!installed.ok) return installed;
  return planOrder({
    ...{ policy, session, token: held.token, prove, baseDir: base, baseSha, scratch, npmRegistry },
    ...{ ...secrets, installed: installed.value },
  });
}

/** The agent's pinned release, unpacked; null for a command of the policy. */
async function install(
  use: Policy['agent']['use'],
  scratch: string,
): Promise<Result<string | null, string>> {
  if (!isInstalled(use)) return ok(null);
  const release = findRelease(use, process.arch);
  if (release === null)
    return refuse(`agent.use is "${use}", which has no release for ${process.arch} machines here.`);
  tell(`Installing ${release.package}, by digest`);
  return installRelease(release, { scratch, cache: readVariable('RUNNER_TOOL_CACHE') });
}

/** Upload first, then outputs, then the verdict on the step: nothing that was seen is lost. */
async function leave(
  done: AgentWork,
  folder: string,
  { broker, held, key }: Pick<Parameters<typeof work>[0], 'broker' | 'held' | 'key'>,
): Promise<string | null> {
  await writeArtifact(done, folder);
  const artifact = await uploadFolder(artifacts.changeSet, folder);
  writeOutput('result', done.changeSet.result);
  writeOutput('artifact-id', String(artifact.id));
  writeOutput('artifact-digest', artifact.digest);
  const { usage } = done.changeSet.agent;
  if (usage) tell(`Model: ${sayUsage(usage)}`);
  const refused = done.egress.filter(({ decision }) => decision === 'refused').length;
  tell(
    `The agent's result is "${done.changeSet.result}": ${done.changeSet.entries.length} paths, ` +
      `${done.egress.length - refused} calls allowed, ${refused} refused`,
  );
  return (await handOver(broker, held.token(), artifact, key)) ?? done.changeSet.because;
}
