import { Fault } from '#model/fault.ts';

/** One person of the local GitHub, acting through its REST API as a browser or gh would. */
export interface Person {
  readonly login: string;
  get<T>(path: string): Promise<T>;
  /** Fails with GitHub's own message when it refuses. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T>;
}

/** A person with a personal token. */
export function openPerson(restUrl: string, login: string, token: string): Person {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const reply = await fetch(`${restUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await reply.text();
    if (!reply.ok) {
      throw new Fault(
        'GITHUB_REFUSED',
        `${login}: ${method} ${path} was answered ${reply.status}: ${text.slice(0, 300)}`,
      );
    }
    return (text ? JSON.parse(text) : undefined) as T;
  }
  return {
    login,
    get: (path) => call('GET', path),
    send: (method, path, body) => call(method, path, body),
  };
}

/** What people do in the story, in its words. */
export function setLabel(
  person: Person,
  repository: string,
  issue: number,
  label: string,
): Promise<unknown> {
  return person.send('POST', `/repos/${repository}/issues/${issue}/labels`, { labels: [label] });
}

/** Approve exactly one commit of a pull request. */
export function approve(
  person: Person,
  repository: string,
  pull: number,
  commitId: string,
): Promise<unknown> {
  return person.send('POST', `/repos/${repository}/pulls/${pull}/reviews`, {
    event: 'APPROVE',
    commit_id: commitId,
    body: 'The evidence shows it.',
  });
}

/** Merge exactly one commit of a pull request. */
export function merge(
  person: Person,
  repository: string,
  pull: number,
  sha: string,
): Promise<{ sha: string }> {
  return person.send('PUT', `/repos/${repository}/pulls/${pull}/merge`, {
    sha,
    merge_method: 'squash',
  });
}
