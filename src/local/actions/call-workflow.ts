import { Fault } from '#model/fault.ts';
import type { Json, JsonObject } from '#model/json.ts';
import { resolveCallInputs } from './dispatch-inputs.ts';
import { type ExpressionScope, evaluateDeep, evaluateText } from './expression.ts';
import type { GraphInput, RunGraph, Settled } from './graph.ts';
import type { WorkflowSource } from './host.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { readText, resolveRef } from './repository-file.ts';
import type { JobDefinition, Permissions, Workflow } from './workflow.ts';
import { isObject } from './yaml-reader.ts';

/** A job that calls a reusable workflow. */
export interface WorkflowCall {
  readonly input: GraphInput;
  readonly job: JobDefinition;
  readonly scope: ExpressionScope;
  readonly name: string;
  readonly cancel: AbortSignal;
  readonly runGraph: RunGraph;
}

// GitHub's limit: the caller and nine levels of reusable workflows.
const DEPTH_MAX = 10;
const REMOTE = /^([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+)\/(\.github\/workflows\/[^@/]+\.ya?ml)@(\S+)$/;

/** Run a called workflow's jobs with at most the caller's permissions. Faults fail the calling job. */
export async function callWorkflow(call: WorkflowCall, permissions: Permissions): Promise<Settled> {
  const { input, job, scope } = call;
  if (input.depth >= DEPTH_MAX)
    throw new Fault('LOCAL_GITHUB', `expected at most ${DEPTH_MAX} levels of reusable workflows`);
  const source = await findSource(input, job.uses ?? '');
  const workflow = await readCalled(source);
  const given = evaluateDeep(job.with, scope);
  const inputs = resolveCallInputs(workflow.callInputs, isObject(given) ? given : {});
  if (!inputs.ok) throw new Fault('LOCAL_GITHUB', inputs.refusal);
  noteReference(input, source);
  const settled = await call.runGraph({
    ...input,
    scope: { workflow, source, root: input.scope.root },
    inputs: inputs.value,
    secrets: passSecrets(input, job.secrets, scope),
    inheritsSecrets: input.inheritsSecrets && job.secrets === 'inherit',
    prefix: `${input.prefix}${call.name} / `,
    cap: permissions,
    depth: input.depth + 1,
    cancel: call.cancel,
  });
  const outputs = readOutputs(workflow, settled, call);
  return { result: resultOf(settled), outputs, kept: false };
}

// `./` names the caller's own repository at the caller's own commit.
async function findSource(input: GraphInput, uses: string): Promise<WorkflowSource> {
  const { source } = input.scope;
  if (uses.startsWith('./')) return { ...source, path: uses.slice(2) };
  const parts = REMOTE.exec(uses);
  if (parts === null)
    throw new Fault(
      'LOCAL_GITHUB',
      `expected "owner/repository/.github/workflows/file.yml@ref" or "./…", got "${uses}"`,
    );
  const [, owner = '', name = '', path = '', ref = ''] = parts;
  const repository = input.host.world.repositoryByName(owner, name);
  const hidden =
    repository?.private === true && repository.ownerId !== input.run.repository.ownerId;
  const resolved =
    repository === undefined || hidden ? undefined : await resolveRef(repository, ref);
  if (repository === undefined || resolved === undefined)
    throw new Fault('LOCAL_GITHUB', `workflow was not found: ${uses}`);
  return { repository, path, ...resolved };
}

async function readCalled(source: WorkflowSource): Promise<Workflow> {
  const text = await readText(source.repository, source.sha, source.path);
  if (text === undefined)
    throw new Fault('LOCAL_GITHUB', `workflow was not found: ${source.path} at ${source.ref}`);
  const workflow = parseWorkflow(text, source.path);
  if (!workflow.ok) throw new Fault('LOCAL_GITHUB', workflow.refusal.join('; '));
  if (!workflow.value.on.has('workflow_call'))
    throw new Fault('LOCAL_GITHUB', `workflow is not reusable: ${source.path} lacks workflow_call`);
  return workflow.value;
}

function noteReference(input: GraphInput, source: WorkflowSource): void {
  const path = `${input.host.world.fullName(source.repository)}/${source.path}@${source.ref}`;
  const known = input.run.referencedWorkflows;
  if (!known.some((each) => each.path === path))
    known.push({ path, sha: source.sha, ref: source.ref });
}

function passSecrets(input: GraphInput, secrets: Json, scope: ExpressionScope) {
  if (secrets === 'inherit') return input.secrets;
  if (!isObject(secrets)) return {};
  const visible = { ...scope, contexts: { ...scope.contexts, secrets: input.secrets } };
  const pairs = Object.entries(secrets).map(([name, value]): [string, string] => [
    name,
    evaluateText(String(value), visible),
  ]);
  return Object.fromEntries(pairs);
}

function resultOf(settled: ReadonlyMap<string, Settled>): Settled['result'] {
  const results = [...settled.values()].map((each) => each.result);
  return (
    (['failure', 'cancelled', 'success'] as const).find((r) => results.includes(r)) ?? 'skipped'
  );
}

function readOutputs(
  workflow: Workflow,
  settled: ReadonlyMap<string, Settled>,
  call: WorkflowCall,
): Readonly<Record<string, string>> {
  const jobs: JsonObject = Object.fromEntries(
    [...settled].map(([id, { result, outputs }]) => [id, { result, outputs }]),
  );
  const scope = { ...call.scope, contexts: { ...call.scope.contexts, jobs } };
  const pairs = Object.entries(workflow.callOutputs).map(([name, value]) => [
    name,
    evaluateText(value, scope),
  ]);
  return Object.fromEntries(pairs);
}
