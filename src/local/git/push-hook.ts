import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BLOB_BYTES_MAX } from './blob-size.ts';
import type { PushCommand, PushRefusal } from './pkt-line.ts';
import { WORKFLOW_FOLDER, WORKFLOW_LOG } from './workflow-change.ts';

/** What one push may not do. */
export interface PushRules {
  /** Full names of references that nobody may push to. */
  readonly protectedRefs: readonly string[];
  readonly canChangeWorkflows: boolean;
}

/** A folder of hooks for one push; git asks it about each reference, after it has the objects. */
export interface PushHook {
  readonly dir: string;
  /** What the hook has refused, by reference. */
  readRefusals(commands: readonly PushCommand[]): Promise<ReadonlyMap<string, PushRefusal>>;
  remove(): Promise<void>;
}

const SCRIPT = `#!/bin/sh
dir=\${0%/*}
if grep -Fxq -e "$1" "$dir/protected"; then exit 1; fi
if [ -e "$dir/no-workflows" ] && [ "$3" != 0000000000000000000000000000000000000000 ]; then
  found=$(git ${WORKFLOW_LOG.join(' ')} "$3" --not --all -- ${WORKFLOW_FOLDER} | head -n 1)
  if [ -n "$found" ]; then printf '%s\\t%s\\n' "$1" "$found" >>"$dir/workflows"; exit 1; fi
fi
if [ "$3" != 0000000000000000000000000000000000000000 ]; then
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
export async function openPushHook(rules: PushRules): Promise<PushHook> {
  const dir = await mkdtemp(path.join(tmpdir(), 'local-git-hook-'));
  const write = (name: string, text: string, mode = 0o600) =>
    writeFile(path.join(dir, name), text, { mode });
  await Promise.all([
    write('update', SCRIPT, 0o700),
    write('protected', rules.protectedRefs.map((ref) => `${ref}\n`).join('')),
    write('workflows', ''),
    write('large', ''),
    ...(rules.canChangeWorkflows ? [] : [write('no-workflows', '')]),
  ]);
  return {
    dir,
    readRefusals: async (commands) => {
      const [workflows = '', large = ''] = await Promise.all(
        ['workflows', 'large'].map((name) => readFile(path.join(dir, name), 'utf8')),
      );
      return new Map([...collectRefusals(rules, commands, workflows), ...collectLarge(large)]);
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

function collectRefusals(
  rules: PushRules,
  commands: readonly PushCommand[],
  workflows: string,
): ReadonlyMap<string, PushRefusal> {
  const refusals = new Map<string, PushRefusal>();
  for (const { ref } of commands) {
    if (!rules.protectedRefs.includes(ref)) continue;
    const first = `error: GH006: Protected branch update failed for ${ref}.\n`;
    const message = `${first}error: \nerror: - Changes must be made through a pull request.\n`;
    refusals.set(ref, { reason: 'protected branch hook declined', message });
  }
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
