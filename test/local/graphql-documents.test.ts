import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, validate } from 'graphql';
import { organizationSelection } from '#github/organization-file.ts';
import { readSchema } from '#local/graphql/schema.ts';

/** Parts of documents that several files share. */
const shared: Readonly<Record<string, string>> = { organizationSelection };

interface Document {
  readonly file: string;
  readonly text: string;
}

/** Every GraphQL document that the product itself sends: a template that starts as one does. */
function listDocuments(): readonly Document[] {
  return ['src', 'action'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('local/'))
      .flatMap((path) => readDocuments(join(folder, path))),
  );
}

function readDocuments(file: string): readonly Document[] {
  const source = readFileSync(file, 'utf8');
  // A document may be put together from constants of its own file, and one part is shared.
  const constant = (name: string) => {
    const found = new RegExp(`const ${name} = (?:['"](.*)['"]|(\\d+));`).exec(source);
    // Or a parameter that is one of a few words: the first of them.
    const word = new RegExp(`\\(${name}: '(\\w+)'`).exec(source)?.[1];
    return found?.[1] ?? found?.[2] ?? shared[name] ?? word ?? `no constant ${name}`;
  };
  return [...source.matchAll(/`((?:query|mutation)\b[^`]*)`/g)].map(([, text = '']) => ({
    file,
    text: text.replace(/\$\{(\w+)\}/g, (_, name: string) => constant(name)),
  }));
}

function problemsOf(text: string): readonly string[] {
  return validate(readSchema(), parse(text)).map(({ message }) => message);
}

describe('a GraphQL document of the product', () => {
  const documents = listDocuments();

  it.each(documents.map(({ file, text }) => [file, text]))(
    'asks only for what GitHub’s schema has: %s',
    (_, text) => {
      expect(problemsOf(text)).toEqual([]);
    },
  );

  it('is found in every file that sends one', () => {
    const senders = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.startsWith('local/'))
      .filter((path) =>
        /(?:\.graphql|await queryWithOrganization)(?:<.*>)?\(/.test(
          readFileSync(join('src', path), 'utf8'),
        ),
      )
      .map((path) => join('src', path))
      .sort();

    expect(senders.length).toBeGreaterThan(0);
    expect([...new Set(documents.map(({ file }) => file))].sort()).toEqual(senders);
  });

  it('would not pass with a field that GitHub does not have', () => {
    expect(problemsOf('query { viewer { favouriteColour } }')).toEqual([
      'Cannot query field "favouriteColour" on type "User".',
    ]);
  });
});
