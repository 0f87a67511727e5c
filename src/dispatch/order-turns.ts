/** A run that waits for its turn, or one that is at work. */
export interface Turn {
  readonly runId: string;
  readonly repositoryId: number;
  readonly requesterId: number;
  /** RFC 3339: since when it waits. */
  readonly since: string;
}

/**
 * Who goes next: the repository with the least at work, in it the person with the least at work, of
 * theirs the one that has waited longest. Each one that goes counts for the next choice, so nobody
 * gets two turns while another waits for the first.
 */
export function orderTurns(waiting: readonly Turn[], atWork: readonly Turn[]): readonly Turn[] {
  const order: Turn[] = [];
  const left = [...waiting];
  while (left.length > 0) {
    const going = [...atWork, ...order];
    const keyed = left.map((turn) => ({ turn, key: keyOf(turn, going) }));
    keyed.sort((a, b) => compare(a.key, b.key));
    const next = keyed[0]?.turn;
    if (!next) break;
    order.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return order;
}

type Key = readonly [number, number, string, string];

function keyOf(turn: Turn, going: readonly Turn[]): Key {
  const here = going.filter((one) => one.repositoryId === turn.repositoryId);
  const mine = here.filter((one) => one.requesterId === turn.requesterId);
  return [here.length, mine.length, turn.since, turn.runId];
}

function compare(a: Key, b: Key): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
