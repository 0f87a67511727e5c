import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BLOB_BYTES_MAX } from './blob-size.ts';
import type { PushCommand, PushRefusal } from './pkt-line.ts';
import { WORKFLOW_FOLDER, WORKFLOW_LOG } from './workflow-change.ts';

/** What one push may not do. */
export interface PushRules {
  /** What the rules say of one command, as far as they can be asked before git has the objects. */
  readonly judge: (command: PushCommand) => Verdict;
  readonly canChangeWorkflows: boolean;
}

/** Why a command is refused: in any case, when it does not go forward, when it brings merges. */
export interface Verdict {
  readonly always?: PushRefusal | undefined;
  readonly ifForced?: PushRefusal | undefined;
  readonly ifMerged?: PushRefusal | undefined;
}

/** A folder of hooks for one push; git asks it about each reference, after it has the objects. */
export interface PushHook {
  readonly dir: string;
  /** What the hook has refused, by reference. */
  readRefusals(): Promise<ReadonlyMap<string, PushRefusal>>;
  remove(): Promise<void>;
}

const WHEN = ['always', 'ifForced', 'ifMerged'] as const;

const SCRIPT = `#!/bin/sh
dir=\${0%/*}
zero=0000000000000000000000000000000000000000
if [ "$2" = $zero ]; then without='--not --all'; else without="^$2"; fi
if grep -Fxq -e "$1" "$dir/always"; then exit 1; fi
if grep -Fxq -e "$1" "$dir/ifForced" && [ "$2" != $zero ] && [ "$3" != $zero ] && ! git merge-base --is-ancestor "$2" "$3"; then
  printf '%s\\n' "$1" >>"$dir/forced"; exit 1
fi
if grep -Fxq -e "$1" "$dir/ifMerged" && [ "$3" != $zero ] && [ -n "$(git rev-list --merges -n 1 "$3" $without)" ]; then
  printf '%s\\n' "$1" >>"$dir/merged"; exit 1
fi
if [ -e "$dir/no-workflows" ] && [ "$3" != $zero ]; then
  found=$(git ${WORKFLOW_LOG.join(' ')} "$3" --not --all -- ${WORKFLOW_FOLDER} | head -n 1)
  if [ -n "$found" ]; then printf '%s\\t%s\\n' "$1" "$found" >>"$dir/workflows"; exit 1; fi
fi
if [ "$3" != $zero ]; then
  found=$(git rev-list --objects --filter=blob:limit=${BLOB_BYTES_MAX + 1} --filter-print-omitted "$3" --not --all |
    grep -m 1 '^~')
  if [ -n "$found" ]; then
    sha=\${found#'~'}
    file=$(git rev-list --objects "$3" --not --all | grep -m 1 "^$sha ")
    printf '%s\\t%s\\t%s\\n' "$1" "$(git cat-file -s "$sha")" "\${file#* }" >>"$dir/large"
    exit 1
  fi
fi
exit 0
`;

/** Write the hook of one push. It is ours: hooks that lie in a repository never run. */
export async function openPushHook(
  rules: PushRules,
  commands: readonly PushCommand[],
): Promise<PushHook> {
  const verdicts = new Map(commands.map((command) => [command.ref, rules.judge(command)]));
  const list = (when: keyof Verdict) =>
    [...verdicts].flatMap(([ref, verdict]) => (verdict[when] ? [`${ref}\n`] : [])).join('');
  const dir = await mkdtemp(path.join(tmpdir(), 'local-git-hook-'));
  const write = (name: string, text: string, mode = 0o600) =>
    writeFile(path.join(dir, name), text, { mode });
  await Promise.all([
    write('update', SCRIPT, 0o700),
    ...WHEN.map((when) => write(when, list(when))),
    write('forced', ''),
    write('merged', ''),
    write('workflows', ''),
    write('large', ''),
    ...(rules.canChangeWorkflows ? [] : [write('no-workflows', '')]),
  ]);
  return {
    dir,
    readRefusals: async () => {
      const [workflows = '', large = '', forced = '', merged = ''] = await Promise.all(
        ['workflows', 'large', 'forced', 'merged'].map((name) =>
          readFile(path.join(dir, name), 'utf8'),
        ),
      );
      return new Map([
        ...collectRules(verdicts, forced, merged),
        ...collectWorkflows(workflows),
        ...collectLarge(large),
      ]);
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** What the rules refused: at once, or when git had the objects. */
function collectRules(
  verdicts: ReadonlyMap<string, Verdict>,
  forced: string,
  merged: string,
): ReadonlyMap<string, PushRefusal> {
  const isIn = (text: string, ref: string) => text.split('\n').includes(ref);
  const refusals = new Map<string, PushRefusal>();
  for (const [ref, verdict] of verdicts) {
    const refusal =
      verdict.always ??
      (isIn(forced, ref) ? verdict.ifForced : undefined) ??
      (isIn(merged, ref) ? verdict.ifMerged : undefined);
    if (refusal) refusals.set(ref, refusal);
  }
  return refusals;
}

/** What GitHub says of workflow files that an App may not write. */
function collectWorkflows(workflows: string): ReadonlyMap<string, PushRefusal> {
  const refusals = new Map<string, PushRefusal>();
  for (const line of workflows.split('\n')) {
    const [ref = '', file = ''] = line.split('\t');
    if (ref === '') continue;
    const reason = `refusing to allow a GitHub App to create or update workflow \`${file}\` without \`workflows\` permission`;
    refusals.set(ref, { reason, message: '' });
  }
  return refusals;
}

/** What GitHub says of files that are too large for it. */
function collectLarge(text: string): ReadonlyMap<string, PushRefusal> {
  const refusals = new Map<string, PushRefusal>();
  for (const line of text.split('\n')) {
    const [ref = '', bytes = '', file = ''] = line.split('\t');
    if (ref === '') continue;
    const size = (Number(bytes) / 1024 / 1024).toFixed(2);
    const message = [
      'error: See https://gh.io/lfs for more information.',
      `error: File ${file} is ${size} MB; this exceeds GitHub's file size limit of 100.00 MB`,
      'error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.',
      '',
    ].join('\n');
    refusals.set(ref, { reason: 'pre-receive hook declined', message });
  }
  return refusals;
}
