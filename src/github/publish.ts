import { z } from 'zod';
import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';
import { GitHubFault } from './github-fault.ts';

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

/** Open a pull request, or find the open one of this branch: a retry finds its own. */
export async function openPull(
  github: GitHub,
  run: Run,
  branch: string,
  text: { title: string; body: string; draft: boolean },
): Promise<number> {
  const base = run.baseRef.replace(/^refs\/heads\//, '');
  try {
    const reply = await github.write<{ number: number }>(
      place(run),
      'POST /repos/{owner}/{repo}/pulls',
      { ...path(run), ...text, head: branch, base },
    );
    return reply.data.number;
  } catch (error) {
    if (!(error instanceof GitHubFault) || error.status !== 422) throw error;
    const head = `${run.repository.owner}:${branch}`;
    const found = await github.request<unknown>(
      { ...place(run), purpose: 'read' },
      'GET /repos/{owner}/{repo}/pulls',
      { ...path(run), head, state: 'open' },
    );
    const [known] = pullList.parse(found.data);
    if (!known) throw error;
    return known.number;
  }
}

function place({ installationId, repository }: Run) {
  return { stage: 'evidence', installationId, repositoryId: repository.id } as const;
}

function path({ repository }: Run) {
  return { owner: repository.owner, repo: repository.name };
}
