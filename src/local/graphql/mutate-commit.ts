import type { Repository } from '#local/record/repository.ts';
import { optionalText } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { buildPushPayload, noreplyAddress } from '../api/push-payload.ts';
import { isBase64 } from '../git/base64.ts';
import { BLOB_BYTES_MAX } from '../git/blob-size.ts';
import type { TreeChange } from '../git/edit-tree.ts';
import { findFile } from '../git/find-file.ts';
import { isTreePath } from '../git/name.ts';
import { resolveCommit, writeBlob, writeCommit, writeTree } from '../git/object.ts';
import { updateRef } from '../git/ref.ts';
import { GITHUB } from '../git/signature.ts';
import { markVerified } from '../git/verified.ts';
import { findMoveRefusal } from '../rule/find-move-refusal.ts';
import { repositoryNode } from './find-node.ts';
import {
  checkPermission,
  type GraphqlCall,
  typedError,
  visibleRepository,
} from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { viewRef } from './view-pull.ts';

interface CommitInput {
  readonly branch: {
    readonly repositoryNameWithOwner?: string | null;
    readonly branchName?: string | null;
    readonly id?: string | null;
  };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  } | null;
}

/** GitHub's bound is on bytes (45 MB); the number of files keeps one call quick. */
const FILES_MAX = 2_000;

/** One commit on one branch, refused when the branch has moved. */
export function buildCommitMutation(call: GraphqlCall) {
  return {
    createCommitOnBranch: async ({ input }: Input<CommitInput>) => {
      const { repository, branch } = findBranch(call, input);
      checkPermission(call, repository, ['contents:write'], 'write');
      const ref = `refs/heads/${branch}`;
      const before = await resolveCommit(repository.gitDir, ref);
      if (before === undefined)
        throw typedError('NOT_FOUND', `A branch with the name '${branch}' does not exist.`);
      if (before !== input.expectedHeadOid) throw stale(input.expectedHeadOid);
      const changes = await readChanges(call, repository, before, input);
      const after = await commit(call, repository, before, changes, input);
      const actor = actorOf(call.principal);
      const move = { ref, before, after };
      const refusal = await findMoveRefusal(call.world, repository, actor, move);
      if (refusal !== undefined) throw typedError('UNPROCESSABLE', refusal);
      const outcome = await updateRef(repository.gitDir, ref, after, before);
      if (outcome !== 'done') throw stale(input.expectedHeadOid);
      // GitHub signs what it commits itself.
      await markVerified(repository.gitDir, after);
      const payload = await buildPushPayload(call.world, repository, actor, move);
      call.world.emit('push', repository, actor, payload);
      return reply(input, {
        commit: call.views.commit(repository, after),
        ref: await viewRef(call, repository, ref),
      });
    },
  };
}

function stale(oid: string) {
  // Two spaces, as GitHub writes it: clients match this sentence.
  return typedError(
    'STALE_DATA',
    `Expected branch to point to "${oid.slice(0, 64)}" but it did not.  Pull and try again.`,
  );
}

function findBranch(call: GraphqlCall, { branch }: CommitInput) {
  const [, id = '', fullRef = ''] =
    /^(\d+):refs\/heads\/(.+)$/.exec(
      Buffer.from(branch.id?.replace(/^REF_/, '') ?? '', 'base64url').toString('utf8'),
    ) ?? [];
  if (fullRef !== '') {
    const nodeId = `R_${Buffer.from(`local:${id}`).toString('base64url')}`;
    return { repository: repositoryNode(call, nodeId), branch: fullRef };
  }
  const [owner = '', name = ''] = (branch.repositoryNameWithOwner ?? '').split('/');
  const short = (branch.branchName ?? '').replace(/^refs\/heads\//, '');
  return { repository: visibleRepository(call, owner, name), branch: short };
}

async function readChanges(
  call: GraphqlCall,
  repository: Repository,
  head: string,
  { fileChanges }: CommitInput,
): Promise<readonly TreeChange[]> {
  const additions = fileChanges?.additions ?? [];
  const deletions = fileChanges?.deletions ?? [];
  const paths = [...additions, ...deletions].map(({ path }) => path);
  if (paths.length > FILES_MAX)
    throw typedError('UNPROCESSABLE', `A commit changes at most ${FILES_MAX} files here.`);
  const bad = paths.find((path) => !isTreePath(path));
  if (bad !== undefined)
    throw typedError(
      'UNPROCESSABLE',
      `A path was requested which is not valid: ${bad.slice(0, 200)}`,
    );
  if (paths.some((path) => path.toLowerCase().startsWith('.github/workflows/')))
    checkPermission(call, repository, ['workflows:write'], 'write');
  const written: TreeChange[] = [];
  for (const { path, contents } of additions) {
    const bytes = Buffer.from(contents, 'base64');
    if (!isBase64(contents) || bytes.length > BLOB_BYTES_MAX)
      throw typedError('UNPROCESSABLE', `The contents of ${path.slice(0, 200)} are not valid.`);
    const sha = await writeBlob(repository.gitDir, bytes);
    const old = await findFile(repository.gitDir, head, path);
    // A changed file keeps its exec bit; a link becomes the file that was sent.
    written.push({ path, mode: old?.mode === '100755' ? old.mode : '100644', sha });
  }
  for (const { path } of deletions) {
    if ((await findFile(repository.gitDir, head, path)) === undefined)
      throw typedError(
        'UNPROCESSABLE',
        `A path was requested for deletion which does not exist as of commit oid \`${head}\``,
      );
  }
  // Deletions first: a file may take the place of a folder that goes.
  return [...deletions.map(({ path }) => ({ path, mode: '100644', sha: null })), ...written];
}

async function commit(
  call: GraphqlCall,
  repository: Repository,
  parent: string,
  changes: readonly TreeChange[],
  { message }: CommitInput,
): Promise<string> {
  const actor = actorOf(call.principal);
  const signature = {
    name: actor.name ?? actor.login,
    email: noreplyAddress(actor),
    date: call.world.now().toISOString(),
  };
  const headline = optionalText({ ...message }, 'headline', 1000) ?? '';
  const body = optionalText({ ...message }, 'body');
  return writeCommit(repository.gitDir, {
    tree: await writeTree(repository.gitDir, parent, changes),
    parents: [parent],
    message: body ? `${headline}\n\n${body}` : headline,
    author: signature,
    committer: { ...signature, ...GITHUB },
  });
}
