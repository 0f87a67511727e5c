// Pure: the record of calls as a file, each line bound to the one before it.
import { z } from 'zod';
import { type Sha256, sha256 } from './digest.ts';
import { type EgressCall, egressCallSchema } from './egress-call.ts';

/** What the first line follows. */
const beginning: Sha256 = '0'.repeat(64);

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const link = {
  /** The run that the log is of: `<workflow run>-<attempt>`, or a name of the command line's own. */
  run: z.string().max(100),
  /** SHA-256 of the line before, without its newline. */
  previous: digest,
};
const lineSchema = egressCallSchema.extend(link);
/** The last line; a log without it was cut off. */
const endSchema = z.strictObject({
  ...link,
  end: z.literal(true),
  /** Lines above. */
  calls: z.number().int().nonnegative(),
  /** Calls that were counted and have no line. */
  unlisted: z.number().int().nonnegative(),
  /** SHA-256 of this line without this member: nothing follows that would name it. */
  hash: digest,
});

/** Writes `egress.jsonl` line by line; each text ends with a newline. */
export interface EgressLogWriter {
  add(call: EgressCall): string;
  end(unlisted?: number): string;
}

/** Begin the log of one run. */
export function createEgressLog(run: string): EgressLogWriter {
  let previous = beginning;
  let calls = 0;
  const write = (body: object) => {
    const line = JSON.stringify({ run, ...body, previous });
    previous = sha256(line);
    return `${line}\n`;
  };
  return {
    add(call) {
      calls += 1;
      return write(call);
    },
    end: (unlisted = 0) => {
      const line = JSON.stringify({ run, end: true, calls, unlisted, previous });
      return `${line.slice(0, -1)},"hash":"${sha256(line)}"}\n`;
    },
  };
}

/** A whole log. `unlisted` calls were made beyond those that are kept. */
export function renderEgressLog(run: string, calls: readonly EgressCall[], unlisted = 0): string {
  const log = createEgressLog(run);
  return [...calls.map(log.add), log.end(unlisted)].join('');
}

/** What a log says, and whether it is whole. */
export interface EgressLog {
  readonly calls: readonly EgressCall[];
  /** Lines that are no record. */
  readonly unreadable: number;
  /** Why the log is not what the gate wrote, in one sentence; null when every link holds. */
  readonly trouble: string | null;
}

/** The last member of the last line. */
const endHash = /,"hash":"[0-9a-f]{64}"\}$/;

/** Far above what a gate writes; a log is read in the App, which is everybody's. */
const linesMax = 50_000;

/** Read a log and check its chain. Every readable call is given, whatever the chain says. */
export function readEgressLog(text: string): EgressLog {
  const lines = text.split('\n').filter(Boolean).slice(0, linesMax);
  const calls: EgressCall[] = [];
  let unreadable = 0;
  let trouble: string | null = null;
  let previous = beginning;
  let run: string | null = null;
  let isEnded = false;
  let isChained = lines.length === 0;
  for (const [index, line] of lines.entries()) {
    const read = readLine(line);
    isChained ||= read.previous !== null;
    if (read.call) calls.push(read.call);
    else if (!read.end) unreadable += 1;
    run ??= read.run;
    if (read.run !== null && read.run !== run) trouble ??= `line ${index + 1} is of another run`;
    if (read.end && sha256(line.replace(endHash, '}')) !== read.end.hash)
      trouble ??= 'the last line was changed';
    if (isEnded) trouble ??= `line ${index + 1} stands behind the log's end`;
    if (read.previous !== previous)
      trouble ??= `line ${index + 1} does not follow the line before it: something was changed, added or taken out`;
    if (read.end && read.end.calls !== index)
      trouble ??= `the log's end counts ${read.end.calls} calls, seen are ${index}`;
    isEnded ||= read.end !== null;
    previous = sha256(line);
  }
  if (!isEnded)
    trouble ??= `the log ends after ${lines.length} lines without its last: it was cut off`;
  if (!isChained)
    trouble = 'its lines are not chained: an older action wrote it, or it was changed';
  return { calls, unreadable, trouble };
}

interface Line {
  readonly call: EgressCall | null;
  readonly end: z.infer<typeof endSchema> | null;
  readonly previous: Sha256 | null;
  readonly run: string | null;
}

function readLine(line: string): Line {
  const json = parseJson(line);
  const end = endSchema.safeParse(json).data;
  if (end) return { call: null, end, previous: end.previous, run: end.run };
  const linked = lineSchema.safeParse(json).data;
  if (linked) {
    const { run, previous, ...call } = linked;
    return { call, end: null, previous, run };
  }
  // Logs of before there was a chain: their calls are shown, and that they prove nothing.
  const call = egressCallSchema.safeParse(json).data ?? null;
  return { call, end: null, previous: null, run: null };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
