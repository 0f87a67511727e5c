// Pure: the small table of files that decide how tests run, and so stay the base's in mixed trees.
import { foldPath } from './glob.ts';

/** `runner`: decides which tests run and how. `build`: how code is built. */
export type ConfigKind = 'manifest' | 'lockfile' | 'runner' | 'build';

const table: readonly (readonly [ConfigKind, RegExp])[] = [
  [
    'manifest',
    /^(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|requirements[\w.-]*\.txt|go\.mod|cargo\.toml|gemfile|composer\.json|pom\.xml|build\.gradle(?:\.kts)?|pnpm-workspace\.yaml)$/,
  ],
  [
    'lockfile',
    /^(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|poetry\.lock|uv\.lock|pdm\.lock|pipfile\.lock|go\.sum|cargo\.lock|gemfile\.lock|composer\.lock|gradle\.lockfile)$/,
  ],
  [
    'runner',
    /^(?:(?:jest|vitest|vite|playwright|karma|ava|web-test-runner|wdio|cypress|nightwatch)\.(?:config|conf|workspace|setup|preset)\b[\w.-]*|\.mocharc[\w.-]*|\.npmrc|\.yarnrc(?:\.yml)?|\.nycrc[\w.-]*|\.c8rc[\w.-]*|\.taprc|pytest\.ini|tox\.ini|conftest\.py|noxfile\.py|\.coveragerc|phpunit\.xml(?:\.dist)?|\.rspec|\.env(?:\.[\w.-]+)?|\.node-version|\.nvmrc|\.swcrc|\.?babel(?:rc|\.config)[\w.-]*)$/,
  ],
  [
    'build',
    /^(?:(?:[jt]sconfig)[\w.-]*\.json|makefile|gnumakefile|justfile|rakefile|cmakelists\.txt|dockerfile[\w.-]*|docker-compose[\w.-]*\.ya?ml|(?:webpack|rollup|esbuild|turbo|nx)[\w.-]*\.(?:[cm]?[jt]s|json)|gradle\.properties|build\.rs|\.tool-versions)$/,
  ],
];

/** Which kind of configuration a path is, by its name; null for code, tests, prose and data. */
export function configKindOf(path: string): ConfigKind | null {
  const name = foldPath(path).split('/').at(-1) ?? '';
  return table.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}
