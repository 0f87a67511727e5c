import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import { endLeftJobs } from '../actions/left-job.ts';
import { DELIVERIES_KEPT, type Delivery } from '../webhook/delivery-log.ts';
import { openDeliveryFile } from './delivery-file.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { openRenderer, parseSections, type SavedState, type Section } from './saved-state.ts';
import { openSaver } from './saver.ts';
import { digestOf, readState, writeState } from './state-file.ts';

/** Where the folder's content comes from while it is kept. */
export interface Sources {
  readonly read: () => Iterable<Section>;
  /** Every delivery that is to stay, oldest first. */
  readonly deliveries: () => readonly Delivery[];
  /** Told of a save that failed; it is tried again after the next change. */
  readonly onError: (error: unknown) => void;
}

/** The folder that a local GitHub lives in, and comes back to. */
export interface Home {
  /** Undefined the first time. */
  readonly state: SavedState | undefined;
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  /** Something has changed: it is saved soon. */
  touch(): void;
  addDelivery(delivery: Delivery): void;
  /** From now on what `read` gives is saved after every touch; the first time at once. */
  keep(sources: Sources): Promise<void>;
  /** Save what is unsaved and let the folder go. */
  close(): Promise<void>;
}

// Whatever ran when the process was killed: an id that a client has seen is not given out again.
const IDS_SKIPPED = 1_000;
/** Folders that are ours beside the state. */
const FOLDERS = ['git', 'artifacts', 'logs', 'jobs'];

/**
 * Take a folder and read what is saved in it. Throws CONFIG_INVALID when another process has it, or
 * when what lies there is not whole or not ours; nothing in it is changed then.
 */
export async function openHome(folder: string): Promise<Home> {
  await mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    const sentence = `the folder ${folder} cannot be made (${cause.code}): name another with --data`;
    throw new Fault('CONFIG_INVALID', sentence, { cause });
  });
  const lock = await lockFolder(folder);
  try {
    return await readHome(folder, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function readHome(folder: string, lock: FolderLock): Promise<Home> {
  const saved = await readState(folder);
  if (saved === undefined) await requireFresh(folder, lock);
  const { file, deliveries } = await openDeliveryFile(folder, DELIVERIES_KEPT);
  await endLeftJobs(folder);
  let fresh: Delivery[] = [];
  let saver: ReturnType<typeof openSaver> | undefined;
  return {
    state:
      saved === undefined ? undefined : readSaved(parseSections(saved), deliveries, lock.tookOver),
    deliveries,
    touch: () => saver?.touch(),
    addDelivery: (delivery) => {
      fresh.push(delivery);
      saver?.touch();
    },
    keep: async (sources) => {
      let last = '';
      const render = openRenderer();
      const write = async () => {
        const lines = await render(sources.read());
        const added = fresh.length;
        await file.append(fresh.slice(0, added), sources.deliveries);
        fresh = fresh.slice(added);
        const digest = await digestOf(lines);
        if (digest !== last) await writeState(folder, lines, digest);
        last = digest;
      };
      await write();
      saver = openSaver(write, sources.onError);
    },
    close: async () => {
      try {
        await saver?.close();
      } finally {
        await lock.release();
      }
    },
  };
}

function readSaved(
  state: SavedState,
  deliveries: readonly Delivery[],
  tookOver: boolean,
): SavedState {
  const ids = [state.rest.lastId, ...deliveries.map(({ id }) => id)];
  const lastId = ids.reduce((most, id) => Math.max(most, id)) + (tookOver ? IDS_SKIPPED : 0);
  return { ...state, rest: { ...state.rest, lastId } };
}

/** A first start needs an empty folder; what a killed first start left behind is taken away. */
async function requireFresh(folder: string, lock: FolderLock): Promise<void> {
  if (lock.tookOver)
    for (const name of FOLDERS) await rm(path.join(folder, name), { recursive: true, force: true });
  const found = (await readdir(folder)).filter((name) => !/^lock|^state\.json\.next$/.test(name));
  if (found.length === 0) return;
  throw new Fault(
    'CONFIG_INVALID',
    `the folder ${folder} holds "${found[0]}" and no saved GitHub: name an empty folder with --data`,
  );
}
