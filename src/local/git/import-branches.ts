import { runGit } from './git.ts';
import { data, quote, type SourceFile } from './repository.ts';
import { formatSignature, type Signature } from './signature.ts';

/** A branch with one commit on top of another. */
export interface NewBranch {
  readonly name: string;
  /** The branch it starts from. */
  readonly from: string;
  readonly message: string;
  readonly author: Signature;
  /** What the commit adds or replaces; everything else stays. */
  readonly files: Readonly<Record<string, SourceFile>>;
}

/** Make many branches with one git process, in their order: a later one may start from an earlier. */
export async function importBranches(
  gitDir: string,
  branches: readonly NewBranch[],
): Promise<void> {
  if (branches.length === 0) return;
  await runGit({
    gitDir,
    args: ['fast-import', '--quiet', '--done', '--date-format=raw'],
    stdin: Buffer.concat([...branches.flatMap(commitOf), Buffer.from('done\n')]),
  });
}

function commitOf({ name, from, message, author, files }: NewBranch): readonly Uint8Array[] {
  const who = formatSignature(author);
  return [
    Buffer.from(`commit refs/heads/${name}\nauthor ${who}\ncommitter ${who}\n`),
    ...data(Buffer.from(message)),
    Buffer.from(`from refs/heads/${from}\n`),
    ...Object.entries(files).flatMap(([path, file]) => [
      Buffer.from(`M ${file.mode ?? '100644'} inline ${quote(path)}\n`),
      ...data(Buffer.from(file.content)),
    ]),
  ];
}
