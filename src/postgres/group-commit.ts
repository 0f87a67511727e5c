/** One that waits for its item to be written. */
interface Waiter<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupOptions {
  /** So many items are written together at most. */
  readonly sizeMax: number;
  /** Whoever has waited so long is told so; an item that is not being written by then never is. */
  readonly answerMs: number;
  /** True for an error that one item caused by itself: then each item is written alone. */
  readonly isOwnFault: (error: unknown) => boolean;
}

export interface Group<Item, Answer> {
  /** Resolves when the write that holds the item has ended. */
  add(item: Item): Promise<Answer>;
  /** Items that are not answered yet, written just now or waiting for it. */
  pending(): number;
}

/**
 * Group commit: what arrives while a write is under way is gathered and written by the next one,
 * so that a burst costs few transactions and a single item waits for nobody. Each caller is
 * answered only when the write that holds its item has ended.
 *
 * `write` writes all items or none and answers in their order; when it throws, everybody in the
 * group gets the error, unless one item alone is to blame. Nobody waits for longer than `answerMs`, so
 * that a store that hangs gathers no more than it was given in that time.
 */
export function createGroup<Item, Answer>(
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
  options: GroupOptions,
): Group<Item, Answer> {
  const waiting: Waiter<Item, Answer>[] = [];
  let isWriting = false;
  let writing = 0;
  const drain = async () => {
    isWriting = true;
    while (waiting.length > 0) {
      await new Promise(setImmediate); // whoever arrived in the same turn rides along
      const group = waiting.splice(0, options.sizeMax);
      writing = group.length;
      await writeGroup(group, write, options);
      writing = 0;
    }
    isWriting = false;
  };
  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        const waiter = { item, resolve, reject };
        waiting.push(inTime(waiter, options.answerMs, (late) => remove(waiting, late)));
        if (!isWriting) void drain();
      }),
    pending: () => waiting.length + writing,
  };
}

/** The same waiter with a limit: an answer that comes later finds nobody, and nothing is kept for it. */
function inTime<Item, Answer>(
  { item, resolve, reject }: Waiter<Item, Answer>,
  limitMs: number,
  onLate: (waiter: Waiter<Item, Answer>) => void,
): Waiter<Item, Answer> {
  const timer = setTimeout(() => {
    onLate(timed);
    reject(new Error(`expected an answer within ${limitMs} ms, got none`));
  }, limitMs);
  const timed: Waiter<Item, Answer> = {
    item,
    resolve: (answer) => {
      clearTimeout(timer);
      resolve(answer);
    },
    reject: (error) => {
      clearTimeout(timer);
      reject(error);
    },
  };
  return timed;
}

function remove<Item>(list: Item[], item: Item): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

/** Never throws: every waiter is answered or told the error. */
async function writeGroup<Item, Answer>(
  group: readonly Waiter<Item, Answer>[],
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
  options: GroupOptions,
): Promise<void> {
  try {
    const answers = await write(group.map(({ item }) => item));
    for (const [index, waiter] of group.entries()) waiter.resolve(answers[index] as Answer);
  } catch (error) {
    if (group.length === 1 || !options.isOwnFault(error)) {
      for (const waiter of group) waiter.reject(error);
      return;
    }
    for (const waiter of group) await writeGroup([waiter], write, options);
  }
}
