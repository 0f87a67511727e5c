// Git for the verify stage: its own store, none of the machine's or the repository's configuration.
import { runProcess, searchPath } from '#runner/process.ts';
import type { Git } from '#verification/verification-deps.ts';

/** Nothing outside the command line decides what git does (attacks G8: hooks, filters, URL rewriting). */
const environment = {
  PATH: searchPath(),
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
};

const settings = {
  'core.hooksPath': '/dev/null',
  'core.attributesFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  'core.fsmonitor': 'false',
  'core.autocrlf': 'false',
  'core.symlinks': 'true',
  'core.fileMode': 'true',
  'core.quotePath': 'true',
  'diff.external': '',
  'safe.directory': '*',
};

/** Git on this machine. */
export const git: Git = async (argv, { gitDir, workTree, indexFile, objects, input }) => {
  const flags = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const exit = await runProcess(['git', ...flags, ...argv], {
    cwd: workTree ?? '/',
    environment: {
      ...environment,
      GIT_DIR: gitDir,
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
      ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
      ...(objects === undefined ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: objects }),
    },
    ...(input === undefined ? {} : { input }),
  });
  return { exitCode: exit.exitCode ?? 1, stdout: exit.stdout, stderr: exit.stderr };
};
