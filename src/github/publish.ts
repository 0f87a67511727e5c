import { z } from 'zod';
import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';
import type { PersonGitHub } from './person.ts';

/** A tree as it is to be written: ready entries, and contents that go as blobs first. */
export interface TreeToWrite {
  readonly entries: readonly object[];
  readonly uploads: readonly {
    readonly path: string;
    readonly mode: string;
    readonly bytes: Uint8Array;
  }[];
}

const named = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const treeSchema = z.object({
  sha: z.string(),
  truncated: z.boolean(),
  tree: z.array(
    z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string().nullish() }),
  ),
});
const pullList = z.array(z.object({ number: z.number().int() }));
const refSchema = z.object({ object: z.object({ sha: z.string() }) });

/** Blobs are sent this many at a time. */
const uploadsAtOnce = 4;

/** Every file of the base commit; null when GitHub cut the list. */
export async function readBaseTree(github: GitHub, run: Run) {
  const reply = await github.request<unknown>(
    { ...place(run), purpose: 'read' },
    'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
    {
      ...path(run),
      tree_sha: run.baseSha,
      recursive: '1',
    },
  );
  const { sha, truncated, tree } = treeSchema.parse(reply.data);
  if (truncated) return null;
  const files = tree.flatMap((entry) =>
    entry.type === 'tree' || !entry.sha
      ? []
      : [[entry.path, { mode: entry.mode, sha: entry.sha }] as const],
  );
  return { tree: sha, files: new Map(files) };
}

/** Write a tree on another one, or on nothing; its name. */
export async function createTree(
  github: GitHub,
  run: Run,
  baseTree: string | null,
  plan: TreeToWrite,
): Promise<string> {
  const waiting = [...plan.uploads];
  const uploaded: object[] = [];
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { path: file, mode, bytes } = next;
      uploaded.push({ path: file, mode, type: 'blob', sha: await createBlob(github, run, bytes) });
    }
  };
  await Promise.all(Array.from({ length: uploadsAtOnce }, work));
  const reply = await github.write<unknown>(place(run), 'POST /repos/{owner}/{repo}/git/trees', {
    ...path(run),
    ...(baseTree === null ? {} : { base_tree: baseTree }),
    tree: [...plan.entries, ...uploaded],
  });
  return named.parse(reply.data).sha;
}

async function createBlob(github: GitHub, run: Run, bytes: Uint8Array): Promise<string> {
  const reply = await github.write<unknown>(place(run), 'POST /repos/{owner}/{repo}/git/blobs', {
    ...path(run),
    content: Buffer.from(bytes).toString('base64'),
    encoding: 'base64',
  });
  return named.parse(reply.data).sha;
}

/** A commit without author or committer: GitHub signs it as the App's own. */
export async function createCommit(
  github: GitHub,
  run: Run,
  commit: { tree: string; parents: readonly string[]; message: string },
): Promise<string> {
  const reply = await github.write<unknown>(place(run), 'POST /repos/{owner}/{repo}/git/commits', {
    ...path(run),
    ...commit,
  });
  return named.parse(reply.data).sha;
}

/** Make a ref; `taken` when it exists at another commit, `created` also when it is there already. */
export async function createRef(
  github: GitHub,
  run: Run,
  ref: string,
  sha: string,
): Promise<'created' | 'taken'> {
  try {
    await github.write(place(run), 'POST /repos/{owner}/{repo}/git/refs', {
      ...path(run),
      ref,
      sha,
    });
    return 'created';
  } catch (error) {
    if (!(error instanceof GitHubFault) || error.status !== 422) throw error;
  }
  const reply = await github.request<unknown>(
    { ...place(run), purpose: 'read' },
    'GET /repos/{owner}/{repo}/git/ref/{ref}',
    { ...path(run), ref: ref.replace(/^refs\//, '') },
  );
  return refSchema.parse(reply.data).object.sha === sha ? 'created' : 'taken';
}

/**
 * Move a ref forward, never back and never aside; `taken` when it is at something else, or gone.
 *
 * Source  docs.github.com/rest/git/refs#update-a-reference
 */
export async function moveRef(
  github: GitHub,
  run: Run,
  ref: string,
  sha: string,
): Promise<'moved' | 'taken'> {
  try {
    await github.write(place(run), 'PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      ...path(run),
      ref,
      sha,
      force: false,
    });
    return 'moved';
  } catch (error) {
    if (error instanceof GitHubFault && [404, 422].includes(error.status)) return 'taken';
    throw error;
  }
}

/** The text of a pull request. */
export interface PullText {
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

/** A pull request that is to be opened. */
export interface PullToOpen {
  readonly run: Run;
  readonly branch: string;
  readonly text: PullText;
}

/**
 * Open a pull request, or find the open one of this branch: a retry finds its own. As the App; with
 * `person` as somebody who let it, by a token narrowed for that.
 */
export async function openPull(
  github: GitHub,
  { run, branch, text }: PullToOpen,
  person?: { readonly github: PersonGitHub; readonly token: string },
): Promise<number> {
  const route = 'POST /repos/{owner}/{repo}/pulls';
  const base = run.baseRef.replace(/^refs\/heads\//, '');
  const parameters = { ...path(run), ...text, head: branch, base };
  try {
    const reply = await (person
      ? person.github.writeAs<{ number: number }>(person.token, route, parameters)
      : github.write<{ number: number }>(place(run), route, parameters));
    return reply.data.number;
  } catch (error) {
    if (!(error instanceof GitHubFault) || error.status !== 422) throw error;
    const known = await findPull(github, run, branch);
    if (known === null) throw error;
    return known;
  }
}

/** The open pull request of a branch; null when there is none. */
async function findPull(github: GitHub, run: Run, branch: string): Promise<number | null> {
  const head = `${run.repository.owner}:${branch}`;
  const found = await github.request<unknown>(
    { ...place(run), purpose: 'read' },
    'GET /repos/{owner}/{repo}/pulls',
    { ...path(run), head, state: 'open' },
  );
  return pullList.parse(found.data)[0]?.number ?? null;
}

function place({ installationId, repository }: Run) {
  return { stage: 'evidence', installationId, repositoryId: repository.id } as const;
}

function path({ repository }: Run) {
  return { owner: repository.owner, repo: repository.name };
}
