import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mayExport, parseFileCommand } from './file-command.ts';
import type { JobState } from './job-state.ts';

const NAMES = ['output', 'env', 'path', 'state', 'step_summary'] as const;
type Name = (typeof NAMES)[number];

/** The files a process writes commands to, by name: `GITHUB_<NAME>` says where each is. */
export type CommandFiles = Readonly<Record<Name, string>>;

/** What a process left in its files for its own step. */
export interface TakenOver {
  readonly outputs: Readonly<Record<string, string>>;
  readonly saved: Readonly<Record<string, string>>;
  /** False when a file could not be read: the step fails, and the log says why. */
  readonly good: boolean;
}

// GitHub's limit on one step's summary; a file of commands is read up to the same size.
const FILE_BYTES_MAX = 1024 * 1024;
const TOO_LARGE = `expected a file of at most ${FILE_BYTES_MAX} bytes`;
const SUMMARY_HELP =
  'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary';

/** Make fresh files: the toolkit throws when one does not exist. */
export async function makeCommandFiles(temp: string): Promise<CommandFiles> {
  const folder = path.join(temp, '_runner_file_commands');
  await mkdir(folder, { recursive: true });
  const id = randomUUID();
  const place = (name: Name) => path.join(folder, `${name}_${id}`);
  const files: CommandFiles = {
    output: place('output'),
    env: place('env'),
    path: place('path'),
    state: place('state'),
    step_summary: place('step_summary'),
  };
  await Promise.all(Object.values(files).map((file) => writeFile(file, '')));
  return files;
}

/** The variables that tell a process where its files are. */
export function commandFileVariables(files: CommandFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(NAMES.map((name) => [`GITHUB_${name.toUpperCase()}`, files[name]]));
}

/** Read what a process wrote, do what it asks for and remove the files. What is in them is hostile. */
export async function takeOverFiles(state: JobState, files: CommandFiles): Promise<TakenOver> {
  const [output, env, paths, saved] = await Promise.all([
    readCommands(files.output),
    readCommands(files.env),
    readCommands(files.path),
    readCommands(files.state),
  ]);
  await addSummary(state, files.step_summary);
  await Promise.all(Object.values(files).map((file) => rm(file, { force: true, recursive: true })));
  const outputs = parsePairs(state, 'output', output);
  const exported = parsePairs(state, 'env', env);
  const kept = parsePairs(state, 'state', saved);
  exportAll(state, exported.pairs);
  if (paths === undefined) refuse(state, 'path', TOO_LARGE);
  addPaths(state, paths ?? '');
  return {
    outputs: Object.fromEntries(outputs.pairs),
    saved: Object.fromEntries(kept.pairs),
    good: outputs.good && exported.good && kept.good && paths !== undefined,
  };
}

// A step may put anything in a file's place: reading a pipe would never end.
async function readCommands(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return '';
  return found.isFile() && found.size <= FILE_BYTES_MAX ? readFile(file, 'utf8') : undefined;
}

function parsePairs(state: JobState, name: Name, text: string | undefined) {
  const { pairs, problem } =
    text === undefined ? { pairs: [], problem: TOO_LARGE } : parseFileCommand(text);
  if (problem !== undefined) refuse(state, name, problem);
  return { pairs, good: problem === undefined };
}

function refuse(state: JobState, name: Name, problem: string): void {
  state.log.fail(`Unable to process file command '${name}' successfully.`);
  state.log.fail(problem);
}

function exportAll(state: JobState, pairs: readonly (readonly [string, string])[]): void {
  for (const [name, value] of pairs) {
    if (mayExport(name)) state.env[name] = value;
    else state.log.fail(`Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
  }
}

// Each entry goes before all that were there, itself included.
function addPaths(state: JobState, text: string): void {
  for (const entry of text.split(/\r?\n/).filter((line) => line !== '')) {
    const rest = state.paths.filter((each) => each !== entry);
    state.paths.splice(0, state.paths.length, entry, ...rest);
  }
}

// A summary that is too large is dropped as a whole and does not fail its step, as on GitHub.
async function addSummary(state: JobState, file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size === 0) return;
  const [limit, size] = [FILE_BYTES_MAX, found.size].map((bytes) => Math.floor(bytes / 1024));
  if (found.size > FILE_BYTES_MAX)
    state.log.fail(
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${limit}k, got ${size}k. For more information see: ${SUMMARY_HELP}`,
    );
  else state.plan.record.summaries.push(state.log.masks.hide(await readFile(file, 'utf8')));
}
