// GitHub's published REST description as types: what an operation may answer does not compile
// otherwise. Source: `@octokit/openapi-types` (API version 2022-11-28).
import type { components, operations } from '@octokit/openapi-types';

/** An operation's id, as in `issues/get`. */
export type Operation = keyof operations;

/** The description allows int64 to be a bigint, which JSON cannot carry. */
type Plain<T> = T extends bigint ? never : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

/** A named schema of the description, as we render it: `Schema<'issue'>`. */
export type Schema<N extends keyof components['schemas']> = Plain<components['schemas'][N]>;

type Responses<O extends Operation> = operations[O] extends { responses: infer R } ? R : never;

/** What a response carries as JSON; undefined for one without a body. */
type JsonOf<T> = T extends { content: infer C }
  ? [C] extends [never]
    ? undefined
    : C extends { 'application/json': infer B }
      ? B
      : unknown
  : undefined;

/**
 * With a body, it must be GitHub's; bytes are for what is no JSON: an archive, a log, or the media
 * type that the caller has asked for instead.
 */
type Body<B> = [B] extends [undefined]
  ? { readonly body?: undefined; readonly bytes?: Uint8Array }
  : { readonly body: B } | { readonly body?: undefined; readonly bytes: Uint8Array };

/** Every answer of an operation that its description knows: status, body, and any headers. */
export type Reply<O extends Operation> = {
  [S in keyof Responses<O> & number]: {
    readonly status: S;
    readonly headers?: Readonly<Record<string, string>>;
  } & Body<JsonOf<Responses<O>[S]>>;
}[keyof Responses<O> & number];

/** What every payload carries, added when it is sent. */
type Envelope = 'repository' | 'organization' | 'sender' | 'installation' | 'enterprise';
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/**
 * One event's own part of a webhook, by event and action joined with dashes:
 * `Webhook<'pull-request-opened'>`, `Webhook<'push'>`.
 */
export type Webhook<N extends string> = `webhook-${N}` extends keyof components['schemas']
  ? Without<Schema<`webhook-${N}`>, Envelope>
  : never;
