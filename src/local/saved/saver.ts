/** Writes soon after a change, one write at a time, and never a change too few. */
export interface Saver {
  /** Something has changed; returns at once. */
  touch(): void;
  /** Write what is unsaved and stop. Throws what the last write threw. */
  close(): Promise<void>;
}

/** The first unsaved change waits no longer than this, plus the write itself. */
const DELAY_MS = 100;

/** Open a saver around `write`; `onError` hears of a write that failed, the next touch tries again. */
export function openSaver(write: () => Promise<void>, onError: (error: unknown) => void): Saver {
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let isWriting = false;
  let isUnsaved = false;
  let isClosed = false;

  const run = () => {
    timer = undefined;
    isUnsaved = false;
    isWriting = true;
    writing = write()
      .catch((error: unknown) => {
        isUnsaved = true;
        onError(error);
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
