import type { BuiltinAction } from './builtin-action.ts';
import { checkout } from './checkout.ts';
import { downloadArtifact } from './download-artifact.ts';
import { cache, setupNode } from './setup.ts';
import { uploadArtifact } from './upload-artifact.ts';

/** GitHub's own actions, by name whatever the ref. */
export const builtinActions: Readonly<Record<string, BuiltinAction>> = {
  'actions/checkout': checkout,
  'actions/setup-node': setupNode,
  'actions/upload-artifact': uploadArtifact,
  'actions/download-artifact': downloadArtifact,
  'actions/cache': cache,
  'actions/cache/restore': cache,
  'actions/cache/save': cache,
};
