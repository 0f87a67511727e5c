// Writes the JSON Schemas of the two policy files for editors and the table of keys in docs/policy.md, both from the
// zod schema that judges the file. `--check` compares with what is committed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { organizationJsonSchema, policyJsonSchema } from '../src/policy/policy-schema.ts';
import { renderPolicyKeys } from '../src/policy/render-policy-keys.ts';

const root = new URL('../', import.meta.url);
const document = 'docs/policy.md';
const wanted = new Map([
  ['schema/sallyport.schema.json', `${JSON.stringify(policyJsonSchema(), null, 2)}\n`],
  [
    'schema/sallyport-organization.schema.json',
    `${JSON.stringify(organizationJsonSchema(), null, 2)}\n`,
  ],
  [document, withTable(read(document), renderPolicyKeys())],
]);

const stale = [...wanted].filter(([path, text]) => read(path) !== text);
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    const names = stale.map(([path]) => path).join(', ');
    console.error(`expected ${names} to say what the schema says: run "npm run schema" and commit`);
    process.exitCode = 1;
  }
} else {
  for (const [path, text] of stale) {
    const file = fileURLToPath(new URL(path, root));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function withTable(text, table) {
  return text.replace(/(<!-- keys:[^\n]*-->\n)[\s\S]*?(<!-- \/keys -->)/, `$1${table}$2`);
}

function read(path) {
  try {
    return readFileSync(new URL(path, root), 'utf8');
  } catch {
    return '';
  }
}
