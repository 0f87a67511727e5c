import type { Reply, Webhook } from '#local/api/operation.ts';
import { paginate } from '#local/api/paginate.ts';
import { repositoryUrl } from '#local/api/render-repository.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import { completeEvent } from './complete-event.ts';
import { resolveDispatchInputs } from './dispatch-inputs.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { readText, resolveRef } from './repository-file.ts';
import { actorOf, openCall } from './route-call.ts';
import { renderWorkflow, runPage } from './run-json.ts';
import type { Workflow } from './workflow.ts';

// From this version on the answer always names the run.
const ALWAYS_DETAILED = '2026-03-10';

/** Listing workflows and starting them. */
export const dispatchRoutes = routes({
  'actions/list-repo-workflows': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/workflows',
    access: ['actions:read'],
    handle: listWorkflows,
  },
  'actions/get-workflow': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}',
    access: ['actions:read'],
    handle: async (call) => {
      const { repository, entry } = await findWorkflow(call);
      return { status: 200, body: renderWorkflow(call.world, repository, entry) };
    },
  },
  'actions/create-workflow-dispatch': {
    method: 'POST',
    path: '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    access: ['actions:write'],
    handle: dispatchWorkflow,
  },
});

async function listWorkflows(call: Call): Promise<Reply<'actions/list-repo-workflows'>> {
  const { repository, service } = openCall(call);
  const all = await service.workflows.list(repository);
  return paginate(
    call,
    all,
    (each) => renderWorkflow(call.world, repository, each),
    (workflows, total_count) => ({ total_count, workflows }),
  );
}

async function findWorkflow(call: Call) {
  const { repository, service } = openCall(call);
  const entry = await service.workflows.find(repository, call.params.workflow_id ?? '');
  if (entry === undefined) throw new HttpError(404, 'Not Found');
  return { repository, service, entry };
}

// The file is read at `ref`, but must exist on the default branch to have an id at all.
async function dispatchWorkflow(call: Call): Promise<Reply<'actions/create-workflow-dispatch'>> {
  const { repository, service, entry } = await findWorkflow(call);
  const { ref, inputs } = readBody(call);
  if (service.isEnterpriseServer && 'return_run_details' in call.body)
    throw new HttpError(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.');
  const resolved = await resolveRef(repository, ref);
  // A dispatch runs on a branch or a tag; a bare commit is no ref.
  if (resolved === undefined || !resolved.ref.startsWith('refs/'))
    throw new HttpError(422, `No ref found for: ${ref}`);
  const workflow = await readDispatchable(call, resolved.sha, entry.path);
  const values = resolveDispatchInputs(workflow.dispatchInputs, inputs);
  if (!values.ok) throw new HttpError(422, values.refusal);
  const actor = actorOf(call);
  const event = {
    inputs: { ...values.value.text },
    ref: resolved.ref,
    workflow: entry.path,
  } satisfies Webhook<'workflow-dispatch'>;
  call.world.emit('workflow_dispatch', repository, actor, event);
  const run = await service.runs.start({
    repository,
    entry: { ...entry, name: workflow.name },
    ref: resolved.ref,
    sha: resolved.sha,
    headSha: resolved.sha,
    event: 'workflow_dispatch',
    payload: completeEvent(call.world, repository, actor, event),
    inputs: values.value.typed,
    headBranch: resolved.ref.replace(/^refs\/(heads|tags)\//, ''),
    headRef: '',
    baseRef: '',
    title: workflow.name,
    actor,
  });
  if (!wantsDetails(call)) return { status: 204 };
  return {
    status: 200,
    body: {
      workflow_run_id: run.id,
      run_url: `${repositoryUrl(call.world, repository)}/actions/runs/${run.id}`,
      html_url: runPage(call.world, run),
    },
  };
}

function readBody(call: Call) {
  const { ref, inputs } = call.body;
  if (typeof ref !== 'string' || ref === '')
    throw new HttpError(422, 'Invalid request.\n\n"ref" wasn\'t supplied.');
  if (
    inputs !== undefined &&
    (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs))
  )
    throw new HttpError(422, "Invalid request.\n\nFor 'properties/inputs', expected an object.");
  return { ref, inputs: { ...inputs } };
}

async function readDispatchable(call: Call, sha: string, path: string): Promise<Workflow> {
  const { repository } = openCall(call);
  const text = await readText(repository, sha, path);
  if (text === undefined) throw new HttpError(404, 'Not Found');
  const workflow = parseWorkflow(text, path);
  if (!workflow.ok)
    throw new HttpError(422, `failed to parse workflow: ${workflow.refusal.join('; ')}`);
  if (!workflow.value.on.has('workflow_dispatch'))
    throw new HttpError(422, "Workflow does not have 'workflow_dispatch' trigger");
  return workflow.value;
}

function wantsDetails(call: Call): boolean {
  const version = String(call.headers['x-github-api-version'] ?? '');
  return version >= ALWAYS_DETAILED || call.body.return_run_details === true;
}
