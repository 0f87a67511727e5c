import path from 'node:path';
import {
  type CommandFiles,
  commandFileVariables,
  makeCommandFiles,
  takeOverFiles,
} from './command-files.ts';
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
  const stopped = step.signals.cancel.aborted || step.signals.kill.aborted;
  if (end.code !== 0 && !stopped) report(state, end.code, end.problem);
  const { outputs, saved, good } = await takeOverFiles(state, files);
  const isSuccess = end.code === 0 && obedient && good;
  return { outcome: stopped ? 'cancelled' : isSuccess ? 'success' : 'failure', outputs, saved };
}

function report(state: JobState, code: number | null, problem: string | undefined): void {
  if (code !== null) state.log.fail(`Process completed with exit code ${code}.`);
  else state.log.fail(`Process did not complete: ${problem ?? 'unknown reason'}.`);
}

/** The whole environment of a step's process. Nothing of the host's own goes in. */
export function buildEnvironment(
  step: Pick<StepProcess, 'state' | 'frame' | 'env' | 'extra'>,
  files: CommandFiles,
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
    ...commandFileVariables(files),
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
