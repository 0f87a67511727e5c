import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ZERO_SHA } from './name.ts';
import {
  type PushCommand,
  type PushHeader,
  parseCommands,
  readLines,
  rewriteReport,
} from './pkt-line.ts';
import { openPushHook, type PushHook, type PushRules } from './push-hook.ts';
import { resolveRef } from './ref-file.ts';

/** A push that names more references than fit here is not a person's. */
const HEADER_BYTES_MAX = 1024 * 1024;
/** GitHub's limit for one push is 2 GB; a demonstration needs no more than this. */
const PUSH_BYTES_MAX = 512 * 1024 * 1024;

/** What a push does and where it may not go. */
export interface Push extends PushRules {
  readonly gitDir: string;
  /** The decoded body. */
  readonly body: Readable;
  /** Start receive-pack with the given folder of hooks. */
  readonly start: (hooks: string) => ChildProcessWithoutNullStreams;
}

export type PushOutcome =
  | { readonly ok: true; readonly answer: Buffer; readonly changes: readonly PushCommand[] }
  | { readonly ok: false; readonly status: 400 | 413; readonly sentence: string };

/**
 * Take one push. The changes are those that read back from the repository after git has ended, so
 * nobody hears of a push that did not happen.
 */
export async function receivePush(push: Push): Promise<PushOutcome> {
  const source = limit(push.body);
  try {
    const head = await readHeader(source);
    const hook = await openPushHook(push, head.header.commands);
    try {
      return await take(push, head, source, hook);
    } finally {
      await hook.remove();
    }
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return { ok: false, status: error.status, sentence: error.message };
  }
}

async function take(
  push: Push,
  head: Header,
  source: AsyncGenerator<Buffer>,
  hook: PushHook,
): Promise<PushOutcome> {
  const child = push.start(hook.dir);
  // Git is waited for even when the body breaks: it still looks into the folder of hooks.
  const [fed, collected] = await Promise.allSettled([
    feed(child, head.bytes, source),
    collect(child),
  ]);
  if (fed.status === 'rejected') throw fed.reason;
  if (collected.status === 'rejected') throw collected.reason;
  const { commands, capabilities } = head.header;
  const refusals = await hook.readRefusals();
  const isSideband = capabilities.includes('side-band-64k');
  const answer = rewriteReport(collected.value, isSideband, refusals);
  return { ok: true, answer, changes: readBack(push.gitDir, commands) };
}

function readBack(gitDir: string, commands: readonly PushCommand[]): readonly PushCommand[] {
  return commands.filter(
    ({ ref, before, after }) => before !== after && (resolveRef(gitDir, ref) ?? ZERO_SHA) === after,
  );
}

/** A body that is not a push: too large, cut short, or not what its encoding says. */
class BodyError extends Error {
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BodyError';
    this.status = status;
  }
}

async function* limit(body: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  const chunks = body[Symbol.asyncIterator]();
  while (true) {
    const { value, done } = await chunks.next().catch((cause: unknown) => {
      throw new BodyError(400, 'The body of the push broke off or cannot be decoded.', { cause });
    });
    if (done) return;
    const bytes = Buffer.from(value);
    size += bytes.length;
    if (size > PUSH_BYTES_MAX)
      throw new BodyError(413, `A push holds at most ${PUSH_BYTES_MAX} bytes.`);
    yield bytes;
  }
}

interface Header {
  readonly header: PushHeader;
  /** What was read so far: the commands, and what came in the same chunk. */
  readonly bytes: Buffer;
}

async function readHeader(source: AsyncGenerator<Buffer>): Promise<Header> {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size <= HEADER_BYTES_MAX) {
    const { value, done } = await source.next();
    if (done) break;
    chunks.push(value);
    size += value.length;
    const bytes = Buffer.concat(chunks);
    const read = readLines(bytes);
    if (read === undefined) continue;
    const header = read === 'broken' ? undefined : parseCommands(read.lines);
    if (header === undefined) break;
    return { header, bytes };
  }
  throw new BodyError(400, 'The push does not start with commands.');
}

async function feed(
  child: ChildProcessWithoutNullStreams,
  first: Buffer,
  source: AsyncGenerator<Buffer>,
): Promise<void> {
  const { stdin } = child;
  // Git that refuses early stops reading; the rest of the body is read and dropped.
  stdin.on('error', () => undefined);
  stdin.write(first);
  try {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      if (!stdin.destroyed && !stdin.write(next.value)) await waitForRoom(stdin);
    }
  } finally {
    stdin.end();
  }
}

function waitForRoom(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done);
      resolve();
    };
    stdin.on('drain', done).on('close', done);
    if (stdin.destroyed) done();
  });
}

function collect(child: ChildProcessWithoutNullStreams): Promise<Buffer> {
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.resume();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks)));
  });
}
