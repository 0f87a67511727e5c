import type { Reply } from '#local/api/operation.ts';
import { paginate } from '#local/api/paginate.ts';
import { type Call, HttpError, routes } from '#local/api/route.ts';
import type { Artifact } from '#local/artifacts/artifact-store.ts';
import { downloadUrl } from '#local/artifacts/twirp-http.ts';
import { findRun, openCall } from './route-call.ts';
import { renderArtifact } from './run-json.ts';

const ARTIFACT = '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}';

/** Artifacts over REST: what the App reads them by. */
export const artifactRoutes = routes({
  'actions/list-artifacts-for-repo': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/artifacts',
    access: ['actions:read'],
    handle: (call) => listArtifacts(call, () => true),
  },
  'actions/list-workflow-run-artifacts': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
    access: ['actions:read'],
    handle: (call) => {
      const { run } = findRun(call);
      return listArtifacts(call, (artifact) => artifact.runId === run.id);
    },
  },
  'actions/get-artifact': {
    method: 'GET',
    path: ARTIFACT,
    access: ['actions:read'],
    handle: (call) => ({ status: 200, body: show(call, findArtifact(call)) }),
  },
  'actions/download-artifact': {
    method: 'GET',
    path: `${ARTIFACT}/{archive_format}`,
    access: ['actions:read'],
    handle: (call) => {
      if (call.params.archive_format !== 'zip') throw new HttpError(404, 'Not Found');
      const { service } = openCall(call);
      const artifact = findArtifact(call);
      if (service.store.isExpired(artifact)) throw new HttpError(410, 'Artifact has expired');
      return { status: 302, headers: { location: downloadUrl(artifact, service) } };
    },
  },
  'actions/delete-artifact': {
    method: 'DELETE',
    path: ARTIFACT,
    access: ['actions:write'],
    handle: async (call) => {
      await openCall(call).service.store.remove(findArtifact(call).id);
      return { status: 204 };
    },
  },
});

function findArtifact(call: Call): Artifact {
  const { repository, service } = openCall(call);
  const artifact = service.store.listAll(({ id }) => String(id) === call.params.artifact_id)[0];
  if (artifact?.repositoryId !== repository.id) throw new HttpError(404, 'Not Found');
  return artifact;
}

function show(call: Call, artifact: Artifact) {
  const { repository, service } = openCall(call);
  const run = service.runs.find(repository, artifact.runId);
  return renderArtifact(call.world, repository, artifact, {
    run,
    isExpired: service.store.isExpired(artifact),
  });
}

// Newest first, as GitHub lists them.
function listArtifacts(
  call: Call,
  isWanted: (artifact: Artifact) => boolean,
): Reply<'actions/list-artifacts-for-repo'> {
  const { repository, service } = openCall(call);
  const name = call.query.get('name');
  const all = service.store
    .listAll((each) => each.repositoryId === repository.id && isWanted(each))
    .filter((each) => name === null || each.name === name)
    .reverse();
  return paginate(
    call,
    all,
    (each) => show(call, each),
    (artifacts, total_count) => ({ total_count, artifacts }),
  );
}
