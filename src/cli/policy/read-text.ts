import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { Exit } from '../exit-code.ts';

/** GitHub's own limit on a payload; policies and facts are far smaller. A device has no end. */
const bytesMax = 25 * 1024 * 1024;

/** What is said of the causes that people meet. */
const causes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

let isInputTaken = false;

/** A file's text, or standard input's for `-`. `what` says in the refusal what was expected. */
export async function readText(file: string, what: string): Promise<string> {
  const refuse = (got: string, cause?: unknown) =>
    new Exit('usage', `cannot read ${file}: expected ${what}, got none: ${got}`, { cause });
  const bytes = await readBytes(openFile(file, refuse), refuse);
  try {
    // A byte order mark is the text's own: whoever parses it says what it thinks of that.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse('its bytes are no text in UTF-8', cause);
  }
}

type Refuse = (got: string, cause?: unknown) => Exit;

function openFile(file: string, refuse: Refuse): Readable {
  if (file !== '-') return createReadStream(file);
  if (isInputTaken) throw refuse('standard input is read once, and another option has it');
  isInputTaken = true;
  return process.stdin;
}

async function readBytes(from: Readable, refuse: Refuse): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of from) {
      size += part.length;
      if (size > bytesMax) break;
      parts.push(part);
    }
  } catch (cause) {
    const code = typeof cause === 'object' && cause && 'code' in cause ? String(cause.code) : '';
    throw refuse(causes[code] ?? `the system says ${code}`, cause);
  }
  if (size > bytesMax) throw refuse(`it is longer than ${bytesMax} bytes`);
  return Buffer.concat(parts);
}
