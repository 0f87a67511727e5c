import type { Json, JsonObject } from '#model/json.ts';
import { parseConcurrency, parseDefaults } from './parse-settings.ts';
import { parsePermissions } from './permissions.ts';
import type { JobDefinition, StepDefinition } from './workflow.ts';
import { isObject, type YamlReader } from './yaml-reader.ts';

// More steps than this in one job is a generated file gone wrong.
const STEPS_MAX = 1000;
// Names are used in file names, expressions and headers: GitHub's own rule.
const JOB_ID = /^[A-Za-z_][A-Za-z0-9_-]*$/;

const JOB_KEYS = [
  'name',
  'needs',
  'if',
  'runs-on',
  'env',
  'permissions',
  'outputs',
  'strategy',
  'timeout-minutes',
  'continue-on-error',
  'concurrency',
  'environment',
  'defaults',
  'steps',
  'uses',
  'with',
  'secrets',
  'container',
  'services',
];

const STEP_KEYS = [
  'id',
  'name',
  'if',
  'run',
  'uses',
  'shell',
  'working-directory',
  'with',
  'env',
  'continue-on-error',
  'timeout-minutes',
];

/** Read one job; problems go to the reader. */
export function parseJob(id: string, value: Json, reader: YamlReader): JobDefinition {
  const where = `jobs.${id}`;
  const job = reader.object(value, where);
  reader.known(job, JOB_KEYS, where);
  checkJob(id, job, reader);
  return {
    id,
    name: reader.text(job.name, `${where}.name`),
    needs: reader.textList(job.needs, `${where}.needs`),
    condition: reader.text(job.if, `${where}.if`),
    runsOn: job['runs-on'] ?? [],
    env: job.env ?? {},
    permissions: parsePermissions(job.permissions, reader, `${where}.permissions`),
    outputs: reader.textMap(job.outputs, `${where}.outputs`),
    strategy: reader.object(job.strategy, `${where}.strategy`),
    timeoutMinutes: job['timeout-minutes'] ?? null,
    continueOnError: job['continue-on-error'] ?? false,
    concurrency: parseConcurrency(job.concurrency, reader, `${where}.concurrency`),
    environment: parseEnvironment(job.environment, reader, `${where}.environment`),
    defaults: parseDefaults(job.defaults, reader, `${where}.defaults`),
    steps: parseSteps(job.steps, reader, `${where}.steps`),
    uses: reader.text(job.uses, `${where}.uses`),
    with: reader.object(job.with, `${where}.with`),
    secrets: job.secrets ?? {},
  };
}

function checkJob(id: string, job: JsonObject, reader: YamlReader): void {
  const where = `jobs.${id}`;
  if (!JOB_ID.test(id))
    reader.problems.push(`${where}: expected a name of letters, digits, - and _, got "${id}"`);
  if (job.container !== undefined || job.services !== undefined)
    reader.problems.push(`${where}: containers and services are not available on the local runner`);
  if (job.uses === undefined && job['runs-on'] === undefined)
    reader.problems.push(`${where}: expected "runs-on" or "uses", got neither`);
  if (job.uses === undefined && (!Array.isArray(job.steps) || job.steps.length === 0))
    reader.problems.push(`${where}: expected at least one step, got none`);
  if (job.uses !== undefined && job.steps !== undefined)
    reader.problems.push(`${where}: expected "steps" or "uses", got both`);
}

function parseEnvironment(value: Json | undefined, reader: YamlReader, where: string) {
  return isObject(value) ? reader.text(value.name, `${where}.name`) : reader.text(value, where);
}

/** Read a list of steps, of a job or of a composite action. */
export function parseSteps(
  value: Json | undefined,
  reader: YamlReader,
  where: string,
): readonly StepDefinition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    reader.problems.push(`${where}: expected a list of steps`);
    return [];
  }
  if (value.length > STEPS_MAX)
    reader.problems.push(`${where}: expected at most ${STEPS_MAX} steps, got ${value.length}`);
  const steps = value
    .slice(0, STEPS_MAX)
    .map((step: Json, index) => parseStep(step, reader, `${where}[${index}]`));
  checkStepIds(steps, reader, where);
  return steps;
}

function parseStep(value: Json, reader: YamlReader, where: string): StepDefinition {
  const step = reader.object(value, where);
  reader.known(step, STEP_KEYS, where);
  if ((step.run === undefined) === (step.uses === undefined))
    reader.problems.push(`${where}: expected exactly one of "run" and "uses"`);
  return {
    id: reader.text(step.id, `${where}.id`),
    name: reader.text(step.name, `${where}.name`),
    condition: reader.text(step.if, `${where}.if`),
    run: reader.text(step.run, `${where}.run`),
    uses: reader.text(step.uses, `${where}.uses`),
    shell: reader.text(step.shell, `${where}.shell`),
    workingDirectory: reader.text(step['working-directory'], `${where}.working-directory`),
    with: reader.object(step.with, `${where}.with`),
    env: step.env ?? {},
    continueOnError: step['continue-on-error'] ?? false,
    timeoutMinutes: step['timeout-minutes'] ?? null,
  };
}

function checkStepIds(steps: readonly StepDefinition[], reader: YamlReader, where: string): void {
  const seen = new Set<string>();
  for (const { id } of steps) {
    if (id === undefined) continue;
    if (!JOB_ID.test(id)) reader.problems.push(`${where}: "${id}" cannot be a step's id`);
    if (seen.has(id.toLowerCase()))
      reader.problems.push(`${where}: expected unique ids, got "${id}" twice`);
    seen.add(id.toLowerCase());
  }
}
