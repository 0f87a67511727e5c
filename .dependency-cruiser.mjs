// The boundaries, executed. The stages come from the model, so a new stage is covered the moment it
// exists. Each comment says what to do instead. `test/house/boundaries.test.ts` sees each rule fire.
import { stageNames } from './src/model/stage-name.ts';

const stage = stageNames.join('|');
const edges = ['github', 'postgres', 'runner'];
const edge = edges.join('|');
const standing = 'agent|command|context|dashboard|http|ledger|people|queue|reconcile|setup';

/** What touches the world: time passes, bytes move, processes start. */
const effects =
  'child_process|cluster|crypto|dgram|dns|fs|http|http2|https|inspector|net|os|perf_hooks|process|readline|repl|sqlite|timers|tls|vm|worker_threads';

/** Packages that only compute, so a core may use them. */
const purePackages = ['fflate', 'pixelmatch', 'pngjs', 'yaml', 'zod'];

/**
 * Files of a stage that are not cores: they are the walls themselves and run on the runner. The gate
 * moves bytes; the capture script drives a browser; both are started by a shell, never by a core.
 */
const walls = '^src/(sandbox/egress|verification/capture)/';

/**
 * Signing and checking a signature compute: the same key and bytes give the same answer (RFC 8032). The
 * broker's uses jose, and is handed what reads the issuer's keys.
 */
const signatures = '^src/(evidence/statement/(dsse|verify-evidence)|broker/verify-token)[.]ts$';

function only(name, comment, packages, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: '^(src|action|script)/', pathNot: allowed },
    to: { path: packages },
  };
}

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment:
        'Two files that need each other are one file, or share a third: move the common part down, often to model/.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'stage-to-stage',
      comment:
        'A stage takes what it needs as a value or an effect: pass it in from src/app.ts, and put a shared noun into model/.',
      severity: 'error',
      from: { path: `^src/(${stage})/` },
      to: { path: `^src/(${stage})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'stage-to-edge',
      comment:
        'A stage knows no outside world: add a function to the shell’s deps and give it the edge in src/app.ts.',
      severity: 'error',
      from: { path: `^src/(${stage})/` },
      to: { path: `^src/(${edge})/` },
    },
    {
      name: 'edge-to-stage',
      comment:
        'An edge offers plain functions over model/ types and decides nothing: move the decision to the stage, the type to model/.',
      severity: 'error',
      from: { path: `^src/(${edge})/` },
      to: { path: `^src/(${stage})/` },
    },
    {
      name: 'edge-to-edge',
      comment: 'An edge has one outside world: join two of them in src/app.ts.',
      severity: 'error',
      from: { path: `^src/(${edge})/` },
      to: { path: `^src/(${edge})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'standing-to-edge',
      comment:
        'A standing service takes its reads and writes as functions: give them in src/app.ts.',
      severity: 'error',
      from: { path: `^src/(${standing})/` },
      to: { path: `^src/(${edge})/` },
    },
    {
      name: 'core-is-pure',
      comment:
        'Every file of a stage but its shell is a function of its arguments: do the effect in <stage>/<stage>.ts and pass the value.',
      severity: 'error',
      from: { path: `^src/(${stage})/`, pathNot: ['^src/([^/]+)/\\1[.]ts$', walls, signatures] },
      to: { path: `^(node:)?(${effects})(/|$)`, dependencyTypes: ['core'] },
    },
    {
      name: 'core-packages',
      comment: `A core uses packages that only compute (${purePackages.join(', ')}): anything else is an effect of the shell.`,
      severity: 'error',
      from: { path: `^src/(${stage})/`, pathNot: ['^src/([^/]+)/\\1[.]ts$', walls, signatures] },
      to: { path: 'node_modules/', pathNot: `node_modules/(${purePackages.join('|')})/` },
    },
    {
      name: 'core-imports-model',
      comment:
        'A core imports model/ and its own folder: a standing service is an effect of the shell.',
      severity: 'error',
      from: { path: `^src/(${stage})/`, pathNot: '^src/([^/]+)/\\1[.]ts$' },
      // Another stage, an edge and the local GitHub have rules of their own.
      to: { path: '^src/', pathNot: ['^src/$1/', `^src/(model|local|${stage}|${edge})/`] },
    },
    {
      name: 'model-imports-nothing',
      comment:
        'The nouns depend on nothing of ours: move the function to the folder that needs it.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: '^(src|action|test|script)/', pathNot: '^src/model/' },
    },
    {
      name: 'local-knows-no-stage',
      comment:
        'The local GitHub is GitHub, and GitHub knows nothing of Sallyport: only model/json, fault, digest, result and text.',
      severity: 'error',
      from: { path: '^src/local/' },
      to: { path: '^src/', pathNot: '^src/(local/|model/(json|fault|digest|result|text)[.]ts$)' },
    },
    {
      name: 'nothing-imports-local',
      comment:
        'The App speaks to the local GitHub over HTTP as to the real one: only the command line starts it.',
      severity: 'error',
      from: { path: '^(src|action)/', pathNot: '^src/(local|cli)/' },
      to: { path: '^src/local/' },
    },
    only(
      'octokit-only-in-github',
      'GitHub is spoken to in src/github/: add a function there.',
      'node_modules/(@octokit/(?!openapi-types|graphql-schema)|probot/)',
      '^src/github/',
    ),
    only(
      'pg-only-in-postgres',
      'SQL is spoken in src/postgres/: add a store there.',
      'node_modules/(pg|pg-boss|@electric-sql)/',
      '^src/postgres/',
    ),
    only(
      'actions-only-in-runner',
      'The runner’s toolkit is spoken to in src/runner/: add a function there.',
      'node_modules/@actions/(core|github|artifact|http-client|io|exec)/',
      '^(src/runner|action)/',
    ),
    only(
      'processes-only-in-runner-and-local',
      'Processes are started in src/runner/ (or by the local GitHub): take the effect as a function.',
      '^(node:)?child_process$',
      '^(src/(runner|local)|script)/',
    ),
    {
      name: 'no-catch-all-names',
      comment: 'A file is named for what it holds: these names hold anything, and grow.',
      severity: 'error',
      from: {},
      to: {
        path: '/(index|types?|utils?|helpers?|lib|common|shared|constants|interfaces?|misc)[.](ts|mjs)$',
        pathNot: 'node_modules/',
      },
    },
    {
      name: 'cross-folder-by-subpath',
      comment:
        'Another folder is imported as #folder/file.ts, so that a reader sees at once where it comes from.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/[^/]+/',
        pathNot: '^src/$1/',
        dependencyTypesNot: ['aliased-subpath-import'],
      },
    },
    {
      name: 'subpath-from-outside',
      comment: 'Actions, scripts and tests import the source as #folder/file.ts.',
      severity: 'error',
      from: { path: '^(action|test)/' },
      to: { path: '^src/', dependencyTypesNot: ['aliased-subpath-import'] },
    },
    {
      name: 'no-dep-on-test',
      comment:
        'What ships does not lean on tests: move what is shared into src/, or copy the few lines.',
      severity: 'error',
      from: { path: '^(src|action|script)/', pathNot: '^script/jest-global-setup[.]mjs$' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency',
      comment:
        'What ships uses packages that are installed with it: move the package to dependencies.',
      severity: 'error',
      from: { path: '^(src|action)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unknown-import',
      comment:
        'Every import names a file that exists or a package of package.json: add it there, or correct the name.',
      severity: 'error',
      from: { path: '^(src|action|test|script)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'not-unreachable',
      comment:
        'Nothing that runs leads to this file: wire it in src/app.ts, an action or a script, or remove it.',
      severity: 'error',
      from: { path: '^(src/main[.]ts|action/[^/]+/[^/]+[.]ts|script/[^/]+[.]mjs)$' },
      to: { path: '^src/', pathNot: '^src/main[.]ts$', reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^action/[^/]+/dist/', '^demo/'] },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      // A package of types alone has no main.
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['main', 'types'],
      extensions: ['.ts', '.d.ts', '.mjs', '.js', '.json'],
    },
  },
};
