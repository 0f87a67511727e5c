// Writes the JSON Schemas of the two policy files for editors and the tables of keys and bundles in docs/policy.md, from
// the zod schema that judges the file and the data that it names. `--check` compares with what is committed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { organizationJsonSchema, policyJsonSchema } from '../src/policy/policy-schema.ts';
import { renderBundles } from '../src/policy/render-bundles.ts';
import { renderPolicyKeys } from '../src/policy/render-policy-keys.ts';

const root = new URL('../', import.meta.url);
const document = 'docs/policy.md';
const wanted = new Map([
  ['schema/sallyport.schema.json', `${JSON.stringify(policyJsonSchema(), null, 2)}\n`],
  [
    'schema/sallyport-organization.schema.json',
    `${JSON.stringify(organizationJsonSchema(), null, 2)}\n`,
  ],
  [
    document,
    withTable(withTable(read(document), 'keys', renderPolicyKeys()), 'bundles', renderBundles()),
  ],
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

function withTable(text, name, table) {
  const place = new RegExp(`(<!-- ${name}:[^\\n]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  return text.replace(place, (_all, before, after) => `${before}${table}${after}`);
}

function read(path) {
  try {
    return readFileSync(new URL(path, root), 'utf8');
  } catch {
    return '';
  }
}
