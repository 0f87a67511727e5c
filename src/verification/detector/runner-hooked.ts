import type { Finding } from '#model/verdict.ts';
import type { PatchFile } from '../patch-file.ts';
import { type Detector, finding, firstAdded, isProgram } from './finding.ts';

/** No honest production code does these; each can turn a failing run green. */
const hooks: readonly RegExp[] = [
  /\bprocess\s*(?:\.|\?\.)\s*(?:on|once|addListener|prependListener)\s*\(\s*['"`](?:exit|beforeExit)['"`]/,
  /\bassert(?:\.\w+)+\s*=(?!=)/,
  /\bObject\.(?:assign|definePropert(?:y|ies))\s*\(\s*(?:assert|expect|globalThis\.(?:expect|it|test|describe))\b/,
  /\b(?:globalThis|global)\s*(?:\.|\[\s*['"`])(?:expect|it|test|describe|assert|beforeEach|afterEach)\b['"`\]]*\s*=(?!=)/,
  /\brequire\.cache\b|\bModule\._(?:load|resolveFilename|extensions)\b|\bregisterHooks\s*\(/,
  /\bprocess\.(?:reallyExit|binding|_\w+)\b/,
  /\b(?:JEST_WORKER_ID|NODE_TEST_CONTEXT|VITEST(?:_\w+)?|PYTEST_CURRENT_TEST|PLAYWRIGHT_TEST\w*)\b/,
  /(?:from|require\s*\(|import\s*\()\s*['"`](?:node:test|vitest|@jest\/globals|mocha|ava)['"`/]/,
  /\bsys\.modules\s*\[|\bunittest\.TestCase\.\w+\s*=(?!=)|\bpytest_(?:runtest|sessionfinish|collection)\w*/,
  /\bos\._exit\s*\(/,
];

/** Plain programs do these too; a reviewer looks. */
const suspects: readonly RegExp[] = [
  /\bprocess\.exit(?:Code)?\b|\bsys\.exit\s*\(|\bos\.Exit\s*\(/,
  /\bprocess\.env(?:\.|\[\s*['"`])(?:CI|GITHUB_\w+)\b|\bos\.(?:environ|getenv|Getenv)\b.{0,20}['"](?:CI|GITHUB_)/,
  /\bNODE_ENV\b.{0,20}['"`]test['"`]/,
  /(?:from|require\s*\(|import\s*\()\s*['"`](?:node:)?vm['"`]/,
];

/** T15: production code reaches for the test runner: its exit code, its assertions, its presence. */
export const runnerHooked: Detector = (files) =>
  files
    .filter((file) => !file.isTest && isProgram(file.path))
    .flatMap((file): readonly Finding[] => {
      const hook = firstAdded(file, [...hooks, ...assertAliases(file)]);
      if (hook !== undefined) {
        return [
          finding(
            'T15',
            'high',
            { path: file.path, line: hook.number },
            'Production code reaches for the test runner: its exit, its assertions or its presence.',
          ),
        ];
      }
      const suspect = firstAdded(file, suspects);
      return suspect === undefined
        ? []
        : [
            finding(
              'T15',
              'warn',
              { path: file.path, line: suspect.number },
              'Production code ends the process, runs code from text, or asks whether it is under test.',
            ),
          ];
    });

/** `import a from 'node:assert'; a.equal = …`: the module under any name. */
function assertAliases(file: PatchFile): readonly RegExp[] {
  const imported =
    /(?:import\s+(?:\*\s+as\s+)?(\w{1,40})\s*(?:,\s*\{[^}]{0,200}\}\s*)?from|(?:const|let|var)\s+(\w{1,40})\s*=\s*(?:await\s+import|require)\s*\()\s*['"](?:node:)?assert(?:\/strict)?['"]/g;
  return [...(file.headText ?? '').matchAll(imported)]
    .slice(0, 10)
    .map(
      ([, one, two]) =>
        new RegExp(`\\b${one ?? two}(?:\\.\\w+)+\\s*=(?!=)|\\((?:\\s*)${one ?? two}\\s*,.{0,80}=>`),
    );
}
