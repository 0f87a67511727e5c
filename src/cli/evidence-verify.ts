import { createPublicKey } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { verifyEvidence } from '#evidence/statement/verify-evidence.ts';
import { readEgressLog } from '#model/egress-log.ts';
import { evidenceLimits } from '#model/evidence.ts';
import { Exit } from './exit-code.ts';
import { openOutput } from './output.ts';

/** `sallyport evidence verify DIR --key FILE`: offline, from the folder and the public key alone. */
export async function evidenceVerify(
  dir: string,
  options: { key?: string; json?: boolean },
): Promise<void> {
  const key = await readKey(options.key ?? join(dir, '..', 'evidence-key.pub.pem'));
  const folder = await readFolder(dir);
  const verified = verifyEvidence(folder, key);
  const output = openOutput(options.json ?? false);
  if (!verified.ok) {
    if (options.json) output.answer({ valid: false, ...verified.refusal }, []);
    throw new Exit('invalid', `${dir}: ${verified.refusal.sentence}`);
  }
  const { manifest } = verified.value;
  const { id, subject, verdict, files } = manifest;
  const calls = checkLogs(folder);
  output.answer({ valid: true, id, subject, verdict, files: files.length, calls }, [
    `${id} is signed and whole: ${files.length} files`,
    `  commit  ${subject.headSha} on ${subject.baseSha}`,
    `  verdict ${verdict.result}: ${verdict.properties.join(', ') || 'nothing shown'}`,
    ...calls.map(({ log, trouble }) => `  ${log} ${trouble ?? 'has every link of its chain'}`),
  ]);
}

/** Signed is what the App was given; whether a gate wrote it so, the log's own chain says. */
function checkLogs(folder: ReadonlyMap<string, Uint8Array>) {
  return [...folder]
    .filter(([path]) => path.endsWith('egress.jsonl'))
    .map(([log, bytes]) => {
      const { calls, trouble } = readEgressLog(new TextDecoder().decode(bytes));
      return { log, calls: calls.length, trouble };
    });
}

async function readKey(path: string) {
  try {
    return createPublicKey(await readFile(path));
  } catch (error) {
    throw new Exit(
      'usage',
      `cannot read a public key in PEM from ${path}: name it with --key FILE`,
      {
        cause: error,
      },
    );
  }
}

async function readFolder(dir: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => {
    throw new Exit('usage', `cannot read the folder ${dir}`);
  });
  const links = entries.filter((entry) => !entry.isFile() && !entry.isDirectory());
  if (links.length > 0)
    throw new Exit('invalid', `${dir} holds something that is no file: ${links[0]?.name}`);
  const names = entries.filter((entry) => entry.isFile());
  if (names.length > evidenceLimits.filesMax * 2)
    throw new Exit('invalid', `${dir} holds too many files`);
  const files = new Map<string, Uint8Array>();
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    files.set(relative(dir, path).split(sep).join('/'), await readFile(path));
  }
  return files;
}
