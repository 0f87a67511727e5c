// One long-lived `git cat-file --batch-command` for each repository: it knows packs, and looks again
// for new ones when an object is missing.
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { gitEnvironment } from './git.ts';
import { isObjectType, OBJECT_BYTES_MAX, type ObjectType } from './loose-object.ts';

/** A process that nobody has asked for so long ends; the next question starts another. */
const IDLE_MS = 5_000;

/** What git says of one object: `bytes` only when they were asked for. */
export interface PackAnswer {
  readonly type: ObjectType;
  readonly size: number;
  readonly bytes: Buffer | undefined;
}

export interface PackReader {
  /** Ask about one full id. Rejects when the process dies first. */
  ask(command: 'info' | 'contents', sha: string): Promise<PackAnswer | undefined>;
  /** End the process; resolves when it is gone. */
  close(): Promise<void>;
}

interface Question {
  readonly wantsBytes: boolean;
  readonly resolve: (answer: PackAnswer | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Start the process of one repository. `onEnd` is told once, when it will answer no more. */
export function openPackReader(gitDir: string, onEnd: () => void): PackReader {
  const child = spawn('git', [`--git-dir=${gitDir}`, 'cat-file', '--batch-command'], {
    env: gitEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const questions: Question[] = [];
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(idle);
      onEnd();
      for (const each of questions.splice(0)) each.reject(new Error('git cat-file has ended'));
      resolve();
    };
    child.once('error', end).once('close', end);
  });
  const idle = setTimeout(() => finish(), IDLE_MS);
  idle.unref();
  const finish = () => {
    // From here on nobody new may ask this process.
    onEnd();
    child.stdin.end();
  };
  child.stdin.on('error', () => undefined);
  follow(child, questions);
  keepAlive(child, false);
  return {
    ask: (command, sha) =>
      new Promise((resolve, reject) => {
        idle.refresh();
        keepAlive(child, true);
        const settle = <T>(then: (value: T) => void) => {
          return (value: T) => {
            if (questions.length === 0) keepAlive(child, false);
            then(value);
          };
        };
        questions.push({
          wantsBytes: command === 'contents',
          resolve: settle(resolve),
          reject: settle(reject),
        });
        child.stdin.write(`${command} ${sha}\n`);
      }),
    close: () => {
      // Whoever closes waits: without this, ours could end in the middle of its own end.
      keepAlive(child, true);
      finish();
      return ended;
    },
  };
}

/** The process keeps ours alive only while a question is open. */
function keepAlive(child: ChildProcess, isNeeded: boolean): void {
  if (isNeeded) child.ref();
  else child.unref();
  for (const stream of [child.stdin, child.stdout]) {
    if (!(stream instanceof Socket)) continue;
    if (isNeeded) stream.ref();
    else stream.unref();
  }
}

/** Answers come in the order of the questions: a line, then the bytes when they were asked for. */
function follow(child: ChildProcess, questions: Question[]): void {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = 1;
  child.stdout?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) return;
    let bytes = Buffer.concat(chunks);
    for (;;) {
      const taken = takeAnswer(bytes, questions[0]?.wantsBytes ?? false);
      if (typeof taken === 'number') {
        wanted = taken;
        break;
      }
      bytes = bytes.subarray(taken.length);
      questions.shift()?.resolve(taken.answer);
    }
    if (wanted > OBJECT_BYTES_MAX) child.kill('SIGKILL');
    chunks = [bytes];
    held = bytes.length;
  });
}

/** The first whole answer, or how many bytes there must be before it is worth looking again. */
function takeAnswer(
  bytes: Buffer,
  wantsBytes: boolean,
): number | { readonly answer: PackAnswer | undefined; readonly length: number } {
  const end = bytes.indexOf('\n');
  if (end < 0) return bytes.length + 1;
  const [, type = '', digits = ''] = bytes.toString('latin1', 0, end).split(' ');
  if (!isObjectType(type)) return { answer: undefined, length: end + 1 };
  const size = Number(digits);
  if (!wantsBytes) return { answer: { type, size, bytes: undefined }, length: end + 1 };
  const length = end + 1 + size + 1;
  if (bytes.length < length) return length;
  return { answer: { type, size, bytes: bytes.subarray(end + 1, length - 1) }, length };
}
