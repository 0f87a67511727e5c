import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import type { Operation, Reply } from './operation.ts';

/** What a caller must hold. A list means that any one of them will do. */
export type Access =
  | 'anyone'
  | 'app-jwt'
  | 'client'
  | 'any-token'
  | 'user'
  | readonly `${string}:${'read' | 'write' | 'admin'}`[];

/** One REST call, authenticated and matched. */
export interface Call {
  readonly world: World;
  readonly principal: Principal;
  /** Path parameters, percent-decoded. `{path}`, `{ref}`, `{basehead}` may hold slashes. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The path as it was asked, without `/api/v3`. */
  readonly path: string;
  /** The parsed JSON body; an empty object when there was none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
  /** Present for paths below `/repos/{owner}/{repo}`: found, and within the token's reach. */
  readonly repository: Repository | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Raw bytes instead of JSON. */
  readonly bytes?: Uint8Array;
}

/** One operation of GitHub's REST API. `operation` is its id in the OpenAPI description. */
export interface Route {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As documented: `/repos/{owner}/{repo}/issues/{issue_number}`. */
  readonly path: string;
  readonly access: Access;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

/** A route whose handler answers only what GitHub's description of the operation allows. */
type TypedRoute<O extends Operation> = Omit<Route, 'operation' | 'handle'> & {
  readonly handle: (call: Call) => Reply<O> | Promise<Reply<O>>;
};

/** Declare operations by id; the types of an answer go no further than its handler. */
export function routes(table: { readonly [O in Operation]?: TypedRoute<O> }): readonly Route[] {
  return Object.entries(table).map(([operation, declared]) => ({
    operation,
    ...(declared as Omit<Route, 'operation'>),
  }));
}

/** An error with GitHub's body; thrown by handlers, rendered by the router. */
export class HttpError extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  /** Where the error is documented, when that is not the operation's own page. */
  documentationUrl: string | undefined;

  constructor(status: number, message: string, errors?: readonly unknown[]) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.errors = errors;
  }
}
