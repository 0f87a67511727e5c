import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type LogCommand, parseLogCommand } from './log-command.ts';
import { type Masks, openMasks } from './masks.ts';
import type { Annotation } from './run-record.ts';

/** A job's log: every line is masked, stamped with the time and appended to one file. */
export interface JobLog {
  readonly masks: Masks;
  /** A line of the runner's own. */
  write(line: string): void;
  /** A line of a step: commands in it are obeyed, secrets hidden. Returns false when it broke a rule. */
  output(line: string): boolean;
  warn(message: string): void;
  fail(message: string): void;
  /** Bytes written so far. */
  size(): number;
  /** Commands stopped by one step do not stay stopped for the next. */
  endStep(): void;
  close(): Promise<void>;
}

// A job that writes more is cut, so that one loop cannot fill the disk.
const LOG_BYTES_MAX = 64 * 1024 * 1024;
// GitHub keeps 10 errors, 10 warnings and 10 notices of a step; a job gets this many in all.
const ANNOTATIONS_MAX = 50;
// Each line is searched for each mask: a job that adds more is attacking the log.
const MASKS_MAX = 1000;
const DISABLED = ['set-output', 'save-state', 'set-env', 'add-path'];

/** Where a job's log goes, and what it keeps. */
export interface JobLogOptions {
  readonly file: string;
  /** Annotations that are found in the log are appended here. */
  readonly annotations: Annotation[];
  readonly now: () => Date;
  /** Debug lines are kept only when they were asked for. */
  readonly isDebug: boolean;
}

export function openJobLog({ file, annotations, now, isDebug }: JobLogOptions): JobLog {
  mkdirSync(path.dirname(file), { recursive: true });
  const stream = createWriteStream(file);
  const masks = openMasks();
  let bytes = 0;
  let maskCount = 0;
  let stopToken: string | undefined;
  // A background process may still write when its job is over: those lines belong to nobody.
  let open = true;

  const write = (line: string) => {
    for (const each of line.split(/\r?\n/)) {
      const text = `${now().toISOString()} ${masks.hide(each)}\n`;
      const length = Buffer.byteLength(text);
      if (!open || bytes + length > LOG_BYTES_MAX) continue;
      bytes += length;
      stream.write(text);
    }
  };
  const annotate = (level: Annotation['level'], command: Omit<LogCommand, 'name'>) => {
    write(`##[${level === 'failure' ? 'error' : level}]${command.message}`);
    if (annotations.length < ANNOTATIONS_MAX)
      annotations.push(toAnnotation(level, command, masks.hide));
  };
  const fail = (message: string) => annotate('failure', { message, properties: {} });
  const warn = (message: string) => annotate('warning', { message, properties: {} });

  const commands: Readonly<Record<string, (command: LogCommand) => void>> = {
    'stop-commands': (command) => {
      stopToken = command.message;
    },
    error: (command) => annotate('failure', command),
    warning: (command) => annotate('warning', command),
    notice: (command) => annotate('notice', command),
    group: (command) => write(`##[group]${command.message}`),
    endgroup: () => write('##[endgroup]'),
    debug: (command) => {
      if (isDebug) write(`##[debug]${command.message}`);
    },
  };
  // A secret that cannot be hidden any more would be printed next, so the step fails.
  const addMask = (value: string): boolean => {
    if (value.trim() === '')
      warn("Can't add secret mask for empty string in ##[add-mask] command.");
    maskCount += 1;
    if (maskCount <= MASKS_MAX) masks.add(value);
    else fail(`expected at most ${MASKS_MAX} add-mask commands in a job: this value is not hidden`);
    return maskCount <= MASKS_MAX;
  };
  const obey = (command: LogCommand, line: string): boolean => {
    if (DISABLED.includes(command.name)) {
      fail(
        `The \`${command.name}\` command is disabled. Please upgrade to using Environment Files.`,
      );
      return false;
    }
    if (command.name === 'add-mask') return addMask(command.message);
    const known = commands[command.name];
    if (known === undefined) write(line);
    else known(command);
    return true;
  };

  const output = (line: string): boolean => {
    const command = stopToken === undefined ? parseLogCommand(line) : undefined;
    if (command !== undefined) return obey(command, line);
    if (stopToken !== undefined && line.trim() === `::${stopToken}::`) stopToken = undefined;
    else write(line);
    return true;
  };

  return {
    masks,
    write,
    fail,
    warn,
    output,
    size: () => bytes,
    endStep: () => {
      stopToken = undefined;
    },
    close: () => {
      open = false;
      return new Promise((resolve) => stream.end(() => resolve()));
    },
  };
}

function toAnnotation(
  level: Annotation['level'],
  { message, properties }: Omit<LogCommand, 'name'>,
  hide: (text: string) => string,
): Annotation {
  const { title, file = '.github', line } = properties;
  return {
    level,
    message: hide(message),
    title: title === undefined ? null : hide(title),
    path: hide(file),
    line: Number(line) || 1,
  };
}
