import { stringify } from 'yaml';
import { z } from 'zod';
import type { Policy } from '#model/policy.ts';

/** What is known of a repository that has no policy yet. */
export interface RepositoryFiles {
  /** Text of package.json, when there is one. */
  readonly packageJson?: string;
  /** Paths from the root; the root's own files are enough. */
  readonly files: readonly string[];
}

export interface DeriveOptions {
  readonly agent:
    | { readonly use: Exclude<Policy['agent']['use'], 'command'>; readonly model?: string }
    | { readonly use: 'command'; readonly run: string };
  /** Said by a person; nothing is guessed then. */
  readonly testCommand?: string;
}

interface Derived {
  readonly setup?: string;
  readonly egress?: readonly string[];
  readonly run: string;
  readonly report?: string;
}

const manifest = z.looseObject({
  scripts: z.record(z.string(), z.unknown()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
});
type Manifest = z.infer<typeof manifest>;

/** Where the JUnit report is written; not committed, because it is read in the sandbox. */
const report = 'sallyport-junit.xml';

/** What a person must replace: nothing in the repository says how it is tested. */
const unknownCommand = 'echo "say in .github/sallyport.yml how this is tested" && exit 1';

/**
 * A first policy for a repository that has none, as YAML. It says only what the files show: a test
 * command that is not known fails, so that nothing can be proven by accident.
 */
export function derivePolicy(repository: RepositoryFiles, options: DeriveOptions): string {
  const { setup, egress, ...command } = derive(repository, options.testCommand);
  const policy = {
    version: 1,
    agent: { ...options.agent },
    triggers: [{ label: 'sallyport', role: 'write' }],
    ...(setup === undefined
      ? {}
      : { sandbox: { setup, ...(egress ? { egress: [...egress] } : {}) } }),
    verify: { commands: [{ name: 'test', ...command }] },
  };
  return `# What Sallyport may do here. Read from the default branch only.\n${stringify(policy)}`;
}

function derive(repository: RepositoryFiles, testCommand: string | undefined): Derived {
  const fromFiles = repository.packageJson === undefined ? undefined : deriveNode(repository);
  const derived = fromFiles ?? deriveOther(repository.files) ?? { run: unknownCommand };
  if (testCommand === undefined) return derived;
  // A report belongs to the command that writes it.
  const { report: _report, ...rest } = derived;
  return { ...rest, run: testCommand };
}

function deriveNode({ packageJson, files }: RepositoryFiles): Derived | undefined {
  const parsed = parseManifest(packageJson ?? '');
  const script = parsed?.scripts?.test;
  if (!parsed || typeof script !== 'string' || /no test specified/.test(script)) return undefined;
  return { ...nodeSetup(parsed, files), ...nodeCommand(script, files) };
}

/** Packages are fetched only when a lockfile says which: anything else would not be repeatable. */
function nodeSetup(parsed: Manifest, files: readonly string[]): Pick<Derived, 'setup' | 'egress'> {
  const hasPackages = Object.keys({ ...parsed.dependencies, ...parsed.devDependencies }).length > 0;
  if (!hasPackages) return {};
  const egress = ['npm'];
  if (files.includes('package-lock.json') || files.includes('npm-shrinkwrap.json')) {
    return { setup: 'npm ci', egress };
  }
  if (files.includes('pnpm-lock.yaml')) return { setup: 'pnpm install --frozen-lockfile', egress };
  if (files.includes('yarn.lock')) return { setup: 'yarn install --frozen-lockfile', egress };
  return {};
}

function nodeCommand(script: string, files: readonly string[]): Pick<Derived, 'run' | 'report'> {
  // Only a script that is nothing but node's own runner can be given reporters safely.
  const own = /^node(?: --[a-z-]+(?:=[^\s;&|<>$`"']+)?)* --test(?: [^;&|<>$`"']*)?$/.test(script);
  if (own && !script.includes('--test-reporter')) {
    const reporters = [
      '--test --test-reporter=junit',
      `--test-reporter-destination=${report}`,
      '--test-reporter=spec --test-reporter-destination=stdout',
    ].join(' ');
    return { run: script.replace(/--test(?= |$)/, reporters), report };
  }
  const manager = files.includes('pnpm-lock.yaml')
    ? 'pnpm'
    : files.includes('yarn.lock')
      ? 'yarn'
      : 'npm';
  return { run: `${manager} test` };
}

/** By the file that the tool itself looks for, the most specific first. */
const others: readonly { readonly files: readonly string[]; readonly derived: Derived }[] = [
  {
    files: ['pytest.ini', 'conftest.py', 'pyproject.toml', 'tox.ini', 'setup.py'],
    derived: { run: `python3 -m pytest --junitxml=${report}`, report },
  },
  { files: ['go.mod'], derived: { run: 'go test ./...' } },
  { files: ['Cargo.toml'], derived: { run: 'cargo test' } },
  { files: ['Makefile', 'makefile', 'GNUmakefile'], derived: { run: 'make test' } },
];

function deriveOther(files: readonly string[]): Derived | undefined {
  return others.find((other) => other.files.some((file) => files.includes(file)))?.derived;
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const parsed = manifest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
