import { visibleText } from '#model/text.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { readText } from './read-text.ts';

/** `sallyport policy check FILE`: what the App would say about this file, every mistake at its place. */
export async function policyCheck(file: string, options: { json?: boolean }): Promise<void> {
  const parsed = parsePolicy(await readText(file, 'a policy file in YAML'));
  const errors = parsed.ok ? [] : parsed.refusal.errors;
  const name = file === '-' ? 'standard input' : file;
  openOutput(options.json ?? false).answer(
    { ok: parsed.ok, errors },
    errors.map(({ line, column, key, message }) =>
      visibleText(`${name}:${line}:${column}: ${key === '' ? '' : `${key}: `}${message}`),
    ),
  );
  if (!parsed.ok) {
    const count = errors.length === 1 ? '1 mistake' : `${errors.length} mistakes`;
    throw new Exit('mistakes', `${name} has ${count}`);
  }
  if (!options.json) openOutput(false).say(`${name} is a valid policy`);
}
