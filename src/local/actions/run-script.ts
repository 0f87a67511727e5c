import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { evaluateText } from './expression.ts';
import type { StepCall, StepResult } from './job-state.ts';
import { runStepProcess } from './step-process.ts';
import { buildStepScope } from './step-scope.ts';

// docs.github.com, "Workflow syntax", jobs.<job_id>.steps[*].shell.
const SHELLS: Readonly<Record<string, { readonly command: string; readonly extension: string }>> = {
  '': { command: 'bash -e {0}', extension: '.sh' },
  bash: { command: 'bash --noprofile --norc -eo pipefail {0}', extension: '.sh' },
  sh: { command: 'sh -e {0}', extension: '.sh' },
  python: { command: 'python3 {0}', extension: '.py' },
};

/** Run a `run:` step: the script goes to a file, so that no quoting can change it. */
export async function runScript(call: StepCall): Promise<StepResult> {
  const { state, step, frame } = call;
  const scope = buildStepScope(state, frame, call.env);
  const script = evaluateText(step.run ?? '', scope);
  const inJob = frame.depth === 0;
  const shell = evaluateText(step.shell ?? (inJob ? state.defaults.shell : undefined) ?? '', scope);
  const folder = step.workingDirectory ?? (inJob ? state.defaults.workingDirectory : undefined);
  const chosen = SHELLS[shell] ?? { command: shell, extension: '' };
  const file = path.join(state.folders.temp, `${randomUUID()}${chosen.extension}`);
  await writeFile(file, script);
  const [program = '', ...args] = chosen.command
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => word.replaceAll('{0}', file));
  if (shell !== '' && !chosen.command.includes('{0}')) {
    state.log.fail(`expected a known shell or a template with {0}, got "${shell}"`);
    return { outcome: 'failure', outputs: {} };
  }
  writeHead(call, script, chosen.command);
  const result = await runStepProcess({
    state,
    frame,
    file: program,
    args,
    cwd: path.resolve(state.folders.workspace, evaluateText(folder ?? '', scope)),
    env: call.env,
    extra: {},
    signals: call.signals,
  });
  return { outcome: result.outcome, outputs: result.outputs };
}

function writeHead(call: StepCall, script: string, command: string): void {
  const { log } = call.state;
  log.write(`##[group]Run ${script.split('\n', 1)[0] ?? ''}`);
  log.write(script.trimEnd());
  log.write(`shell: ${command}`);
  log.write('##[endgroup]');
}
