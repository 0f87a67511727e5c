import { parse } from 'yaml';
import type { Json } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { parseJob } from './parse-job.ts';
import { parseConcurrency, parseDefaults } from './parse-settings.ts';
import { parsePermissions } from './permissions.ts';
import type { InputDefinition, JobDefinition, Workflow } from './workflow.ts';
import { isObject, openYamlReader, type YamlReader } from './yaml-reader.ts';

// GitHub refuses larger workflow files too.
const WORKFLOW_BYTES_MAX = 512 * 1024;
// A file of a few hundred aliases is a bomb, not a workflow.
const ALIASES_MAX = 100;
// GitHub's own limit on the jobs of one file is 256 for a matrix; more jobs than this is a mistake.
const JOBS_MAX = 256;

const WORKFLOW_KEYS = [
  'name',
  'run-name',
  'description',
  'on',
  'permissions',
  'env',
  'defaults',
  'concurrency',
  'jobs',
];

/** Parse a YAML document to JSON; the refusal is one sentence. Hostile text: size and aliases are capped. */
export function parseYaml(text: string): Result<Json, string> {
  if (Buffer.byteLength(text) > WORKFLOW_BYTES_MAX)
    return refuse(`expected at most ${WORKFLOW_BYTES_MAX} bytes of YAML`);
  try {
    const value: unknown = parse(text, { maxAliasCount: ALIASES_MAX });
    return ok(JSON.parse(JSON.stringify(value ?? null)));
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Check a workflow file's shape; the refusal lists everything that is wrong, one sentence each. */
export function parseWorkflow(text: string, path: string): Result<Workflow, readonly string[]> {
  const document = parseYaml(text);
  if (!document.ok) return refuse([`${path}: ${document.refusal}`]);
  if (!isObject(document.value)) return refuse([`${path}: expected a mapping at the top`]);
  const reader = openYamlReader();
  const root = document.value;
  reader.known(root, WORKFLOW_KEYS, path);
  const on = parseOn(root.on, reader);
  const call = reader.object(on.get('workflow_call'), 'on.workflow_call');
  const dispatch = reader.object(on.get('workflow_dispatch'), 'on.workflow_dispatch');
  const workflow: Workflow = {
    name: reader.text(root.name, 'name') ?? path,
    runName: reader.text(root['run-name'], 'run-name'),
    on,
    permissions: parsePermissions(root.permissions, reader, 'permissions'),
    env: root.env ?? {},
    defaults: parseDefaults(root.defaults, reader, 'defaults'),
    concurrency: parseConcurrency(root.concurrency, reader, 'concurrency'),
    dispatchInputs: parseInputs(dispatch.inputs, reader, 'on.workflow_dispatch.inputs'),
    callInputs: parseInputs(call.inputs, reader, 'on.workflow_call.inputs'),
    callOutputs: parseCallOutputs(call.outputs, reader),
    jobs: parseJobs(root.jobs, reader),
  };
  return reader.problems.length === 0 ? ok(workflow) : refuse(reader.problems);
}

function parseOn(value: Json | undefined, reader: YamlReader): ReadonlyMap<string, Json> {
  if (typeof value === 'string') return new Map([[value, null]]);
  if (Array.isArray(value)) return new Map(value.map((name: Json) => [String(name), null]));
  if (!isObject(value)) reader.problems.push('on: expected an event, a list or a mapping');
  return new Map(Object.entries(isObject(value) ? value : {}));
}

function parseInputs(value: Json | undefined, reader: YamlReader, where: string) {
  return Object.entries(reader.object(value, where)).map(([name, input]): InputDefinition => {
    const at = `${where}.${name}`;
    const read = reader.object(input, at);
    return {
      name,
      type: parseInputType(read.type, reader, at),
      required: read.required === true,
      fallback: read.default,
      options: reader.textList(read.options, `${at}.options`),
    };
  });
}

function parseInputType(value: Json | undefined, reader: YamlReader, where: string) {
  if (value === undefined) return 'string';
  if (value === 'string' || value === 'boolean' || value === 'number') return value;
  if (value === 'choice' || value === 'environment') return value;
  reader.problems.push(`${where}.type: expected an input type, got ${JSON.stringify(value)}`);
  return 'string';
}

function parseCallOutputs(value: Json | undefined, reader: YamlReader) {
  const where = 'on.workflow_call.outputs';
  const entries = Object.entries(reader.object(value, where));
  return Object.fromEntries(
    entries.map(([name, output]) => {
      const at = `${where}.${name}`;
      return [name, reader.text(reader.object(output, at).value, `${at}.value`) ?? ''];
    }),
  );
}

function parseJobs(value: Json | undefined, reader: YamlReader) {
  const entries = Object.entries(reader.object(value, 'jobs'));
  if (entries.length === 0) reader.problems.push('jobs: expected at least one job, got none');
  if (entries.length > JOBS_MAX)
    reader.problems.push(`jobs: expected at most ${JOBS_MAX} jobs, got ${entries.length}`);
  const jobs = new Map<string, JobDefinition>();
  for (const [id, job] of entries.slice(0, JOBS_MAX)) jobs.set(id, parseJob(id, job, reader));
  checkNeeds(jobs, reader);
  return jobs;
}

function checkNeeds(jobs: ReadonlyMap<string, JobDefinition>, reader: YamlReader): void {
  for (const job of jobs.values()) {
    for (const need of job.needs) {
      if (!jobs.has(need))
        reader.problems.push(`jobs.${job.id}.needs: there is no job "${need}" in this file`);
    }
  }
  const settled = new Set<string>();
  const ready = () =>
    [...jobs.values()].filter(
      (job) =>
        !settled.has(job.id) && job.needs.every((need) => settled.has(need) || !jobs.has(need)),
    );
  for (let next = ready(); next.length > 0; next = ready()) {
    for (const job of next) settled.add(job.id);
  }
  if (settled.size < jobs.size)
    reader.problems.push(
      `jobs: ${[...jobs.keys()].filter((id) => !settled.has(id)).join(', ')} wait for each other`,
    );
}
