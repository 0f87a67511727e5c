import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import { openProcessGroups, runProcess } from './process-group.ts';

/** What a git command of the runner needs. */
export interface GitCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly home: string;
  readonly cancel: AbortSignal;
  readonly onLine?: (line: string) => void;
}

// Enough of git's last words to say why it failed.
const KEPT_LINES = 20;

/** Run git with an environment of its own; returns its output, or throws `Fault('LOCAL_GITHUB')`. */
export async function runGit(command: GitCommand): Promise<string> {
  const lines: string[] = [];
  const end = await runProcess(
    {
      file: 'git',
      args: command.args,
      cwd: command.cwd,
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: command.home,
        LC_ALL: 'C',
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        ...command.env,
      },
      onLine: (line) => {
        lines.push(line);
        command.onLine?.(line);
      },
      cancel: command.cancel,
      kill: command.cancel,
    },
    openProcessGroups('git'),
  );
  if (end.code !== 0) {
    const said = lines.slice(-KEPT_LINES).join('; ');
    throw new Fault(
      'LOCAL_GITHUB',
      `git ${command.args[0] ?? ''} failed: ${said || (end.problem ?? `exit code ${end.code}`)}`,
    );
  }
  return lines.join('\n');
}

/** Write the files of a commit of a bare repository into an empty folder: one process, no clone. */
export async function exportCommit(
  gitDir: string,
  sha: string,
  folder: string,
  cancel: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await runGit({
    args: [`--git-dir=${gitDir}`, `--work-tree=${folder}`, 'read-tree', '--reset', '-u', sha],
    cwd: folder,
    home: folder,
    env: { GIT_INDEX_FILE: path.join(path.dirname(folder), `.${path.basename(folder)}.index`) },
    cancel,
  });
}
