import { Octokit } from '@octokit/core';
import type { StageName } from '#model/stage-name.ts';
import { statusOf, toFault } from './github-fault.ts';

/** One call that was made: counted by stage for the figures, never with its body. */
export interface ApiRequest {
  readonly stage: StageName;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface Reply<T> {
  readonly status: number;
  readonly data: T;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/** What is asked for: a route as documented, with its parameters by name. */
export interface Asked {
  readonly route: string;
  readonly parameters: Record<string, unknown>;
}

/** Every way out to GitHub: counted by stage, its failure a Fault with the status kept. */
export interface Requester {
  /** `authorization` is the whole header; null for nobody. */
  call<T>(stage: StageName, authorization: string | null, asked: Asked): Promise<Reply<T>>;
  observe<T>(stage: StageName, route: string, send: () => Promise<Reply<T>>): Promise<Reply<T>>;
  /** Octokit's own, for what builds on it. */
  readonly request: Octokit['request'];
  /** Every call so far. */
  requests(): readonly ApiRequest[];
}

/** The version of the API that every call asks for. */
export const apiVersion = { 'x-github-api-version': '2022-11-28' } as const;
/** The log of calls is for figures; older calls fall off. */
const requestsKept = 10_000;

/** Open the way to one GitHub. */
export function openRequester(restUrl: string, now: () => number): Requester {
  const calls: ApiRequest[] = [];
  const octokit = new Octokit({
    baseUrl: restUrl,
    userAgent: 'sallyport',
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });

  async function observe<T>(
    stage: StageName,
    route: string,
    send: () => Promise<Reply<T>>,
  ): Promise<Reply<T>> {
    const started = now();
    const note = (status: number) => {
      const [method = '', path = ''] = route.split(' ');
      calls.push({ stage, method, route: path, status, durationMs: now() - started });
      if (calls.length > requestsKept) calls.shift();
    };
    try {
      const reply = await send();
      note(reply.status);
      return reply;
    } catch (error) {
      note(statusOf(error));
      throw toFault(route, error);
    }
  }

  return {
    observe,
    call: <T>(stage: StageName, authorization: string | null, { route, parameters }: Asked) =>
      observe(stage, route, async () => {
        const credential = authorization === null ? {} : { authorization };
        const headers = { ...apiVersion, ...credential, ...headersOf(parameters) };
        const reply = await octokit.request(route, { ...parameters, headers });
        return { status: reply.status, data: reply.data as T, headers: reply.headers };
      }),
    request: octokit.request,
    requests: () => calls,
  };
}

function headersOf(parameters: Record<string, unknown>): Record<string, string> {
  const { headers } = parameters;
  return typeof headers === 'object' && headers !== null ? (headers as Record<string, string>) : {};
}
