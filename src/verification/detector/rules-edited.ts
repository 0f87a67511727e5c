import { foldPath, matchesAny } from '../glob.ts';
import { type Detector, finding } from './finding.ts';

const rules: readonly string[] = [
  '.github/**',
  '**/codeowners',
  '**/.gitmodules',
  '**/.gitattributes',
  '**/.gitconfig',
  '.gitlab-ci.yml',
  '.circleci/**',
  '**/.husky/**',
  '**/.githooks/**',
  '.pre-commit-config.yaml',
  '**/lefthook.{yml,yaml}',
  '**/renovate.json{,5}',
  '.renovaterc{,.json}',
  '**/action.{yml,yaml}',
  '**/{agents,claude,gemini,copilot-instructions}{.local.md,.md}',
  '**/.{cursor,claude,codex,gemini,windsurf,aider,continue}/**',
  '**/.cursorrules',
  '**/.windsurfrules',
  '**/.mcp.json',
  '**/.vscode/**',
  '**/.idea/**',
  '**/.devcontainer/**',
];

/** T12: a file is edited that gives orders to machines or agents: workflows, owners, hooks, instructions. */
export const rulesEdited: Detector = (files) =>
  files
    .filter((file) => matchesAny(foldPath(file.path), rules))
    .map((file) =>
      finding(
        'T12',
        'high',
        file,
        'A file that gives orders to machines or agents is edited: a workflow, owners, hooks, editor tasks or agent instructions.',
      ),
    );
