/** Writes soon after a change, one write at a time, and never a change too few. */
export interface Saver {
  /** Something has changed; returns at once. */
  touch(): void;
  /** Write what is unsaved and stop. Throws what the last write threw. */
  close(): Promise<void>;
}

/** The first unsaved change waits no longer than this, plus the write itself. */
const DELAY_MS = 100;

/**
 * Open a saver around `write`, which is tried again until it works; `onError` hears of the first of
 * several failures in a row, and of the next only when it is another.
 */
export function openSaver(write: () => Promise<void>, onError: (error: unknown) => void): Saver {
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let isWriting = false;
  let isUnsaved = false;
  let isClosed = false;
  let told: string | undefined;

  const tell = (error: unknown) => {
    if (told !== String(error)) onError(error);
    told = String(error);
  };
  const run = () => {
    timer = undefined;
    isUnsaved = false;
    isWriting = true;
    writing = write()
      .then(() => {
        told = undefined;
      })
      .catch((error: unknown) => {
        isUnsaved = true;
        tell(error);
      })
      .then(() => {
        isWriting = false;
      });
    // What changed while it was written was perhaps not in it.
    void writing.then(() => isUnsaved && plan());
  };
  const plan = () => {
    if (timer === undefined && !isWriting && !isClosed) timer = setTimeout(run, DELAY_MS);
  };

  return {
    touch: () => {
      isUnsaved = true;
      plan();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}
