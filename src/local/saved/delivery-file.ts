import { appendFile, open, readFile, rename, truncate } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import type { Delivery } from '../webhook/delivery-log.ts';

// Deliveries never change and are the largest part of the state: they are appended, one a line.

/** The deliveries of a folder on disk. */
export interface DeliveryFile {
  /** Add deliveries and flush them. `kept` are all that are to stay when the file is written anew. */
  append(fresh: readonly Delivery[], kept: () => readonly Delivery[]): Promise<void>;
}

/** When the file holds this many times the deliveries that are kept, it is written anew. */
const SLACK = 2;

/**
 * Open the file and read it. A last line that a crash cut off is dropped; anything else that is no
 * delivery refuses the file, with one sentence, and leaves it as it is.
 */
export async function openDeliveryFile(
  folder: string,
  keptMax: number,
): Promise<{ readonly file: DeliveryFile; readonly deliveries: readonly Delivery[] }> {
  const name = path.join(folder, 'deliveries.jsonl');
  const bytes = await readFile(name).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  });
  const whole = bytes.lastIndexOf(0x0a) + 1;
  const deliveries: Delivery[] = [];
  // Line by line: all of them together may be more than one text can hold.
  for (let start = 0; start < whole; ) {
    const end = bytes.indexOf(0x0a, start);
    deliveries.push(parseLine(name, bytes.toString('utf8', start, end), deliveries.length + 1));
    start = end + 1;
  }
  if (whole < bytes.length) await truncate(name, whole);
  const kept = deliveries.slice(-keptMax);
  return { file: openWriter(name, deliveries.length, keptMax), deliveries: kept };
}

function openWriter(name: string, linesFound: number, keptMax: number): DeliveryFile {
  let lines = linesFound;
  return {
    append: async (fresh, kept) => {
      if (fresh.length === 0) return;
      lines += fresh.length;
      if (lines <= keptMax * SLACK) {
        await appendFile(name, [...render(fresh)].join(''), { mode: 0o600, flush: true });
        return;
      }
      const all = kept();
      const next = await open(`${name}.next`, 'w', 0o600);
      try {
        await next.writeFile(render(all));
        await next.sync();
      } finally {
        await next.close();
      }
      await rename(`${name}.next`, name);
      lines = all.length;
    },
  };
}

function* render(deliveries: readonly Delivery[]): Iterable<string> {
  for (const delivery of deliveries) yield `${JSON.stringify(delivery)}\n`;
}

function parseLine(name: string, line: string, number: number): Delivery {
  try {
    const value: unknown = JSON.parse(line);
    if (isDelivery(value)) return value;
  } catch {
    // The sentence below says it.
  }
  throw new Fault(
    'CONFIG_INVALID',
    `${name} is not used: line ${number} is no delivery; name another folder with --data, or move the file away`,
  );
}

function isDelivery(value: unknown): value is Delivery {
  return (
    typeof value === 'object' &&
    value !== null &&
    'guid' in value &&
    'id' in value &&
    typeof value.id === 'number'
  );
}
