import { Fault } from '#model/fault.ts';
import type { Json, JsonObject } from '#model/json.ts';

// Pure. JSON has no Map, Set, Date or bytes: each becomes an object with one key that starts with a
// dollar sign, and an object that has such a key of its own is written as its list of pairs.

/**
 * Write a value of the state as JSON. Shape: null, booleans, numbers, text, arrays, plain objects,
 * Map, Set, Date, Uint8Array, to any depth; a property that is undefined is left out. What is JSON
 * already is given as it is, without a copy: requests wait while this runs.
 * Throws LOCAL_GITHUB on a function or a class's instance: state holds neither.
 */
export function toPlain(value: unknown): Json {
  if (isPrimitive(value)) return value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) return { $map: toPairs(value) };
  if (value instanceof Set) return { $set: toPlain([...value]) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (!isPlainObject(value))
    throw new Fault('LOCAL_GITHUB', ` (${nameOf(value)}) cannot be saved: it is no plain data`);
  if (isFlat(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.some(([key]) => key.startsWith('$'))) return { $object: toPairs(entries) };
  return Object.fromEntries(entries.map(([key, each]) => [key, within(key, each)]));
}

/** A mistake tells where it is, from the outside in. */
function within(key: string, value: unknown): Json {
  try {
    return toPlain(value);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message } = error;
    const where = `${key}${message.startsWith(' ') ? '' : '.'}`;
    throw new Fault(code, `${where}${message}`, { cause: error });
  }
}

function nameOf(value: unknown): string {
  return typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`;
}

function isPrimitive(value: unknown): value is null | boolean | string | number {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

/** Whether an object is JSON as it stands: most records are. */
function isFlat(value: object): value is JsonObject {
  for (const [key, each] of Object.entries(value))
    if (!isPrimitive(each) || key.startsWith('$')) return false;
  return true;
}

/** Read what `toPlain` wrote. */
export function fromPlain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value === null || typeof value !== 'object') return value;
  if ('$map' in value) return new Map(fromPairs(value.$map));
  if ('$set' in value) return new Set(listOf(value.$set).map(fromPlain));
  if ('$date' in value) return new Date(String(value.$date));
  if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'base64'));
  if ('$object' in value) return Object.fromEntries(fromPairs(value.$object));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, fromPlain(each ?? null)]),
  );
}

function toPairs(entries: Iterable<readonly [unknown, unknown]>): Json[] {
  return [...entries].map(([key, each]) => [toPlain(key), within(String(key), each)]);
}

function fromPairs(pairs: Json | undefined): [string, unknown][] {
  return listOf(pairs).map((pair) => {
    const [key = null, each = null] = listOf(pair);
    return [fromPlain(key) as string, fromPlain(each)];
  });
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Node's own functions may give objects of another realm, whose prototype is not this Object's.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
