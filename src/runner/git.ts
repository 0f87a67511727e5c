import { runProcess } from './process.ts';

/** Nothing of the machine's or the tree's configuration decides what git runs. */
const hardened = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.autocrlf', 'false'],
  ['core.fileMode', 'true'],
  ['core.symlinks', 'true'],
  ['core.ignoreCase', 'false'],
  ['core.precomposeUnicode', 'false'],
  ['core.untrackedCache', 'false'],
  ['protocol.allow', 'never'],
  ['submodule.recurse', 'false'],
  ['diff.external', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['advice.addEmbeddedRepo', 'false'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/**
 * One git command with its own object store and index. The environment is a list: no HOME, no
 * configuration of system or user, no prompt, no pager, no replacement objects.
 */
export async function git(
  argv: readonly string[],
  options: {
    readonly gitDir: string;
    readonly workTree?: string;
    readonly indexFile?: string;
    /** Another object store to read from. */
    readonly objects?: string;
    readonly input?: Uint8Array;
  },
): Promise<{
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}> {
  const { gitDir, workTree, indexFile, objects, input } = options;
  const { exitCode, stdout, stderr } = await runProcess(['git', ...hardened, ...argv], {
    environment: {
      GIT_DIR: gitDir,
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
      ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
      ...(objects === undefined ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: objects }),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      HOME: '/nonexistent',
      LC_ALL: 'C',
    },
    ...(workTree === undefined ? {} : { cwd: workTree }),
    ...(input === undefined ? {} : { input }),
  });
  return { exitCode: exitCode ?? 128, stdout, stderr };
}
