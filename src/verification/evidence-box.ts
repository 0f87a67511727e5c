// Collects the evidence tree within its limits. What must be there is put; what may be left out is offered.

import { evidenceLimits, evidencePath } from '#model/evidence.ts';
import { Fault } from '#model/fault.ts';
import type { Json } from '#model/json.ts';
import { isEvidencePath } from './evidence-layout.ts';

/** Kept free for the records that must be there: four cells, the patch list, `verify.json`. */
const reservedBytes = 80_000_000;
const reservedFiles = 300;

/** One evidence tree in the making. */
export interface EvidenceBox {
  /** A record without which there is no evidence; beyond the limits it is a fault. */
  put(path: string, content: Uint8Array | string): void;
  putJson(path: string, value: Json): void;
  /** Something useful that may be left out; the box notes it when it is. */
  offer(path: string, content: Uint8Array | string): void;
  /** True when so many files of so many bytes in all can still be offered. */
  hasRoom(count: number, bytes: number): boolean;
  /** A sentence about what was cut or could not be done, for `verify.json`. */
  note(sentence: string): void;
  readonly notes: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** An empty box. */
export function createEvidenceBox(): EvidenceBox {
  const files = new Map<string, Uint8Array>();
  const notes: string[] = [];
  let bytes = 0;
  const add = (path: string, content: Uint8Array, spare: { files: number; bytes: number }) => {
    const fits =
      content.length <= evidenceLimits.fileBytesMax &&
      files.size < evidenceLimits.filesMax - spare.files &&
      bytes + content.length <= evidenceLimits.bytesMax - spare.bytes;
    if (!fits) return false;
    if (!evidencePath.test(path) || !isEvidencePath(path) || files.has(path)) {
      throw new Fault('PROMISE_BROKEN', `expected a new path of an evidence tree, got ${path}`);
    }
    files.set(path, content);
    bytes += content.length;
    return true;
  };
  const put = (path: string, content: Uint8Array | string) => {
    if (add(path, toBytes(content), { files: 0, bytes: 0 })) return;
    throw new Fault('PROMISE_BROKEN', `expected ${path} to fit into the evidence, and it does not`);
  };
  return {
    put,
    putJson: (path, value) => put(path, `${JSON.stringify(value, null, 1)}\n`),
    offer: (path, content) => {
      if (add(path, toBytes(content), { files: reservedFiles, bytes: reservedBytes })) return;
      notes.push(`${path} was left out: the evidence would have become too large`);
    },
    hasRoom: (count, more) =>
      files.size + count <= evidenceLimits.filesMax - reservedFiles &&
      bytes + more <= evidenceLimits.bytesMax - reservedBytes,
    note: (sentence) => notes.push(sentence),
    notes,
    files,
  };
}

function toBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}
