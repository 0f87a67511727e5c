import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Artifact,
  type ArtifactStore,
  openArtifactStore,
} from '#local/artifacts/artifact-store.ts';
import { openRuntimeTokens, type RuntimeTokens } from '#local/artifacts/runtime-token.ts';
import { openUrlSigner, type UrlSigner } from '#local/artifacts/signed-url.ts';
import type { SubjectForm } from '#local/oidc/job-claims.ts';
import { type OidcIssuer, openOidcIssuer } from '#local/oidc/oidc-issuer.ts';
import type { World } from '#local/world.ts';
import { Fault } from '#model/fault.ts';
import { openAnnouncements } from './announce.ts';
import { openConcurrencyGroups } from './concurrency.ts';
import { listenForTriggers } from './event-trigger.ts';
import { type Gates, openGates } from './gate.ts';
import type { ActionsHost, ActionsOptions } from './host.ts';
import { concludeInterrupted } from './interrupted-run.ts';
import { CANCEL_MS } from './process-group.ts';
import { openRuns, type Runs } from './runs.ts';
import { openRunSaver, restoreRun, type SavedRun } from './saved-run.ts';
import { openSecretBox, type SecretBox } from './secret-box.ts';
import { serveActions } from './serve-actions.ts';
import { openSlots } from './slots.ts';
import { openWorkflowList, type WorkflowList } from './workflow-list.ts';

/** As long as a cancelled step may take to end, and its job to note that. */
const CLOSE_GRACE_MS = CANCEL_MS + 2000;

/** GitHub Actions of one local GitHub: runs, their runner, artifacts and ID tokens. */
export interface ActionsService {
  /** Serve artifact, blob, log and ID token requests; false when the path is another part's. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Resolves when no run is in progress. */
  idle(): Promise<void>;
  /** Cancel every run, kill what does not end soon, and wait for it. */
  close(): Promise<void>;
  readonly runs: Runs;
  readonly workflows: WorkflowList;
  readonly store: ArtifactStore;
  readonly signer: UrlSigner;
  readonly tokens: RuntimeTokens;
  /** The form of `sub` in ID tokens; undefined leaves it to each repository's age. */
  readonly subjectForm: SubjectForm | undefined;
  readonly isEnterpriseServer: boolean;
  readonly secretBox: SecretBox;
  readonly gates: Gates;
  save(): SavedActions;
}

/** What the service can be opened with again. Processes, uploads under way and job tokens end. */
export interface SavedActions {
  readonly runs: readonly SavedRun[];
  readonly workflowIds: ReadonlyMap<string, number>;
  readonly artifacts: readonly Artifact[];
  readonly oidcKey: OidcIssuer['key'];
}

// Two cores run two jobs; more would only make all of them slower.
const PARALLEL_JOBS = 2;

const services = new WeakMap<World, ActionsService>();

/** The service of a world; a route that is called before it is open is a mistake of the server. */
export function actionsOf(world: World): ActionsService {
  const service = services.get(world);
  if (service === undefined)
    throw new Fault('LOCAL_GITHUB', 'expected the Actions service to be open, it is not');
  return service;
}

/** Open the Actions service: makes its keys, then listens to the world's events for triggers. */
export async function openActionsService(
  world: World,
  options: ActionsOptions = {},
  saved?: SavedActions,
): Promise<ActionsService> {
  const now = () => world.now();
  const signer = openUrlSigner(world.urls.origin, now);
  const tokens = openRuntimeTokens(now);
  const store = openArtifactStore(
    {
      folder: path.join(world.dataDir, 'artifacts'),
      now,
      nextId: () => world.nextId(),
    },
    saved?.artifacts,
  );
  const { origin, oidcIssuer } = world.urls;
  const issuer = await openOidcIssuer({
    origin,
    issuer: oidcIssuer,
    now,
    ...(saved ? { key: saved.oidcKey } : {}),
  });
  const host: ActionsHost = {
    world,
    options,
    store,
    tokens,
    issuer,
    slots: openSlots(options.maxParallelJobs ?? PARALLEL_JOBS),
    groups: openConcurrencyGroups(),
    gates: openGates(),
    ...openAnnouncements(world),
  };
  const workflows = openWorkflowList(world, saved?.workflowIds);
  const earlier = (saved?.runs ?? []).flatMap((run) => restoreRun(world, run) ?? []);
  const runs = openRuns(host, workflows, earlier);
  const stop = listenForTriggers(world, runs, workflows);
  const saveRunOnce = openRunSaver(world);
  const service: ActionsService = {
    runs,
    workflows,
    store,
    signer,
    tokens,
    subjectForm: options.subjectForm,
    isEnterpriseServer: options.enterpriseServer ?? false,
    gates: host.gates,
    secretBox: await openSecretBox(),
    save: () => ({
      runs: runs.all().map(saveRunOnce),
      workflowIds: workflows.save(),
      artifacts: store.save(),
      oidcKey: issuer.key,
    }),
    handle: (request, response) =>
      serveActions(request, response, { store, tokens, signer, issuer, runs }),
    idle: () => runs.idle(),
    close: async () => {
      stop();
      runs.cancelAll();
      // What a job built outside of itself only the job can take down: it gets a moment.
      await Promise.race([runs.idle(), sleep(CLOSE_GRACE_MS, undefined, { ref: false })]);
      runs.killAll();
      await runs.idle();
    },
  };
  services.set(world, service);
  await concludeInterrupted(host, earlier);
  return service;
}
