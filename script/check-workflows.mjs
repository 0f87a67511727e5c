// Checks every workflow and action of this repository, or of the folder that is named: prints one
// line a finding and ends with 1 when there is one.
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkHouseRules, checkYaml } from './workflow/house-rules.mjs';
import { checkInjection, checkSyntax } from './workflow/linters.mjs';

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const workflows = ['.github/workflows/*.{yml,yaml}', 'docs/sallyport.yml'];
const actions = ['action/*/action.{yml,yaml}'];

const findings = [
  ...(await checkAll(workflows, [checkSyntax, checkInjection, checkHouseRules])),
  ...(await checkAll(actions, [checkSyntax])),
];
for (const { path, line, sentence } of findings) console.log(`${path}:${line}  ${sentence}`);
if (findings.length > 0) {
  console.log(`${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in workflows`);
  process.exitCode = 1;
}

async function checkAll(patterns, checks) {
  const found = [];
  if (!existsSync(root)) throw new Error(`expected a folder at ${root}, found none`);
  for await (const path of glob(patterns, { cwd: root })) {
    const text = await readFile(join(root, path), 'utf8');
    const broken = checkYaml(path, text);
    const lists =
      broken.length > 0
        ? [broken]
        : await Promise.all(checks.map((check) => check(path, text, root)));
    for (const finding of lists.flat()) found.push({ path, ...finding });
  }
  return found.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}
