import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mayExport, parseFileCommand } from './file-command.ts';
import { exportGithub } from './job-context.ts';
import type { Frame, JobState, StepResult, StepSignals } from './job-state.ts';
import { runProcess } from './process-group.ts';
import { runnerContext, toTextMap } from './step-scope.ts';

/** One process of a step: a script's shell, or node with an action's entry. */
export interface StepProcess {
  readonly state: JobState;
  readonly frame: Frame;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The step's own environment: the job's, the calling frame's, then its `env:`. */
  readonly env: Readonly<Record<string, string>>;
  /** Put on top of everything: INPUT_, STATE_ and, for actions, the runtime's variables. */
  readonly extra: Readonly<Record<string, string>>;
  readonly signals: StepSignals;
}

/** What the process left in its files, besides its outcome. */
export interface StepProcessResult extends StepResult {
  readonly saved: Readonly<Record<string, string>>;
}

const COMMAND_FILES = ['output', 'env', 'path', 'state', 'step_summary'] as const;
// GitHub's limit on one step's summary; it is kept nowhere else, so more is of no use.
const SUMMARY_BYTES_MAX = 1024 * 1024;

/** Run one process with fresh command files, then take over what it wrote to them. */
export async function runStepProcess(step: StepProcess): Promise<StepProcessResult> {
  const { state } = step;
  const files = await makeCommandFiles(state.folders.temp);
  let obedient = true;
  const end = await runProcess(
    {
      file: step.file,
      args: step.args,
      cwd: step.cwd,
      env: buildEnvironment(step, files),
      onLine: (line) => {
        obedient = state.log.output(line) && obedient;
      },
      ...step.signals,
    },
    state.groups,
  );
  state.log.endStep();
  if (end.code !== 0) report(state, end.code, end.problem);
  const { outputs, saved, problem } = await takeOver(state, files);
  if (problem !== undefined) state.log.fail(problem);
  const stopped = step.signals.cancel.aborted || step.signals.kill.aborted;
  const good = end.code === 0 && obedient && problem === undefined;
  return { outcome: stopped ? 'cancelled' : good ? 'success' : 'failure', outputs, saved };
}

function report(state: JobState, code: number | null, problem: string | undefined): void {
  if (code !== null) state.log.fail(`Process completed with exit code ${code}.`);
  else state.log.fail(`Process did not complete: ${problem ?? 'unknown reason'}.`);
}

/** The whole environment of a step's process. Nothing of the host's own goes in. */
export function buildEnvironment(
  step: Pick<StepProcess, 'state' | 'frame' | 'env' | 'extra'>,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { state, frame } = step;
  const runner = toTextMap(runnerContext(state));
  const named = Object.entries(runner).filter(([, value]) => value !== '');
  return {
    ...baseEnvironment(state),
    ...step.env,
    PATH: [...state.paths, step.env.PATH ?? basePath(state)].join(path.delimiter),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    ...exportGithub({ ...state.github, ...frame.github }),
    ...Object.fromEntries(named.map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value])),
    RUNNER_TRACKING_ID: state.trackingId,
    ...Object.fromEntries(COMMAND_FILES.map((n) => [`GITHUB_${n.toUpperCase()}`, files[n] ?? ''])),
    ...state.identityEnv,
    ...step.extra,
  };
}

function baseEnvironment(state: JobState): Readonly<Record<string, string>> {
  return {
    LANG: 'C.UTF-8',
    USER: 'runner',
    SHELL: '/bin/bash',
    ...state.plan.host.options.jobEnvironment,
    HOME: state.folders.home,
    TMPDIR: state.folders.temp,
  };
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function basePath(state: JobState): string {
  const { options } = state.plan.host;
  const node = path.dirname(options.nodePath ?? process.execPath);
  return [node, options.jobEnvironment?.PATH ?? SYSTEM_PATH].join(path.delimiter);
}

// The toolkit throws when a command file does not exist, so all are made before the step.
async function makeCommandFiles(temp: string): Promise<Readonly<Record<string, string>>> {
  const folder = path.join(temp, '_runner_file_commands');
  await mkdir(folder, { recursive: true });
  const id = randomUUID();
  const pairs = COMMAND_FILES.map((name) => [name, path.join(folder, `${name}_${id}`)] as const);
  await Promise.all(pairs.map(([, file]) => writeFile(file, '')));
  return Object.fromEntries(pairs);
}

async function takeOver(state: JobState, files: Readonly<Record<string, string>>) {
  const read = (name: string) => readFile(files[name] ?? '', 'utf8').catch(() => '');
  const [output, env, paths, saved, summary] = await Promise.all(COMMAND_FILES.map(read));
  await Promise.all(Object.values(files).map((file) => rm(file, { force: true })));
  const parsed = [output, env, saved].map((text) => parseFileCommand(text ?? ''));
  const [outputs, exported, kept] = parsed.map((each) => (each.ok ? each.value : []));
  exportAll(state, exported ?? []);
  const fresh = (paths ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
  state.paths.unshift(...fresh.reverse());
  if (summary !== undefined && summary !== '' && summary.length <= SUMMARY_BYTES_MAX)
    state.summaries.push(state.log.masks.hide(summary));
  const refused = parsed.find((each) => !each.ok);
  return {
    outputs: Object.fromEntries(outputs ?? []),
    saved: Object.fromEntries(kept ?? []),
    problem: refused === undefined || refused.ok ? undefined : refused.refusal,
  };
}

function exportAll(state: JobState, pairs: readonly (readonly [string, string])[]): void {
  for (const [name, value] of pairs) {
    if (mayExport(name)) state.env[name] = value;
    else state.log.fail(`Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
  }
}
