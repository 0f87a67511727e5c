// Pure: git's pkt-line framing, as far as a push needs it (git's own documentation: protocol-common).
import { ZERO_SHA } from './name.ts';

/** One line may hold no more; the protocol says so. */
const LINE_BYTES_MAX = 65_516;

/** One reference that a push wants to change; zeros stand for "none". */
export interface PushCommand {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

export interface PushHeader {
  readonly commands: readonly PushCommand[];
  readonly capabilities: readonly string[];
}

export const FLUSH: Buffer = Buffer.from('0000');

/** Frame a payload. */
export function encodeLine(payload: Uint8Array | string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** Frame a payload of any length for a sideband: 1 is data, 2 what people read. */
export function encodeBand(band: 1 | 2, payload: Uint8Array): Buffer {
  const lines: Buffer[] = [];
  for (let at = 0; at < payload.length; at += LINE_BYTES_MAX - 1) {
    const part = payload.subarray(at, at + LINE_BYTES_MAX - 1);
    lines.push(encodeLine(Buffer.concat([Buffer.of(band), part])));
  }
  return Buffer.concat(lines);
}

/**
 * Read lines up to the first flush. `end` is where it ends; undefined while bytes are missing, and
 * 'broken' for what is no pkt-line.
 */
export function readLines(
  bytes: Buffer,
): { readonly lines: readonly Buffer[]; readonly end: number } | 'broken' | undefined {
  const lines: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const size = bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(size)) return 'broken';
    const length = Number.parseInt(size, 16);
    if (length === 0) return { lines, end: at + 4 };
    if (length < 4) return 'broken';
    if (at + length > bytes.length) return undefined;
    lines.push(bytes.subarray(at + 4, at + length));
    at += length;
  }
  return undefined;
}

/** The commands at the head of a push; undefined when one is not of the form git writes. */
export function parseCommands(lines: readonly Buffer[]): PushHeader | undefined {
  const commands: PushCommand[] = [];
  let capabilities: readonly string[] = [];
  for (const line of lines) {
    const [text = '', offered] = line.toString('utf8').replace(/\n$/, '').split('\0');
    if (offered !== undefined) capabilities = offered.split(' ').filter(Boolean);
    if (/^shallow [0-9a-f]{40}$/.test(text)) continue;
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) (refs\/.+)$/.exec(text);
    if (!match) return undefined;
    const [, before = ZERO_SHA, after = ZERO_SHA, ref = ''] = match;
    commands.push({ ref, before, after });
  }
  return { commands, capabilities };
}

/** Why a reference was not taken: the reason in the report, and what people read. */
export interface PushRefusal {
  readonly reason: string;
  readonly message: string;
}

/** Put GitHub's reasons in place of "hook declined" in what receive-pack has answered. */
export function rewriteReport(
  output: Buffer,
  isSideband: boolean,
  refusals: ReadonlyMap<string, PushRefusal>,
): Buffer {
  if (refusals.size === 0) return output;
  if (!isSideband) return rewriteLines(output, refusals);
  const outer = readLines(output);
  if (outer === undefined || outer === 'broken') return output;
  const report = Buffer.concat(outer.lines.filter((line) => line[0] === 1).map(stripBand));
  const said = outer.lines
    .filter((line) => line[0] === 2)
    .map((line) => stripBand(line).toString('utf8'))
    .filter((text) => !text.startsWith('error: hook declined to update'));
  const messages = [...said, ...[...refusals.values()].map((refusal) => refusal.message)].join('');
  return Buffer.concat([
    encodeBand(2, Buffer.from(messages)),
    encodeBand(1, rewriteLines(report, refusals)),
    FLUSH,
  ]);
}

function stripBand(line: Buffer): Buffer {
  return line.subarray(1);
}

function rewriteLines(report: Buffer, refusals: ReadonlyMap<string, PushRefusal>): Buffer {
  const parsed = readLines(report);
  if (parsed === undefined || parsed === 'broken') return report;
  const lines = parsed.lines.map((line) => {
    const [, ref = ''] = /^ng (\S+) hook declined\n?$/.exec(line.toString('utf8')) ?? [];
    const refusal = refusals.get(ref);
    return encodeLine(refusal ? `ng ${ref} ${refusal.reason}\n` : line);
  });
  return Buffer.concat([...lines, FLUSH]);
}
