import { Fault } from './fault.ts';
import type { Json } from './json.ts';

/**
 * The one spelling of a JSON value: keys in UTF-16 order, no white space, ECMAScript numbers.
 *
 * Fails   with PROMISE_BROKEN for a number JSON cannot carry and for a lone surrogate.
 * Source  RFC 8785 §3.2
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${canonicalString(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Fault('PROMISE_BROKEN', `expected a finite number, got ${value}`);
  }
  return typeof value === 'string' ? canonicalString(value) : JSON.stringify(value);
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) {
    throw new Fault('PROMISE_BROKEN', 'expected well-formed Unicode, got a lone surrogate');
  }
  return JSON.stringify(text);
}
