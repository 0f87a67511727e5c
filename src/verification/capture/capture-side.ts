import { join } from 'node:path';
import type { EgressCall } from '#model/egress-call.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result } from '#model/result.ts';
import type { Sandbox, SandboxCommand, SandboxExit, SandboxRefusal } from '#model/sandbox.ts';
import { layOut, type TreeStore } from '../build-trees.ts';
import { commandEnvironment, openFor, runSetup } from '../cell/run-cell.ts';
import type { EvidenceBox } from '../evidence-box.ts';
import { quote } from '../quote.ts';
import { readText } from '../read-evidence.ts';
import { type ScreenAsked, type Viewport, viewportSizes } from '../screens-asked.ts';
import type { Browser, SandboxSettings, VerificationDeps } from '../verification-deps.ts';
import {
  type CaptureOrder,
  type CaptureReport,
  captureFolders,
  captureReportSchema,
} from './capture-report.ts';

/** How long a server may take until its port answers. */
const readyMs = 60_000;
/** Browser start and every viewport of one screen, on a busy machine. */
const captureMs = 120_000;
/** A screenshot of 1280×800 is below 4 MB even of noise; longer texts are no page a person reads. */
const artefactBytesMax = { png: 5_000_000, 'aria.yml': 1_000_000, html: 3_000_000 } as const;
export const artefactKinds = ['png', 'aria.yml', 'html'] as const;
export type ArtefactKind = (typeof artefactKinds)[number];

/** One viewport of one screen on one side: three artefacts, or why there are none. */
export type Capture =
  | { readonly status: 'captured'; readonly artefacts: Readonly<Record<ArtefactKind, Uint8Array>> }
  | { readonly status: 'missing'; readonly because: string };

/** One side of every screen. */
export interface SideOrder {
  readonly side: 'before' | 'after';
  readonly tree: string;
  readonly store: TreeStore;
  readonly policy: Policy;
  readonly settings: SandboxSettings;
  readonly screens: readonly ScreenAsked[];
  readonly work: string;
  readonly box: EvidenceBox;
  readonly onEgress: (call: EgressCall) => void;
}

/** Captures by `screen/viewport`. */
export type Captures = ReadonlyMap<string, Capture>;

/**
 * Serve one tree and take every screen's pictures. The browser runs in a sibling of the server's
 * sandbox: same network, no workspace, one folder to write to.
 *
 * Fails   with the sandbox's refusal. A server or page that does not work is a missing capture.
 */
export async function captureSide(
  order: SideOrder,
  browser: Browser,
  deps: VerificationDeps,
): Promise<Result<Captures, SandboxRefusal>> {
  const workspace = join(order.work, `serve-${order.side}`);
  await deps.disk.makeFolder(workspace);
  await layOut(order.store, order.tree, workspace);
  const opened = await openFor(order, workspace, deps);
  if (!opened.ok) return opened;
  const sandbox = opened.value;
  try {
    const setup = await runSetup(sandbox, { ...order, cell: null });
    const captures = new Map<string, Capture>();
    for (const screens of byServer(order.screens)) {
      const taken =
        setup === null || setup.exitCode === 0
          ? await captureServer(screens, { sandbox, order, browser, deps })
          : missingAll(screens, 'the setup command failed');
      for (const [key, capture] of taken) captures.set(key, capture);
    }
    return ok(captures);
  } finally {
    await sandbox.close();
    await deps.disk.remove(workspace);
  }
}

interface At {
  readonly sandbox: Sandbox;
  readonly order: SideOrder;
  readonly browser: Browser;
  readonly deps: VerificationDeps;
}

/** Screens of one command line and port share one server and one browser. */
function byServer(screens: readonly ScreenAsked[]): readonly (readonly ScreenAsked[])[] {
  return [...Map.groupBy(screens, ({ serve, port }) => `${port} ${serve}`).values()];
}

async function captureServer(screens: readonly ScreenAsked[], at: At): Promise<Captures> {
  const { sandbox, order, deps } = at;
  const [first] = screens;
  if (first === undefined) return new Map();
  const out = join(order.work, `out-${order.side}-${first.screen}`);
  await deps.disk.makeShared(out);
  const server = await sandbox.start({
    argv: ['sh', '-c', first.serve],
    cwd: '/workspace',
    environment: { ...commandEnvironment(order.settings), PORT: String(first.port) },
    timeoutMs: readyMs + captureMs,
  });
  try {
    const ended = await Promise.race([
      runBrowser(screens, out, at).then((exit) => ({ who: 'browser' as const, exit })),
      failedExit(server.exited).then((exit) => ({ who: 'server' as const, exit })),
    ]);
    if (ended.who === 'server') return missingAll(screens, serverEnded(ended.exit));
    return await readCaptures(screens, { out, exit: ended.exit, disk: deps.disk });
  } finally {
    await server.stop();
    await deps.disk.remove(out);
  }
}

/** Settles only when the server fails: one that ends with 0 may have left its work to a child. */
async function failedExit(exited: Promise<SandboxExit>): Promise<SandboxExit> {
  const exit = await exited;
  return exit.exitCode === 0 ? new Promise<never>(() => {}) : exit;
}

function serverEnded(exit: SandboxExit): string {
  const how = exit.exitCode === null ? 'was ended' : `ended with exit code ${exit.exitCode}`;
  return `the server ${how} before the pictures were taken`;
}

/** Chromium needs a home and font caches it may write; both are in the sandbox's own temporary folder. */
async function runBrowser(
  screens: readonly ScreenAsked[],
  out: string,
  { sandbox, order, browser }: At,
): Promise<SandboxExit> {
  const sibling = sandbox.sibling({
    workspace: null,
    mounts: [
      ...order.settings.mounts,
      ...browser.mounts,
      { source: browser.script.folder, target: captureFolders.script },
      { source: out, target: captureFolders.out, writable: true },
    ],
  });
  const asked: CaptureOrder = {
    port: screens[0]?.port ?? 0,
    executable: browser.executable,
    out: captureFolders.out,
    readyMs,
    pages: screens.flatMap(({ screen, url, port, viewports }) =>
      viewports.map((viewport) => ({
        name: fileName(screen, viewport),
        url: `http://127.0.0.1:${port}${url}`,
        ...viewportSizes[viewport],
      })),
    ),
  };
  const command: SandboxCommand = {
    argv: [
      order.settings.node,
      `${captureFolders.script}/${browser.script.file}`,
      JSON.stringify(asked),
    ],
    environment: { XDG_CACHE_HOME: '/tmp/cache', XDG_CONFIG_HOME: '/tmp/config', TZ: 'UTC' },
    timeoutMs: readyMs + captureMs,
  };
  // A browser that falls over on a busy machine says nothing of the change: it gets a second chance.
  const exit = await sibling.run(command);
  return exit.exitCode === 0 || exit.timedOut ? exit : await sibling.run(command);
}

interface Left {
  readonly out: string;
  readonly exit: SandboxExit;
  readonly disk: VerificationDeps['disk'];
}

async function readCaptures(screens: readonly ScreenAsked[], left: Left): Promise<Captures> {
  const report = await readReport(left);
  if (report === null) {
    const how = left.exit.timedOut
      ? 'did not finish in time'
      : `left no report (exit code ${left.exit.exitCode ?? 'none'}): give sandbox.memory_mib and sandbox.pids room for a browser`;
    return missingAll(screens, `the capture of the page ${how}`);
  }
  if (!report.ready) {
    const port = screens[0]?.port;
    return missingAll(screens, `nothing answered on port ${port} within ${readyMs / 1000} seconds`);
  }
  const captures = new Map<string, Capture>();
  for (const { screen, viewports } of screens) {
    for (const viewport of viewports) {
      const name = fileName(screen, viewport);
      captures.set(`${screen}/${viewport}`, await readCapture(name, report, left));
    }
  }
  return captures;
}

function fileName(screen: string, viewport: Viewport): string {
  return `${screen}.${viewport}`;
}

async function readReport({ out, disk }: Left): Promise<CaptureReport | null> {
  const read = await disk.readInside(out, 'report.json', 100_000);
  if (read.kind !== 'file') return null;
  try {
    return captureReportSchema.parse(JSON.parse(readText(read.bytes) ?? ''));
  } catch {
    return null;
  }
}

async function readCapture(
  name: string,
  report: CaptureReport,
  { out, disk }: Left,
): Promise<Capture> {
  const said = report.pages.find((page) => page.name === name);
  if (said === undefined) return { status: 'missing', because: 'the capture says nothing of it' };
  if (said.because !== null)
    return { status: 'missing', because: `the page failed: ${quote(said.because)}` };
  const read = async (kind: ArtefactKind) => {
    const file = await disk.readInside(out, `${name}.${kind}`, artefactBytesMax[kind]);
    return file.kind === 'file' ? file.bytes : null;
  };
  const [png, aria, html] = [await read('png'), await read('aria.yml'), await read('html')];
  if (png === null || aria === null || html === null) {
    return {
      status: 'missing',
      because: 'a picture, or the text of the page, is missing or too large',
    };
  }
  return { status: 'captured', artefacts: { png, 'aria.yml': aria, html } };
}

/** The same reason for every viewport of every screen. */
export function missingAll(screens: readonly ScreenAsked[], because: string): Captures {
  const missing: Capture = { status: 'missing', because };
  return new Map(
    screens.flatMap(({ screen, viewports }) =>
      viewports.map((viewport) => [`${screen}/${viewport}`, missing] as const),
    ),
  );
}
