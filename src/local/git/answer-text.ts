import { readMediaForm } from '../api/media-type.ts';
import type { Call } from '../api/route.ts';
import { runGit } from './git.ts';
import { EMPTY_TREE } from './name.ts';

/** A larger difference is nothing that GitHub would show as text. */
const TEXT_BYTES_MAX = 32 * 1024 * 1024;

/** A difference as git prints it, where the caller asked for no JSON. */
export interface TextAnswer {
  readonly status: 200;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What lies between two commits, as `application/vnd.github.diff` or `.patch` (one mail a commit).
 * `from` null compares with nothing. Undefined when the caller asked for another form.
 */
export async function answerAsText(
  call: Call,
  gitDir: string,
  from: string | null,
  to: string,
): Promise<TextAnswer | undefined> {
  const form = readMediaForm(call.headers.accept);
  if (form !== 'diff' && form !== 'patch') return undefined;
  const plain = ['--no-ext-diff', '--no-textconv', '--no-color', '--full-index'];
  const args =
    form === 'diff'
      ? ['diff-tree', '-r', '-p', '-M', ...plain, from ?? EMPTY_TREE, to]
      : ['format-patch', '--stdout', ...plain, ...(from ? [`${from}..${to}`] : ['--root', to])];
  const { stdout } = await runGit({ gitDir, args, truncateAt: TEXT_BYTES_MAX });
  return {
    status: 200,
    bytes: stdout,
    headers: { 'content-type': `application/vnd.github.${form}; charset=utf-8` },
  };
}
