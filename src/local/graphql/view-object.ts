import type { Repository } from '#local/record/repository.ts';
import { isRevision } from '../git/name.ts';
import { readObject } from '../git/object.ts';
import { fromRawName, parseTree, typeOfMode } from '../git/tree-format.ts';
import type { GraphqlCall } from './graphql-call.ts';

/** GitHub cuts the text of large blobs; callers must look at `isTruncated`. */
const TEXT_BYTES_MAX = 512_000;

/** What an expression such as `main:README.md` names; null when nothing. */
export async function viewObject(call: GraphqlCall, repository: Repository, expression: string) {
  if (!isRevision(expression)) return null;
  const object = await readObject(repository.gitDir, expression);
  if (!object) return null;
  if (object.type === 'commit') return call.views.commit(repository, object.sha);
  if (object.type === 'blob') return viewBlob(object.sha, object.bytes);
  return {
    __typename: object.type === 'tree' ? 'Tree' : 'Tag',
    id: `OBJ_${object.sha}`,
    oid: object.sha,
    abbreviatedOid: object.sha.slice(0, 7),
    ...(object.type === 'tree' ? { entries: viewEntries(object.bytes) } : {}),
  };
}

function viewEntries(bytes: Buffer) {
  return parseTree(bytes).map(({ mode, name, sha }) => ({
    name: fromRawName(name),
    mode: Number.parseInt(mode, 8),
    type: typeOfMode(mode),
    oid: sha,
  }));
}

function viewBlob(sha: string, bytes: Buffer) {
  // git's own test: a zero byte near the start.
  const isBinary = bytes.subarray(0, 8000).includes(0);
  return {
    __typename: 'Blob',
    id: `OBJ_${sha}`,
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    byteSize: bytes.length,
    isBinary,
    isTruncated: bytes.length > TEXT_BYTES_MAX,
    text: isBinary ? null : bytes.subarray(0, TEXT_BYTES_MAX).toString('utf8'),
  };
}
