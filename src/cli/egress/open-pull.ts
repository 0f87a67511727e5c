// A proposed policy as a pull request, with a person's own token: the App has no part in it.
import { z } from 'zod';
import type { EgressProposal, ReasonedEntry } from '#model/egress-entry.ts';
import { policyPath } from '#model/names.ts';
import { codeSpan } from '#model/neutralise.ts';
import { readVariable } from '#runner/sandbox-host.ts';
import { Exit } from '../exit-code.ts';

/** A repository's policy at its default branch, and where to propose another. */
export interface RemotePolicy {
  readonly text: string;
  readonly base: string;
  readonly baseSha: string;
  readonly treeSha: string;
  readonly ask: Ask;
}

type Ask = <T>(
  method: 'GET' | 'POST',
  path: string,
  shape: z.ZodType<T>,
  body?: object,
) => Promise<T>;

const answerMs = 30_000;
const named = z.object({ sha: z.string() });

/** Read `owner/name`'s policy with the token of GITHUB_TOKEN, from GITHUB_API_URL where that is set. */
export async function readRemotePolicy(repository: string): Promise<RemotePolicy> {
  const ask = askOf(repository);
  const { default_branch: base } = await ask('GET', '', z.object({ default_branch: z.string() }));
  const ref = await ask('GET', `/git/ref/heads/${base}`, z.object({ object: named }));
  const commit = await ask('GET', `/git/commits/${ref.object.sha}`, z.object({ tree: named }));
  const entries = z.object({ tree: z.array(z.object({ path: z.string(), sha: z.string() })) });
  const { tree } = await ask('GET', `/git/trees/${commit.tree.sha}?recursive=1`, entries);
  const file = tree.find(({ path }) => path === policyPath);
  if (!file) throw new Exit('usage', `expected ${policyPath} in ${repository}, and there is none`);
  const blob = await ask('GET', `/git/blobs/${file.sha}`, z.object({ content: z.string() }));
  const text = Buffer.from(blob.content, 'base64').toString();
  return { text, base, baseSha: ref.object.sha, treeSha: commit.tree.sha, ask };
}

/** Commit the text to a branch of its own and open the pull request; returns its address. */
export async function openPolicyPull(
  { ask, base, baseSha, treeSha }: RemotePolicy,
  text: string,
  proposal: EgressProposal,
): Promise<string> {
  const tree = await ask('POST', '/git/trees', named, {
    base_tree: treeSha,
    tree: [{ path: policyPath, mode: '100644', type: 'blob', content: text }],
  });
  const message = 'chore(policy): list the ways out that were asked for';
  const commit = await ask('POST', '/git/commits', named, {
    message,
    tree: tree.sha,
    parents: [baseSha],
  });
  const head = `sallyport-egress-${commit.sha.slice(0, 12)}`;
  await ask('POST', '/git/refs', z.unknown(), { ref: `refs/heads/${head}`, sha: commit.sha });
  const opened = z.object({ html_url: z.string() });
  const body = renderBody(proposal);
  return (await ask('POST', '/pulls', opened, { title: message, head, base, body })).html_url;
}

function renderBody({ setup, work, unused, skipped }: EgressProposal): string {
  const entries = (phase: string, list: readonly ReasonedEntry[]) =>
    list.map(
      ({ entry, reason }) =>
        `- ${phase}: ${codeSpan(JSON.stringify(entry), 500)}, ${codeSpan(reason, 300)}`,
    );
  return [
    'Entries of `sandbox.egress` for what a recorded run asked for. Each one is a way out: take out what is not needed.',
    '',
    ...entries('setup', setup),
    ...entries('work', work),
    '',
    ...unused.map(({ entry }) => `- not used in that run: ${codeSpan(JSON.stringify(entry), 500)}`),
    ...skipped.map(({ host, because }) => `- not proposed: ${codeSpan(host)}, ${because}`),
  ].join('\n');
}

function askOf(repository: string): Ask {
  const token = readVariable('GITHUB_TOKEN');
  if (token === null)
    throw new Exit('usage', 'expected a token in GITHUB_TOKEN, to open a pull request');
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository))
    throw new Exit('usage', `expected --repository owner/name, got ${repository}`);
  const api = readVariable('GITHUB_API_URL') ?? 'https://api.github.com';
  return async (method, path, shape, body) => {
    const reply = await fetch(`${api}/repos/${repository}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
      },
      signal: AbortSignal.timeout(answerMs),
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch((cause: unknown) => {
      throw new Exit('fault', `GitHub does not answer at ${api}`, { cause });
    });
    const answer: unknown = await reply.json().catch(() => null);
    const parsed = shape.safeParse(answer);
    if (reply.ok && parsed.success) return parsed.data;
    const what = `${method} ${path.split('?', 1)[0] || '/'}`;
    throw new Exit('fault', `GitHub answered ${reply.status} to ${what} of ${repository}`);
  };
}
