import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { ZERO_SHA } from './name.ts';
import {
  type PushCommand,
  type PushHeader,
  parseCommands,
  readLines,
  rewriteReport,
} from './pkt-line.ts';
import { openPushHook, type PushRules } from './push-hook.ts';
import { listRefs } from './ref.ts';

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
  const source = limit(push.body)[Symbol.asyncIterator]();
  const head = await readHeader(source);
  if (!head.ok) return head;
  const hook = await openPushHook(push);
  try {
    const child = push.start(hook.dir);
    const [output, isComplete] = await Promise.all([
      collect(child),
      feed(child, head.bytes, source),
    ]);
    if (!isComplete)
      return { ok: false, status: 413, sentence: `A push holds at most ${PUSH_BYTES_MAX} bytes.` };
    const { commands, capabilities } = head.header;
    const refusals = await hook.readRefusals(commands);
    const answer = rewriteReport(output, capabilities.includes('side-band-64k'), refusals);
    return { ok: true, answer, changes: await readBack(push.gitDir, commands) };
  } finally {
    await hook.remove();
  }
}

async function readBack(
  gitDir: string,
  commands: readonly PushCommand[],
): Promise<readonly PushCommand[]> {
  if (commands.length === 0) return [];
  const refs = new Map((await listRefs(gitDir, 'refs/')).map((each) => [each.ref, each.sha]));
  return commands.filter(
    ({ ref, before, after }) => before !== after && (refs.get(ref) ?? ZERO_SHA) === after,
  );
}

class TooLarge extends Error {}

async function* limit(body: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > PUSH_BYTES_MAX) throw new TooLarge();
    yield bytes;
  }
}

type Header =
  | { readonly ok: true; readonly header: PushHeader; readonly bytes: Buffer }
  | { readonly ok: false; readonly status: 400; readonly sentence: string };

async function readHeader(source: AsyncIterator<Buffer>): Promise<Header> {
  const broken = {
    ok: false,
    status: 400,
    sentence: 'The push does not start with commands.',
  } as const;
  let bytes = Buffer.alloc(0);
  while (bytes.length <= HEADER_BYTES_MAX) {
    const { value, done } = await source.next();
    if (done) return broken;
    bytes = Buffer.concat([bytes, value]);
    const read = readLines(bytes);
    if (read === 'broken') return broken;
    if (read === undefined) continue;
    const header = parseCommands(read.lines);
    return header ? { ok: true, header, bytes } : broken;
  }
  return broken;
}

/** False when the body was cut for its size; git then sees half a pack and takes nothing. */
async function feed(
  child: ChildProcessWithoutNullStreams,
  first: Buffer,
  source: AsyncIterator<Buffer>,
): Promise<boolean> {
  // Git that refuses early stops reading; the rest of the body is read and dropped.
  child.stdin.on('error', () => undefined);
  child.stdin.write(first);
  try {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      if (child.stdin.destroyed || child.stdin.write(next.value)) continue;
      await Promise.race([once(child.stdin, 'drain'), once(child.stdin, 'close')]);
    }
    return true;
  } catch (error) {
    if (error instanceof TooLarge) return false;
    throw error;
  } finally {
    child.stdin.end();
  }
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
