import { parse } from 'yaml';
import { z } from 'zod';
import { label } from '#model/names.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Source } from '#model/source.ts';
import { secretTrouble, sourceSchema } from '#model/source.ts';

const sourcesMax = 50;
const schema = z.array(sourceSchema).max(sourcesMax);
type Entry = z.infer<typeof sourceSchema>;

/**
 * Read the sources of outside signals: a YAML or JSON list, each with its secret or the name of the
 * variable that holds it.
 *
 * Fails  with a sentence a mistake; no sentence repeats a secret.
 */
export function readSources(
  text: string,
  environment: Environment,
): Result<readonly Source[], readonly string[]> {
  const parsed = schema.safeParse(parseList(text));
  if (!parsed.success) {
    return refuse(parsed.error.issues.map(({ path, message }) => sentence(path, message)));
  }
  const sources = parsed.data.map((entry) => toSource(entry, environment));
  const troubles = sources.flatMap((source, index) => troublesOf(source, index, sources));
  return troubles.length > 0 ? refuse(troubles) : ok(sources);
}

function parseList(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined; // the parser’s words may quote a secret
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

function readSecret(secret: Entry['secret'], environment: Environment): string {
  return typeof secret === 'string' ? secret : (environment[secret.env] ?? '');
}

/** What is accepted as this source's. */
function secretsOf({ secret, secretPrevious }: Source): readonly string[] {
  return secretPrevious === null ? [secret] : [secret, secretPrevious];
}

function toSource(entry: Entry, environment: Environment): Source {
  const [owner = '', repository = ''] = entry.repository.split('/');
  return {
    name: entry.name ?? entry.kind,
    kind: entry.kind,
    secret: readSecret(entry.secret, environment),
    secretPrevious: entry.secret_previous ? readSecret(entry.secret_previous, environment) : null,
    owner,
    repository,
    labels: entry.labels,
    only: entry.only,
    issuesPerHour: entry.issues_per_hour,
    updatesPerHour: entry.updates_per_hour,
  };
}

function troublesOf(source: Source, index: number, all: readonly Source[]): string[] {
  const troubles: string[] = [];
  const say = (key: string, message: string) => troubles.push(sentence([index, key], message));
  const secret = secretTrouble(source.kind, source.secret);
  if (secret) say('secret', secret);
  const previous =
    source.secretPrevious === null ? undefined : secretTrouble(source.kind, source.secretPrevious);
  if (previous) say('secret_previous', previous);
  const earlier = all.slice(0, index);
  if (earlier.some(({ name }) => name === source.name)) {
    say('name', `expected a name of its own, got ${source.name} a second time`);
  }
  // With one secret for two, a signal to one of them could be passed off on the other.
  const taken = earlier.flatMap(secretsOf);
  if (!secret && !previous && secretsOf(source).some((one) => taken.includes(one))) {
    say('secret', 'expected a secret of its own, got that of another source');
  }
  if (source.labels.some((name) => name.toLowerCase() === label)) {
    say('labels', `expected no label that starts work, got ${label}`);
  }
  return troubles;
}

function sentence(path: readonly PropertyKey[], message: string): string {
  const where = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return `SALLYPORT_SOURCES${where.join('')}: ${message}`;
}
