import { Fault } from '#model/fault.ts';
import type { Json } from '#model/json.ts';

// Pure. JSON has no Map, Set, Date or bytes: each becomes an object with one key that starts with a
// dollar sign, and an object that has such a key of its own is written as its list of pairs.

/**
 * Write a value of the state as JSON. Shape: null, booleans, numbers, text, arrays, plain objects,
 * Map, Set, Date, Uint8Array, to any depth; a property that is undefined is left out.
 * Throws LOCAL_GITHUB on a function or a class's instance: state holds neither.
 */
export function toPlain(value: unknown, path = 'state'): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item, index) => toPlain(item, `${path}.${index}`));
  if (value instanceof Map) return { $map: toPairs(value, path) };
  if (value instanceof Set) return { $set: toPlain([...value], path) };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (!isPlainObject(value))
    throw new Fault('LOCAL_GITHUB', `${path} cannot be saved: it is no plain data`);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.some(([key]) => key.startsWith('$'))) return { $object: toPairs(entries, path) };
  return Object.fromEntries(entries.map(([key, each]) => [key, toPlain(each, `${path}.${key}`)]));
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

function toPairs(entries: Iterable<readonly [unknown, unknown]>, path: string): Json[] {
  return [...entries].map(([key, each]) => [
    toPlain(key, path),
    toPlain(each, `${path}.${String(key)}`),
  ]);
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
